"""Limits of AKS, Azure and Calico that the rules measure settings against, each with its source.

Numbers and patterns only. What is refused, and in which words, is decided in `rules/`.
"""

from __future__ import annotations

from ipaddress import IPv4Network

AKS_RESERVED_RANGES = tuple(
    IPv4Network(cidr) for cidr in ("169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24")
)
"""Ranges that may not appear in the pod, service or VNet range of a cluster.

Source: AKS docs, use-byo-cni, 2026-04-16.
"""

UNUSABLE_RANGES = tuple(
    IPv4Network(cidr)
    for cidr in ("0.0.0.0/8", "127.0.0.0/8", "168.63.129.16/32", "224.0.0.0/4", "240.0.0.0/4")
)
"""Ranges that no Azure network can carry: this-host, loopback, Azure's own service address, multicast,
reserved.

Source: Azure docs, virtual networks FAQ, 2026-08-21.
"""

SERVICE_PREFIX_SHORTEST = 13
"""AKS demands a service range smaller than /12.

Source: AKS docs, concepts-network-ip-address-planning, 2026-08-21.
"""

SERVICE_PREFIX_LONGEST = 27
"""32 addresses: AKS's, Calico's and the application's Services take about a dozen from the start."""

VNET_PREFIX_SHORTEST = 8
"""No private range is larger than 10.0.0.0/8. Source: RFC 1918."""

SUBNET_RESERVED_ADDRESSES = 5
"""Network, gateway, two for DNS, broadcast. Source: Azure docs, virtual networks FAQ, 2026-08-21."""

SURGE_NODES = 1
"""Nodes that AKS adds to a pool while it upgrades.

Source: AKS docs, concepts-network-ip-address-planning, 2026-08-21.
"""

MAX_PODS_PER_NODE = 110
"""What Kubernetes supports on one node, and kubelet's own default.

Source: Kubernetes docs, large clusters, 2026-08-21.
"""

AZURE_CNI_MAX_PODS_PER_NODE = 30
"""AKS's default with Azure CNI, where each of them takes an address of the node's subnet from the start.

Source: AKS docs, concepts-network-ip-address-planning, 2026-08-21.
"""

TUNNEL_ADDRESSES_PER_NODE = 1
"""Calico's own address in the pool for a node's VXLAN or WireGuard device.

Source: Calico docs, IPPool allowedUses.
"""

BLOCK_SIZES_V4 = range(20, 33)
"""Prefix lengths of an IPv4 allocation block.

Source: tigera/operator api/v1/installation_types.go, v1.42.4.
"""

NODES_PER_POOL = 1000
"""AKS's limit of one node pool. Source: AKS docs, quotas-skus-regions, 2026-08-21."""

TTL_HOURS = 720
"""Thirty days: a lab that lives longer has been forgotten, which is what the expiry tag is there to show."""

CONTROL_PLANE_REPLICAS = 10
"""More copies of Calico's API server than this only cost memory in a lab."""

WAIT_MINUTES = 120
"""AKS itself gives up on an operation in less time than this."""

AZURE_MTU = 1400
"""What Azure's network carries without fragmenting.

Source: Calico docs, configuring/mtu, the AKS row, 2026-08-21.
"""

VXLAN_OVERHEAD = 50
"""Bytes of a VXLAN header over IPv4. Source: Calico docs, configuring/mtu, 2026-08-21."""

WIREGUARD_OVERHEAD = 60
"""Bytes of a WireGuard header over IPv4. Source: Calico docs, configuring/mtu, 2026-08-21."""

SMALLEST_MTU = 1280
"""Below this Linux switches IPv6 off on the interface. Source: RFC 8200."""

SYSTEM_POOL_VCPUS = 4
"""AKS's minimum for system pools. Source: AKS docs, use-system-pools, 2026-04-30."""

USER_POOL_VCPUS = 2
"""AKS's minimum for user pools. Source: AKS docs, use-system-pools, 2026-04-30."""

LINUX_POOL_NAME = r"[a-z][a-z0-9]{0,11}"
"""Source: AKS docs, use-system-pools, 2026-04-30."""

WINDOWS_POOL_NAME = r"[a-z][a-z0-9]{0,5}"
"""Six characters: the rest of a Windows host name is AKS's.

Source: AKS docs, use-system-pools, 2026-04-30.
"""

TAG_VALUE_LENGTH = 256
"""Source: Azure docs, tag resources, limitations, 2026-08-21."""

TAG_FORBIDDEN = "<>%&\\?/"
"""Characters that Azure refuses in tag names; kept out of values too, because cost reports group by both.

Source: Azure docs, tag resources, limitations, 2026-08-21.
"""
