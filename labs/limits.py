"""Limits of AKS, Azure and Calico that the rules measure settings against, each with its source.

A line that says "Unverified" was written without its source at hand and names what to check.

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

Unverified, but for 168.63.129.16 (AKS docs): check the Azure docs, virtual networks FAQ.
"""

UNUSABLE_ANYWHERE = tuple(cidr for cidr in UNUSABLE_RANGES if cidr != IPv4Network("168.63.129.16/32"))
"""The same without Azure's address: what no network carries. Source: RFC 6890."""

SERVICE_PREFIX_SHORTEST = 13
"""AKS demands a service range smaller than /12.

Source: AKS docs, concepts-network-ip-address-planning, 2026-08-21.
"""

SERVICE_PREFIX_LONGEST = 27
"""32 addresses: AKS's, Calico's and the application's Services take about a dozen from the start."""

VNET_PREFIX_SHORTEST = 8
"""No private range is larger than 10.0.0.0/8. Unverified: check RFC 1918, section 3."""

SUBNET_RESERVED_ADDRESSES = 5
"""Network, gateway, two for DNS, broadcast.

Source: AKS docs, concepts-network-ip-address-planning, 2026-08-21; the course text lists the same five.
"""

SUBNET_PREFIX_LONGEST = 29
"""Smallest subnet that Azure makes. Unverified: check the Azure docs, virtual networks FAQ."""

SURGE_NODES = 1
"""Nodes that AKS adds to a pool while it upgrades.

Source: AKS docs, concepts-network-ip-address-planning, 2026-08-21.
"""

MAX_PODS_PER_NODE = 110
"""What Kubernetes supports on one node, and kubelet's own default.

Unverified: check the Kubernetes docs, "Considerations for large clusters".
"""

AZURE_CNI_MAX_PODS_PER_NODE = 30
"""AKS's default with Azure CNI, where each of them takes an address of the node's subnet from the start.

Source: AKS docs, concepts-network-ip-address-planning, 2026-08-21.
"""

TUNNEL_ADDRESSES_PER_NODE = 1
"""Calico's own address in the pool for a node's VXLAN or WireGuard device.

Source: Calico docs, reference/resources/ippool, allowedUses Tunnel, 2026-08-21; that it is one is unverified.
"""

BLOCK_SIZES_V4 = range(20, 33)
"""Prefix lengths of an IPv4 allocation block.

Source: tigera/operator api/v1/installation_types.go, v1.42.4.
"""

NODES_PER_POOL = 1000
"""AKS's limit of one node pool. Unverified: check the AKS docs, quotas-skus-regions."""

TTL_HOURS = 720
"""Thirty days: a lab that lives longer has been forgotten, which is what the expiry tag is there to show."""

CONTROL_PLANE_REPLICAS = 10
"""More copies of Calico's API server than this only cost memory in a lab."""

WAIT_MINUTES = 120
"""AKS itself gives up on an operation in less time than this."""

AZURE_MTU = 1400
"""What Azure's network carries without fragmenting.

Source: what the AKS row of the Calico docs, configuring/mtu, 2026-08-21, leaves for WireGuard (1340), and its
header.
"""

VXLAN_OVERHEAD = 50
"""Bytes of a VXLAN header over IPv4. Source: kubernetes-sigs/cluster-api-provider-azure#1353, which uses 1350."""

WIREGUARD_OVERHEAD = 60
"""Bytes of a WireGuard header over IPv4.

Source: projectcalico/calico, felix/dataplane/linux/int_dataplane.go, 2026-08-21.
"""

LARGEST_MTU = 9000
"""Jumbo frames: the most that a network outside Azure is expected to carry."""

NODE_STATUS_SECONDS = 86400
"""Longest period of a CalicoNodeStatus. Source: Calico docs, reference/resources/caliconodestatus, 2026-08-21."""

WINDOWS_PASSWORD_LENGTHS = range(14, 124)
"""What AKS takes as a Windows administrator's password.

Source: message of AKS's WindowsProfilePasswordInvalid; the SDK's own text says 8 at least, 2026-11-22.
"""

WINDOWS_RESERVED_USERNAMES = frozenset(
    {
        "administrator",
        "admin",
        "user",
        "user1",
        "test",
        "user2",
        "test1",
        "user3",
        "admin1",
        "1",
        "123",
        "a",
        "actuser",
        "adm",
        "admin2",
        "aspnet",
        "backup",
        "console",
        "david",
        "guest",
        "john",
        "owner",
        "root",
        "server",
        "sql",
        "support",
        "support_388945a0",
        "sys",
        "test2",
        "test3",
        "user4",
        "user5",
    }
)
"""Source: azure-native SDK 3.29.0, ManagedClusterWindowsProfile.admin_username, 2026-11-22."""

WINDOWS_USERNAME_LENGTH = 20
"""Source: azure-native SDK 3.29.0, ManagedClusterWindowsProfile.admin_username, 2026-11-22."""

SMALLEST_MTU = 1280
"""Below this no IPv6 packet may be sent on the interface. Unverified: check RFC 8200, section 5."""

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
"""Unverified: check the Azure docs, tag resources, limitations."""

TAG_FORBIDDEN = "<>%&\\?/"
"""Characters that Azure refuses in tag names; kept out of values too, because cost reports group by both.

Unverified: check the Azure docs, tag resources, limitations.
"""
