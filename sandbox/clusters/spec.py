"""What the Azure stand-in asks of a cluster: plain data, so that either side can be tested without the other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

PLAIN = "plain"
"""Location of a cluster that is nobody's cloud's."""

FOUND_CALICO = "calico"
"""Network plugin of a cluster that came with Calico, without its operator."""


@dataclass(frozen=True)
class PoolSpec:
    """One node pool as it should be."""

    name: str
    count: int
    vm_size: str
    kubernetes_version: str
    os: str = "Linux"
    """`Linux` or `Windows`."""
    mode: str = "System"
    """`System` or `User`."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The labels of its nodes, AKS's own and the user's."""


@dataclass(frozen=True)
class ClusterSpec:
    """One cluster as it should be."""

    id: str
    """ARM id; the key, compared without regard to case as Azure does."""
    name: str
    resource_group: str
    location: str
    network_plugin: str
    """`none` (no CNI until somebody installs one), `azure` or `FOUND_CALICO`."""
    pod_cidr: str | None
    service_cidr: str
    dns_service_ip: str
    kubernetes_version: str
    node_resource_group: str
    network_policy: str | None = None
    kube_proxy: bool = True
    """Whether kube-proxy runs; the one thing of a spec that may change while the cluster runs."""
    node_subnet: str = "10.224.0.0/16"
    """Range that the nodes' addresses come from; as it stands, AKS's own."""

    @property
    def slug(self) -> str:
        """Name of the cluster's folder."""
        return slug(self.name, self.id)


def slug(name: str, id: str) -> str:
    """Return the name of a cluster's folder: readable, and different for equal names in two resource groups."""
    return f"{name}-{hashlib.sha256(id.lower().encode()).hexdigest()[:8]}"
