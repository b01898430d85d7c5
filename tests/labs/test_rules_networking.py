"""Rules about address ranges and Calico's pool. One baseline, each case changes one thing."""

# ruff: noqa: E501 - tables of cases keep one case a line, so that they can be read as tables

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from labs.enums import Switch
from labs.limits import AKS_RESERVED_RANGES
from labs.rules import address_pool, networking
from tests.labs.cases import AZURE, BYOCNI, NKE, WINDOWS, Case, messages, rows, rules_without_a_case

NODES_NEED = (
    "a node runs up to 110 pods, needs an address for its tunnel, and AKS adds a node while it upgrades"
)

REFUSED = [
    Case(
        "pod-cidr-is-no-range",
        {"pod_cidr": "10.244.0.0"},
        "calico-labs:podCidr is '10.244.0.0' but it is not an IPv4 range; set it to '10.244.0.0/16' "
        "(ranges are written as first address and prefix length)",
    ),
    Case(
        "pod-cidr-is-ipv6",
        {"pod_cidr": "fd00::/64"},
        "calico-labs:podCidr is 'fd00::/64' but it is not an IPv4 range; set it to '10.244.0.0/16' "
        "(ranges are written as first address and prefix length)",
    ),
    Case(
        "pod-cidr-with-host-bits",
        {"pod_cidr": "10.244.3.1/16"},
        "calico-labs:podCidr is '10.244.3.1/16' but it is an address inside a range, not the range; "
        "set it to '10.244.0.0/16' (ranges are written as first address and prefix length)",
    ),
    Case(
        "service-cidr-with-a-mask",
        {"service_cidr": "10.0.0.0/255.255.0.0"},
        "calico-labs:serviceCidr is '10.0.0.0/255.255.0.0' but it is not an IPv4 range; set it to "
        "'10.0.0.0/16' (ranges are written as first address and prefix length)",
    ),
    Case(
        "vnet-cidr-out-of-bytes",
        {"vnet_cidr": "10.256.0.0/16", "subnet_cidr": "10.224.0.0/16"},
        "calico-labs:vnetCidr is '10.256.0.0/16' but it is not an IPv4 range; set it to '10.224.0.0/12' "
        "(ranges are written as first address and prefix length)",
    ),
    Case(
        "byocni-without-pod-cidr",
        {"pod_cidr": None},
        "calico-labs:podCidr is 'None' but the lab's network plugin is 'none'; set it to '10.244.0.0/16' "
        "(without it AKS's control plane cannot reach pods)",
    ),
    Case(
        "azure-cni-with-pod-cidr",
        {"pod_cidr": "10.200.0.0/16"},
        "calico-labs:podCidr is '10.200.0.0/16' but the lab's network plugin is 'azure'; remove it "
        "(pods take addresses of the VNet there)",
        AZURE,
    ),
    Case(
        "pod-range-overlaps-services",
        {"pod_cidr": "10.0.128.0/17"},
        "calico-labs:podCidr is '10.0.128.0/17' but calico-labs:serviceCidr is '10.0.0.0/16', which overlaps "
        "it; set calico-labs:podCidr or calico-labs:serviceCidr to a range of its own (an address must lead "
        "to one place)",
    ),
    Case(
        "pod-range-overlaps-the-vnet",
        {"pod_cidr": "10.230.0.0/16"},
        "calico-labs:podCidr is '10.230.0.0/16' but calico-labs:vnetCidr is '10.224.0.0/12', which overlaps "
        "it; set calico-labs:podCidr to a range of its own (an address must lead to one place)",
    ),
    Case(
        "pod-range-overlaps-a-vnet-of-the-program",
        {"pod_cidr": "10.230.0.0/16", "subnet_cidr": "10.224.0.0/16"},
        "calico-labs:podCidr is '10.230.0.0/16' but calico-labs:vnetCidr is '10.224.0.0/12', which overlaps "
        "it; set calico-labs:podCidr or calico-labs:vnetCidr to a range of its own (an address must lead to "
        "one place)",
    ),
    Case(
        "vnet-of-aks",
        {"vnet_cidr": "10.64.0.0/12"},
        "calico-labs:vnetCidr is '10.64.0.0/12' but calico-labs:subnetCidr is '', so AKS makes the VNet; remove it, "
        "or set calico-labs:subnetCidr to a range inside (AKS takes 10.224.0.0/12 for its own, whatever the key says)",
    ),
    Case(
        "pod-range-that-no-network-carries",
        {"pod_cidr": "127.0.0.0/16"},
        "calico-labs:podCidr is '127.0.0.0/16' but 127.0.0.0/8 is reserved; set it to a private range outside, for "
        "example '10.244.0.0/16' (no network carries those addresses)",
        NKE,
    ),
    Case(
        "service-range-overlaps-the-vnet",
        {"service_cidr": "10.224.0.0/16", "dns_service_ip": "10.224.0.10"},
        "calico-labs:serviceCidr is '10.224.0.0/16' but calico-labs:vnetCidr is '10.224.0.0/12', which "
        "overlaps it; set calico-labs:serviceCidr to a range of its own (an address must lead to one place)",
    ),
    Case(
        "service-range-too-large",
        {"service_cidr": "10.0.0.0/12"},
        "calico-labs:serviceCidr is '10.0.0.0/12' but AKS takes ranges smaller than /12; set it to "
        "'10.0.0.0/16' (the API server keeps a table of the whole range)",
    ),
    Case(
        "service-range-too-small",
        {"service_cidr": "10.0.0.0/28"},
        "calico-labs:serviceCidr is '10.0.0.0/28' but it has 16 addresses; set it to a range of /27 or "
        "larger (the Services of AKS, Calico and the application take about a dozen)",
    ),
    Case(
        "dns-is-no-address",
        {"dns_service_ip": "10.0.0"},
        "calico-labs:dnsServiceIp is '10.0.0' but it is not an IPv4 address; set it to '10.0.0.10' "
        "(every pod is told this address)",
    ),
    Case(
        "dns-outside-the-service-range",
        {"dns_service_ip": "10.1.0.10"},
        "calico-labs:dnsServiceIp is '10.1.0.10' but calico-labs:serviceCidr is '10.0.0.0/16', which does "
        "not contain it; set it to '10.0.0.10' (DNS is a Service, and the first usable address belongs to "
        "the API server)",
    ),
    Case(
        "dns-is-the-first-address",
        {"dns_service_ip": "10.0.0.1"},
        "calico-labs:dnsServiceIp is '10.0.0.1' but it is the first address of calico-labs:serviceCidr "
        "'10.0.0.0/16'; set it to '10.0.0.10' (DNS is a Service, and the first usable address belongs to the "
        "API server)",
    ),
    Case(
        "dns-is-the-first-address-of-the-smallest-range",
        {"service_cidr": "10.0.0.0/27", "dns_service_ip": "10.0.0.1"},
        "calico-labs:dnsServiceIp is '10.0.0.1' but it is the first address of calico-labs:serviceCidr "
        "'10.0.0.0/27'; set it to '10.0.0.10' (DNS is a Service, and the first usable address belongs to the "
        "API server)",
    ),
    Case(
        "dns-is-the-network-address",
        {"dns_service_ip": "10.0.0.0"},
        "calico-labs:dnsServiceIp is '10.0.0.0' but it is the network address of calico-labs:serviceCidr "
        "'10.0.0.0/16'; set it to '10.0.0.10' (DNS is a Service, and the first usable address belongs to the "
        "API server)",
    ),
    Case(
        "dns-is-the-last-address",
        {"dns_service_ip": "10.0.255.255"},
        "calico-labs:dnsServiceIp is '10.0.255.255' but it is the last address of calico-labs:serviceCidr "
        "'10.0.0.0/16'; set it to '10.0.0.10' (DNS is a Service, and the first usable address belongs to the "
        "API server)",
    ),
    Case(
        "subnet-is-no-range",
        {"subnet_cidr": "10.224.0.5/24"},
        "calico-labs:subnetCidr is '10.224.0.5/24' but it is an address inside a range, not the range; set it to "
        "'10.224.0.0/24' (ranges are written as first address and prefix length)",
        AZURE,
    ),
    Case(
        "subnet-outside-its-vnet",
        {"subnet_cidr": "10.100.0.0/24"},
        "calico-labs:subnetCidr is '10.100.0.0/24' but calico-labs:vnetCidr is '10.224.0.0/12', which does not "
        "contain it; set it to a range inside, or calico-labs:vnetCidr to one around it (a subnet is a part of its "
        "VNet)",
        AZURE,
    ),
    Case(
        "subnet-that-the-nodes-outgrow",
        {"subnet_cidr": "10.224.0.0/25"},
        "calico-labs:subnetCidr is '10.224.0.0/25' but 2 nodes will outgrow it: they need 129 addresses, the subnet "
        "has 128; set it to a range of /24 or larger (a node takes 31, AKS adds 2 while it upgrades, and Azure keeps "
        "5)",
        AZURE,
    ),
    Case(
        "block-too-large",
        {"block_size": 19},
        "calico-labs:blockSize is '19' but the key takes 20 to 32; set it to 20 "
        "(Calico hands out IPv4 addresses in blocks of these prefix lengths)",
    ),
    Case(
        "block-smaller-than-an-address",
        {"block_size": 33},
        "calico-labs:blockSize is '33' but the key takes 20 to 32; set it to 32 "
        "(Calico hands out IPv4 addresses in blocks of these prefix lengths)",
    ),
    Case(
        "block-without-a-pool",
        {"block_size": 27},
        "calico-labs:blockSize is '27' but calico-labs:cni is 'AzureVNET', so Calico has no address pool; remove it "
        "(pods take addresses of Azure's VNet, and the key would change nothing)",
        AZURE,
    ),
    Case(
        "nat-without-a-pool",
        {"nat_outgoing": Switch.DISABLED},
        "calico-labs:natOutgoing is 'Disabled' but calico-labs:cni is 'AzureVNET', so Calico has no address pool; "
        "remove it (pods take addresses of Azure's VNet, and the key would change nothing)",
        WINDOWS,
    ),
    Case(
        "pool-smaller-than-its-block",
        {"pod_cidr": "10.244.0.0/27"},
        "calico-labs:podCidr is '10.244.0.0/27' but calico-labs:blockSize is '26', so one block is larger "
        "than the pool; set it to a range of /26 or larger (a node takes addresses by the block)",
    ),
    Case(
        "pool-of-one-block",
        {"pod_cidr": "10.244.0.0/26"},
        "calico-labs:podCidr is '10.244.0.0/26' but it has 1 block of /26 and 3 nodes need 6; "
        f"set it to a range of /23 or larger ({NODES_NEED})",
    ),
    Case(
        "pool-too-small-for-full-nodes",
        {"pod_cidr": "10.244.0.0/24"},
        "calico-labs:podCidr is '10.244.0.0/24' but it has 4 blocks of /26 and 3 nodes need 6; "
        f"set it to a range of /23 or larger ({NODES_NEED})",
    ),
    Case(
        "pool-too-small-for-one-node",
        {"pod_cidr": "10.244.0.0/25", "node_count": 1},
        "calico-labs:podCidr is '10.244.0.0/25' but it has 2 blocks of /26 and 2 nodes need 4; "
        f"set it to a range of /24 or larger ({NODES_NEED})",
    ),
    Case(
        "pool-too-small-for-the-largest-cluster",
        {"node_count": 1000},
        "calico-labs:podCidr is '10.244.0.0/16' but it has 1024 blocks of /26 and 1001 nodes need 2002; "
        f"set it to a range of /15 or larger ({NODES_NEED})",
    ),
    Case(
        "pool-with-fewer-blocks-than-nodes",
        {"block_size": 20, "node_count": 16},
        "calico-labs:podCidr is '10.244.0.0/16' but it has 16 blocks of /20 and 17 nodes need 17; "
        f"set it to a range of /15 or larger ({NODES_NEED})",
    ),
]

ALLOWED: list[Any] = [
    pytest.param(BYOCNI, {"pod_cidr": "192.168.0.0/16"}, id="pod-range-of-the-course"),
    pytest.param(BYOCNI, {"pod_cidr": "10.244.0.0/23"}, id="pool-just-large-enough"),
    pytest.param(BYOCNI, {"block_size": 20, "node_count": 15}, id="as-many-blocks-as-nodes"),
    pytest.param(BYOCNI, {"pod_cidr": "10.0.0.0/16", "service_cidr": "10.1.0.0/16", "dns_service_ip": "10.1.0.10"}, id="moved-services"),
    pytest.param(BYOCNI, {"service_cidr": "10.0.0.0/13"}, id="largest-service-range"),
    pytest.param(BYOCNI, {"service_cidr": "10.0.0.0/27"}, id="smallest-service-range"),
    pytest.param(BYOCNI, {"dns_service_ip": "10.0.0.2"}, id="dns-second-address"),
    pytest.param(BYOCNI, {"vnet_cidr": "10.224.0.0/29", "subnet_cidr": "10.224.0.0/29"}, id="smallest-vnet"),
    pytest.param(BYOCNI, {"vnet_cidr": "10.0.0.0/8", "subnet_cidr": "10.0.0.0/16", "pod_cidr": "192.168.0.0/16", "service_cidr": "172.16.0.0/16", "dns_service_ip": "172.16.0.10"}, id="largest-vnet"),
    pytest.param(AZURE, {"vnet_cidr": "10.224.0.0/24", "subnet_cidr": "10.224.0.0/24"}, id="smallest-vnet-of-azure-cni"),
    pytest.param(AZURE, {"subnet_cidr": "10.224.0.0/24"}, id="smallest-subnet-of-azure-cni"),
    pytest.param(BYOCNI, {"subnet_cidr": "10.224.0.0/29"}, id="smallest-subnet-without-a-cni"),
    pytest.param(NKE, {"pod_cidr": "10.230.0.0/16"}, id="pods-in-what-would-be-akss-vnet"),
    pytest.param(NKE, {"pod_cidr": "10.0.0.0/16"}, id="pods-in-what-would-be-akss-services"),
    pytest.param(NKE, {"pod_cidr": "172.30.0.0/16"}, id="pods-in-what-aks-keeps"),
    pytest.param(NKE, {"pod_cidr": "10.244.0.0/25"}, id="pods-of-nodes-that-nobody-counts"),
]  # fmt: skip


@pytest.mark.parametrize("case", rows(REFUSED))
def test_prevent(case: Case) -> None:
    assert messages(case.settings) == [case.message]


@pytest.mark.parametrize(("baseline", "changes"), ALLOWED)
def test_allow(baseline: Any, changes: dict[str, Any]) -> None:
    assert messages(replace(baseline, **changes)) == []


@pytest.mark.parametrize("reserved", AKS_RESERVED_RANGES, ids=str)
@pytest.mark.parametrize(
    ("field", "key", "example"),
    [
        pytest.param("pod_cidr", "podCidr", "10.244.0.0/16", id="pods"),
        pytest.param("service_cidr", "serviceCidr", "10.0.0.0/16", id="services"),
        pytest.param("vnet_cidr", "vnetCidr", "10.224.0.0/12", id="vnet"),
    ],
)
def test_prevent_ranges_that_aks_keeps(field: str, key: str, example: str, reserved: Any) -> None:
    changes: dict[str, Any] = {field: str(reserved)}
    if field == "vnet_cidr":
        changes["subnet_cidr"] = f"{reserved[0]}/28"
    if field == "service_cidr":
        changes["dns_service_ip"] = str(reserved[10])
    found = messages(replace(BYOCNI, **changes, node_count=1))
    expected = (
        f"calico-labs:{key} is '{reserved}' but {reserved} is reserved; set it to a private range outside, "
        f"for example '{example}' (AKS and Azure's own network use those addresses)"
    )
    assert found == [expected]


@pytest.mark.parametrize(
    ("cidr", "reserved"),
    [
        pytest.param("127.0.0.0/16", "127.0.0.0/8", id="loopback"),
        pytest.param("168.63.0.0/16", "168.63.129.16/32", id="azure-services"),
        pytest.param("224.0.0.0/16", "224.0.0.0/4", id="multicast"),
    ],
)
def test_prevent_ranges_that_azure_cannot_carry(cidr: str, reserved: str) -> None:
    assert messages(replace(BYOCNI, pod_cidr=cidr)) == [
        (
            f"calico-labs:podCidr is '{cidr}' but {reserved} is reserved; set it to a private range outside, for "
            "example '10.244.0.0/16' (AKS and Azure's own network use those addresses)"
        )
    ]


def test_prevent_a_vnet_larger_than_any_private_range() -> None:
    found = messages(replace(BYOCNI, vnet_cidr="8.0.0.0/7", subnet_cidr="8.0.0.0/16"))
    assert (
        "calico-labs:vnetCidr is '8.0.0.0/7' but no private range is larger than /8; set it to "
        "'10.224.0.0/12' (public addresses inside it would become unreachable)"
    ) in found


def test_every_rule_has_a_case() -> None:
    others = [
        Case("reserved", {"pod_cidr": "172.30.0.0/16"}, ""),
        Case("large", {"vnet_cidr": "8.0.0.0/7", "subnet_cidr": "8.0.0.0/16"}, ""),
    ]
    rules = (*networking.RULES, *address_pool.RULES)
    assert rules_without_a_case(rules, [*REFUSED, *others]) == []
