"""What should become of a connection: the verdict of `reach` over the policy files of the stack, for the pods that run.

The same files that the stack deploys, never the objects of the cluster: a policy that is missing there, or different,
then shows as a difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from checks.api import Body
from checks.traffic.ends import Target
from checks.traffic.outcome import Outcome
from labs.manifests import Manifest
from labs.settings import LabSettings
from reach.document import from_manifest
from reach.engine import Engine
from reach.kinds.read import read
from reach.model import Cluster, NamedPort, Workload
from reach.ordering import names_break_ties
from reach.protocols import TCP, UDP
from reach.reasons import reason_text
from reach.traffic import Flow
from reach.universe import Point
from reach.verdict import Verdict, judge

_EPHEMERAL = 45678
_DNS_PORT = 53


@dataclass(frozen=True)
class Expectation:
    """An outcome, and what decides it."""

    outcome: Outcome
    why: str


class Expectations:
    """Verdicts between pods that run, under the policies of files."""

    def __init__(
        self,
        settings: LabSettings,
        policies: Sequence[Manifest],
        app: Sequence[Manifest],
        namespaces: Sequence[Body],
        pods: Sequence[Body],
    ) -> None:
        """Compile the policies for these pods, all of which have an address; `app` has their ServiceAccounts."""
        documents = [from_manifest(p, f"policies/{p.path.parent.name}/{p.path.name}") for p in policies]
        objects = read(documents)
        self._engine = Engine(
            Cluster(
                namespaces={
                    item["metadata"]["name"]: dict(item["metadata"].get("labels") or {})
                    for item in namespaces
                },
                service_accounts={
                    (str(manifest.namespace), manifest.name): dict(
                        manifest.body["metadata"].get("labels") or {}
                    )
                    for manifest in app
                    if manifest.kind == "ServiceAccount"
                },
                workloads=tuple(_workload(pod) for pod in pods),
                network_sets=objects.network_sets,
                tiers=objects.tiers,
                policies=objects.policies,
                pod_ranges=(ip_network(settings.pod_cidr or settings.vnet_cidr),),
                node_ranges=(ip_network(settings.vnet_cidr),) if settings.pod_cidr else (),
                names_break_ties=names_break_ties(settings.calico_version),
            )
        )
        self._dns = [pod for pod in pods if _labels(pod).get("k8s-app") == "kube-dns"]

    def between(self, source: Body, target: Target, backends: Sequence[Body]) -> Expectation:
        """Return what should become of a connection of a pod to a target."""
        if not target.outside:
            lookups = [self._judge(source, self._point(pod), UDP, _DNS_PORT) for pod in self._dns]
            if lookups and not all(verdict.allow for verdict in lookups):
                denied = next(verdict for verdict in lookups if not verdict.allow)
                return Expectation(Outcome.DNS_FAILED, f"lookups: {_why(denied)}")
            verdicts = [
                self._judge(source, self._point(pod), TCP, port)
                for pod in backends
                if (port := _port(target.target_port, pod)) is not None
            ]
        else:
            point = self._engine.universe.at(ip_address(target.probe.host))
            verdicts = [self._judge(source, point, TCP, target.probe.port)]
        return _agreed(verdicts)

    def from_address(
        self, address: IPv4Address | IPv6Address, target: Target, backends: Sequence[Body]
    ) -> Expectation:
        """Return what should become of a connection from an address that belongs to no pod."""
        point = self._engine.universe.at(address)
        flows = [
            (self._point(pod), port)
            for pod in backends
            if (port := _port(target.target_port, pod)) is not None
        ]
        return _agreed([judge(self._engine, point, end, Flow(TCP, port, _EPHEMERAL)) for end, port in flows])

    def _point(self, pod: Body) -> Point:
        return self._engine.universe.of_workload[_id(pod)][0]

    def _judge(self, source: Body, end: Point, protocol: int, port: int) -> Verdict:
        return judge(self._engine, self._point(source), end, Flow(protocol, port, _EPHEMERAL))


def _agreed(verdicts: Sequence[Verdict]) -> Expectation:
    if not verdicts:
        return Expectation(Outcome.UNTESTED, "no pod runs behind it")
    if len({verdict.allow for verdict in verdicts}) > 1:
        return Expectation(Outcome.UNTESTED, "the policies treat the pods behind it differently")
    first = verdicts[0]
    return Expectation(Outcome.ALLOWED if first.allow else Outcome.DENIED, _why(first))


def _why(verdict: Verdict) -> str:
    if not verdict.egress.allow:
        return f"egress {reason_text(verdict.egress)}"
    if not verdict.ingress.allow:
        return f"ingress {reason_text(verdict.ingress)}"
    return f"egress {reason_text(verdict.egress)}; ingress {reason_text(verdict.ingress)}"


def _id(pod: Body) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"


def _labels(pod: Body) -> Mapping[str, str]:
    return dict(pod["metadata"].get("labels") or {})


def _workload(pod: Body) -> Workload:
    ports = [
        NamedPort(
            str(port["name"]), int(port["containerPort"]), UDP if port.get("protocol") == "UDP" else TCP
        )
        for container in pod["spec"].get("containers", [])
        for port in container.get("ports", [])
        if "name" in port
    ]
    return Workload(
        namespace=pod["metadata"]["namespace"],
        name=pod["metadata"]["name"],
        labels=_labels(pod),
        service_account=pod["spec"].get("serviceAccountName", "default"),
        ports=tuple(ports),
        address=ip_address(pod["status"]["podIP"]),
    )


def _port(port: int | str, pod: Body) -> int | None:
    if isinstance(port, int):
        return port
    for container in pod["spec"].get("containers", []):
        for item in container.get("ports", []):
            if item.get("name") == port:
                return int(item["containerPort"])
    return None
