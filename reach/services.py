"""Services: which workloads and ports stand behind them, and which ways into the cluster they open.

Policy never sees a Service's own address: it is judged after the address has been replaced by a pod's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reach.document import Document
from reach.fields import Field, root
from reach.model import ServiceBackends, Workload
from reach.protocols import NUMBERS, name_of
from reach.universe import Region

_FROM_OUTSIDE = ("LoadBalancer", "NodePort")


@dataclass(frozen=True)
class EntryPoint:
    """A way from outside to the pods of a Service."""

    service: str
    """Namespace and name."""

    kind: str
    port: int
    """Port that clients connect to."""

    workload: str
    protocol: int
    target_port: int
    sources: tuple[Region, ...]
    """Whose addresses the pod may see: the client's own, or one of a node or of its tunnel."""

    where: str

    @property
    def shown_port(self) -> str:
        """The port with its protocol, as `kubectl` writes it: one Service can have a number twice."""
        return f"{self.port}/{name_of(self.protocol)}"


def service_backends(document: Document, workloads: Sequence[Workload]) -> ServiceBackends | None:
    """Return what stands behind a Service; None for a DNS alias, which has nothing behind it."""
    body = root(document)
    chosen = _backends(body, workloads)
    if body.get("spec").get("type").text() == "ExternalName":
        return None
    ports = {
        (protocol, number)
        for item in body.get("spec").get("ports").items()
        for workload in chosen
        for protocol, number in [_target(item, workload)]
        if number
    }
    metadata = body.get("metadata")
    return ServiceBackends(
        metadata.get("namespace").text("default"),
        metadata.get("name").text(),
        (),
        tuple(workload.id for workload in chosen),
        tuple(sorted(ports)),
    )


def entry_points(
    document: Document, workloads: Sequence[Workload], *, keeps_source: bool
) -> list[EntryPoint]:
    """Return the ways into the cluster that a Service opens; `keeps_source` if the data plane does.

    Otherwise, with externalTrafficPolicy Cluster, the packet carries the address of the node that took it in,
    or of that node's tunnel, which lies in the pod range.
    """
    body = root(document)
    spec = body.get("spec")
    kind = spec.get("type").text("ClusterIP")
    if kind not in _FROM_OUTSIDE:
        return []
    local = spec.get("externalTrafficPolicy").text("Cluster") == "Local"
    sources = (Region.WORLD,) if keeps_source or local else (Region.NODES, Region.POD_RANGE)
    metadata = body.get("metadata")
    return [
        EntryPoint(
            f"{metadata.get('namespace').text()}/{metadata.get('name').text()}",
            kind,
            item.get("port").integer(1, 65535) or 0,
            workload.id,
            *_target(item, workload),
            sources,
            document.where(item.path),
        )
        for item in spec.get("ports").items()
        for workload in _backends(body, workloads)
    ]


def _backends(body: Field, workloads: Sequence[Workload]) -> list[Workload]:
    selector = body.get("spec").get("selector").labels()
    namespace = body.get("metadata").get("namespace").text("default")
    return [
        workload
        for workload in workloads
        if selector and workload.namespace == namespace and selector.items() <= workload.labels.items()
    ]


def _target(item: Field, workload: Workload) -> tuple[int, int]:
    """Return protocol and port that a Service port means at a workload; port 0 if it names none of its."""
    protocol = NUMBERS[item.get("protocol").choice(("TCP", "UDP", "SCTP"), "TCP")]
    target = item.get("targetPort")
    if isinstance(target.value, str):
        named = [
            port.port for port in workload.ports if (port.name, port.protocol) == (target.value, protocol)
        ]
        return protocol, named[0] if named else 0
    return protocol, target.integer(1, 65535) or item.get("port").integer(1, 65535) or 0
