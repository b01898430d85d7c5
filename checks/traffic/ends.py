"""Who asks and who is asked, from the application's own files: a new tier or Service brings its probes along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checks.traffic.script import Probe
from labs.manifests import Manifest

OUTSIDER = "outsider"
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
_WINDOWS = "windows"


@dataclass(frozen=True)
class Source:
    """A pod that asks: in the place of a workload, or of nobody."""

    name: str
    """The workload's, with its kind and namespace where several have that name; unique in a run."""

    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict)
    service_account: str = "default"
    node: str = ""
    """Node to run on, in that node's own network; empty: anywhere, with an address of its own."""


@dataclass(frozen=True)
class Target:
    """A port that is asked for."""

    name: str
    probe: Probe
    namespace: str = ""
    selector: Mapping[str, str] = field(default_factory=dict)
    """Pods behind it; none for an address outside."""

    target_port: int | str = 0
    """Port of those pods, by number or name: policy is judged by it, not by the Service's."""

    @property
    def outside(self) -> bool:
        """Whether it is an address outside the cluster."""
        return not self.selector


def sources(app: Sequence[Manifest], own_namespace: str) -> list[Source]:
    """Return one source for each Linux workload, one for each namespace without any, and an outsider."""
    workloads = [
        manifest
        for manifest in app
        if manifest.kind in _WORKLOADS
        and (_pod(manifest).get("nodeSelector") or {}).get("kubernetes.io/os") != _WINDOWS
        and not _pod(manifest).get("hostNetwork")
    ]
    named = Counter([OUTSIDER, *(manifest.name for manifest in workloads)])
    found = [
        Source(
            m.name if named[m.name] == 1 else f"{m.kind} {m.namespace}/{m.name}",
            str(m.namespace),
            _labels(m),
            _pod(m).get("serviceAccountName", "default"),
        )
        for m in workloads
    ]
    taken = {source.namespace for source in found}
    found += [
        Source(f"anyone in {manifest.name}", manifest.name)
        for manifest in app
        if manifest.kind == "Namespace" and manifest.name not in taken
    ]
    return [*found, Source(OUTSIDER, own_namespace)]


def targets(app: Sequence[Manifest], outside: Sequence[Probe] = ()) -> list[Target]:
    """Return each TCP port of each Service that has pods, but for LoadBalancers, whose pods a Service names too."""
    found = []
    behind: set[tuple[str, tuple[tuple[str, str], ...], object]] = set()
    services = [m for m in app if m.kind == "Service" and m.body["spec"].get("selector")]
    services.sort(key=lambda m: m.body["spec"].get("type", "ClusterIP") == "LoadBalancer")
    for service in services:
        namespace, selector = str(service.namespace), dict(service.body["spec"]["selector"])
        for port in service.body["spec"].get("ports", []):
            key = (namespace, tuple(sorted(selector.items())), port.get("targetPort", port["port"]))
            if port.get("protocol", "TCP") != "TCP" or key in behind:
                continue
            behind.add(key)
            host = f"{service.name}.{namespace}.svc.cluster.local"
            found.append(
                Target(
                    f"{service.name}.{namespace}:{port['port']}",
                    Probe(host, int(port["port"])),
                    namespace,
                    selector,
                    port.get("targetPort", port["port"]),
                )
            )
    return found + [Target(probe.address, probe) for probe in outside]


def closes_addresses(policies: Sequence[Manifest]) -> bool:
    """Tell whether any policy denies addresses outside by their number, as the nke lab does."""
    return any(
        rule.get("action") == "Deny" and (rule.get("destination") or {}).get("nets")
        for policy in policies
        for rule in policy.body["spec"].get("egress") or []
    )


def _pod(manifest: Manifest) -> Mapping[str, Any]:
    pod: Mapping[str, Any] = manifest.body["spec"]["template"]["spec"]
    return pod


def _labels(manifest: Manifest) -> Mapping[str, str]:
    return dict(manifest.body["spec"]["template"]["metadata"].get("labels") or {})
