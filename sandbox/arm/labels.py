"""The labels that AKS puts on the nodes of a pool, beside the user's own.

Owns the list (https://learn.microsoft.com/azure/aks/use-labels, and the kubelet flags in Azure/AgentBaker's
tests). Leaves out what differs from node to node of a pool: hostname, and the zone of a pool that spans
several.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RESERVED_PREFIX = "kubernetes.azure.com/"
_NODE_IMAGES = {
    # Form from `kubectl describe node` outputs of 2025; the date is the sandbox's own.
    "Ubuntu": "AKSUbuntu-2404gen2containerd-202611.03.0",
    "Ubuntu2204": "AKSUbuntu-2204gen2containerd-202611.03.0",
    "AzureLinux": "AKSAzureLinux-V3gen2-202611.03.0",
    "AzureLinux3": "AKSAzureLinux-V3gen2-202611.03.0",
    "Windows2019": "AKSWindows-2019-containerd-17763.8027.251110",
    "Windows2022": "AKSWindows-2022-containerd-20348.4405.251112",
    "Windows2025": "AKSWindows-2025-gen2-26100.7171.251112",
}


def node_image(os_sku: str) -> str:
    return _NODE_IMAGES.get(os_sku, _NODE_IMAGES["Ubuntu"])


def node_labels(pool: Mapping[str, Any], name: str, region: str, node_resource_group: str) -> dict[str, str]:
    """Return all labels of the pool's nodes; `pool` are the completed properties of the agent pool."""
    zones = pool.get("availabilityZones") or []
    zone = f"{region}-{zones[0]}" if zones else "0"
    system = str(pool["osType"]).lower()
    own = {
        "agentpool": name,
        "kubernetes.azure.com/agentpool": name,
        "kubernetes.azure.com/cluster": node_resource_group,
        "kubernetes.azure.com/mode": str(pool["mode"]).lower(),
        "kubernetes.azure.com/node-image-version": str(pool["nodeImageVersion"]),
        "kubernetes.azure.com/nodepool-type": str(pool["type"]),
        "kubernetes.azure.com/os-sku": str(pool["osSKU"]),
        "kubernetes.azure.com/role": "agent",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": system,
        "node.kubernetes.io/instance-type": str(pool["vmSize"]),
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
    }
    return {**(pool.get("nodeLabels") or {}), **own}
