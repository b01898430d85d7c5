"""Rules about Calico on AKS: releases, CNI, addresses, encapsulation, data plane. One baseline, one change a
case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from labs.enums import CalicoCrds, CniType, Dataplane, Encapsulation, IpamType, Switch
from labs.rules import calico, release
from tests.labs.cases import AZURE, BYOCNI, NKE, Case, messages, rows, rules_without_a_case

AUTODETECTION = "calico-labs:nodeAddressAutodetectionV4"
FIELD = "node_address_autodetection_v4"
NODE_INTERNAL_IP = "set it to {kubernetes: NodeInternalIP}"

REFUSED = [
    Case(
        "calico-without-v",
        {"calico_version": "3.32.4"},
        "calico-labs:calicoVersion is '3.32.4' but it is not a release in the form v<major>.<minor>.<patch>; "
        "set it to 'v3.32.4' (it is the version of the operator's chart)",
    ),
    Case(
        "calico-minor-only",
        {"calico_version": "v3.32"},
        "calico-labs:calicoVersion is 'v3.32' but it is not a release in the form v<major>.<minor>.<patch>; "
        "set it to 'v3.32.4' (it is the version of the operator's chart)",
    ),
    Case(
        "calico-too-old",
        {"calico_version": "v3.32.0"},
        "calico-labs:calicoVersion is 'v3.32.0' but the labs need v3.32.1 or later; set it to 'v3.32.4' "
        "(older ones are unsupported or refuse policies that Pulumi creates)",
    ),
    Case(
        "calico-that-wipes-felix",
        {"calico_version": "v3.33.0"},
        "calico-labs:calicoVersion is 'v3.33.0' but that release wipes FelixConfiguration settings; "
        "set it to 'v3.32.4' (its operator overwrites what others have set)",
    ),
    Case(
        "v3-crds",
        {"calico_crds": CalicoCrds.V3},
        "calico-labs:calicoCrds is 'projectcalico.org/v3' but no lab installs those CRDs; set it to "
        "'crd.projectcalico.org/v1' (they come by a Helm chart of their own, before the operator, which is not "
        "built here)",
    ),
    Case(
        "wireguard-without-an-mtu-on-calicos-own-network",
        {"wireguard": Switch.ENABLED},
        "calico-labs:mtu is '0' but calico-labs:wireguard is 'Enabled'; set it to 1340 before the first `up` "
        "(Calico would choose 1440, more than Azure carries, and pods keep the MTU that they started with)",
    ),
    Case(
        "ipip-without-bgp-elsewhere",
        {"encapsulation": Encapsulation.IPIP, "bgp": Switch.DISABLED},
        "calico-labs:encapsulation is 'IPIP' but calico-labs:bgp is 'Disabled'; set calico-labs:bgp to 'Enabled' "
        "or calico-labs:encapsulation to 'VXLAN' (only BGP tells nodes where the pods of other nodes are, unless "
        "VXLAN does)",
        NKE,
    ),
    Case(
        "no-encapsulation-without-bgp-elsewhere",
        {"bgp": Switch.DISABLED},
        "calico-labs:encapsulation is 'None' but calico-labs:bgp is 'Disabled'; set calico-labs:bgp to 'Enabled' "
        "or calico-labs:encapsulation to 'VXLAN' (only BGP tells nodes where the pods of other nodes are, unless "
        "VXLAN does)",
        NKE,
    ),
    Case(
        "cni-of-gke-elsewhere",
        {"cni": CniType.GKE},
        "calico-labs:cni is 'GKE' but Calico is the lab's CNI; set it to 'Calico' (that CNI is part of another "
        "cloud's nodes)",
        NKE,
    ),
    Case(
        "azure-cni-elsewhere",
        {"cni": CniType.AZURE_VNET},
        "calico-labs:cni is 'AzureVNET' but Calico is the lab's CNI; set it to 'Calico' (nodes without a CNI stay "
        "NotReady)",
        NKE,
    ),
    Case(
        "vpp-elsewhere",
        {"dataplane": Dataplane.VPP},
        "calico-labs:dataplane is 'VPP' but no lab prepares nodes for it; set it to 'Iptables' (VPP takes over a "
        "node's network card and needs BGP)",
        NKE,
    ),
    Case(
        "ebpf-elsewhere",
        {"dataplane": Dataplane.BPF},
        "calico-labs:dataplane is 'BPF' but lab 'nke' runs on a cluster of yours; set it to 'Iptables', or use lab "
        "'ebpf' (Calico then needs the API server's own address, which a kubeconfig does not always hold)",
        NKE,
    ),
    Case(
        "mtu-too-large-for-jumbo-frames",
        {"mtu": 9001},
        "calico-labs:mtu is '9001' but the key takes 0 or 1280 to 9000 here; set it to 0 or 9000 (jumbo frames have "
        "9000 bytes and no tunnel's header takes any)",
        NKE,
    ),
    Case(
        "azure-cni-without-azure-plugin",
        {"cni": CniType.AZURE_VNET},
        "calico-labs:cni is 'AzureVNET' but the lab's network plugin is 'none'; set it to 'Calico' "
        "(nodes without a CNI stay NotReady)",
    ),
    Case(
        "calico-cni-beside-azure-plugin",
        {"cni": CniType.CALICO},
        "calico-labs:cni is 'Calico' but the lab's network plugin is 'azure'; set it to 'AzureVNET' "
        "(two CNIs would both configure each pod)",
        AZURE,
    ),
    Case(
        "cni-of-gke",
        {"cni": CniType.GKE},
        "calico-labs:cni is 'GKE' but the cluster runs on AKS; set it to 'Calico' "
        "(that CNI is part of another cloud's nodes)",
    ),
    Case(
        "cni-of-amazon",
        {"cni": CniType.AMAZON_VPC},
        "calico-labs:cni is 'AmazonVPC' but the cluster runs on AKS; set it to 'AzureVNET' "
        "(that CNI is part of another cloud's nodes)",
        AZURE,
    ),
    Case(
        "azure-addresses-for-calico",
        {"ipam": IpamType.AZURE_VNET},
        "calico-labs:ipam is 'AzureVNET' but calico-labs:cni is 'Calico'; set it to 'Calico' "
        "(that CNI asks nobody else for addresses)",
    ),
    Case(
        "calico-addresses-for-azure-cni",
        {"ipam": IpamType.CALICO},
        "calico-labs:ipam is 'Calico' but calico-labs:cni is 'AzureVNET'; set it to 'AzureVNET' "
        "(that CNI asks nobody else for addresses)",
        AZURE,
    ),
    Case(
        "host-local-with-vxlan",
        {"ipam": IpamType.HOST_LOCAL},
        "calico-labs:ipam is 'HostLocal' but calico-labs:encapsulation is 'VXLAN'; set it to 'Calico' "
        "(VXLAN routes are made from Calico's own blocks)",
    ),
    Case(
        "encapsulation-on-azure-cni",
        {"encapsulation": Encapsulation.VXLAN},
        "calico-labs:encapsulation is 'VXLAN' but calico-labs:cni is 'AzureVNET'; set it to 'None' "
        "(Calico does not own the pod network there)",
        AZURE,
    ),
    Case(
        "bgp-on-azure-cni",
        {"bgp": Switch.ENABLED},
        "calico-labs:bgp is 'Enabled' but calico-labs:cni is 'AzureVNET'; set it to 'Disabled' "
        "(Calico does not own the pod network there)",
        AZURE,
    ),
    Case(
        "ipip-without-bgp",
        {"encapsulation": Encapsulation.IPIP},
        "calico-labs:encapsulation is 'IPIP' but calico-labs:bgp is 'Disabled'; set it to 'VXLAN' "
        "(only BGP would bring the routes, and Azure would still drop the packets)",
    ),
    Case(
        "ipip-cross-subnet-without-bgp",
        {"encapsulation": Encapsulation.IPIP_CROSS_SUBNET},
        "calico-labs:encapsulation is 'IPIPCrossSubnet' but calico-labs:bgp is 'Disabled'; set it to 'VXLAN' "
        "(only BGP would bring the routes, and Azure would still drop the packets)",
    ),
    Case(
        "no-encapsulation-without-bgp",
        {"encapsulation": Encapsulation.NONE},
        "calico-labs:encapsulation is 'None' but calico-labs:bgp is 'Disabled'; set it to 'VXLAN' "
        "(only BGP would bring the routes, and Azure would still drop the packets)",
    ),
    Case(
        "ipip-with-bgp",
        {"encapsulation": Encapsulation.IPIP, "bgp": Switch.ENABLED},
        "calico-labs:encapsulation is 'IPIP' but Azure drops IP-in-IP packets; set it to 'VXLAN' "
        "(VXLAN passes, IP-in-IP does not)",
    ),
    Case(
        "ipip-cross-subnet-with-bgp",
        {"encapsulation": Encapsulation.IPIP_CROSS_SUBNET, "bgp": Switch.ENABLED},
        "calico-labs:encapsulation is 'IPIPCrossSubnet' but all nodes are in one subnet; set it to 'VXLAN' "
        "(packets cross it bare, and Azure does not route pod addresses)",
    ),
    Case(
        "no-encapsulation-with-bgp",
        {"encapsulation": Encapsulation.NONE, "bgp": Switch.ENABLED},
        "calico-labs:encapsulation is 'None' but Azure does not route pod addresses; set it to 'VXLAN' "
        "(AKS makes no route table for a cluster without a CNI)",
    ),
    Case(
        "vxlan-cross-subnet",
        {"encapsulation": Encapsulation.VXLAN_CROSS_SUBNET},
        "calico-labs:encapsulation is 'VXLANCrossSubnet' but all nodes are in one subnet; set it to 'VXLAN' "
        "(packets cross it bare, and Azure does not route pod addresses)",
    ),
    Case(
        "nftables-on-aks",
        {"dataplane": Dataplane.NFTABLES},
        "calico-labs:dataplane is 'Nftables' but AKS's kube-proxy works with iptables; set it to 'Iptables' or 'BPF' "
        "(it needs kube-proxy in nftables mode too, which on AKS is a preview that no lab asks for)",
    ),
    Case(
        "vpp",
        {"dataplane": Dataplane.VPP},
        "calico-labs:dataplane is 'VPP' but the cluster runs on AKS; set it to 'Iptables' or 'BPF' "
        "(VPP takes over a node's network card and needs BGP)",
    ),
    Case(
        "wireguard-with-ebpf-on-azure-cni",
        {"wireguard": Switch.ENABLED, "dataplane": Dataplane.BPF},
        "calico-labs:wireguard is 'Enabled' but calico-labs:dataplane is 'BPF' and calico-labs:cni is "
        "'AzureVNET'; set it to 'Disabled' or calico-labs:dataplane to 'Iptables' "
        "(the two together are reported broken on Azure CNI)",
        AZURE,
    ),
    Case(
        "mtu-too-large-for-vxlan",
        {"mtu": 1351},
        "calico-labs:mtu is '1351' but the key takes 0 or 1280 to 1350 here; set it to 0 or 1350 "
        "(Azure carries 1400 bytes and VXLAN's header takes 50)",
    ),
    Case(
        "mtu-too-large-for-wireguard",
        {"mtu": 1350, "wireguard": Switch.ENABLED},
        "calico-labs:mtu is '1350' but the key takes 0 or 1280 to 1340 here; set it to 0 or 1340 "
        "(Azure carries 1400 bytes and WireGuard's header takes 60)",
    ),
    Case(
        "mtu-too-large-for-azure",
        {"mtu": 1500},
        "calico-labs:mtu is '1500' but the key takes 0 or 1280 to 1400 here; set it to 0 or 1400 "
        "(Azure carries 1400 bytes and no tunnel's header takes any)",
        AZURE,
    ),
    Case(
        "mtu-too-small",
        {"mtu": -1},
        "calico-labs:mtu is '-1' but the key takes 0 or 1280 to 1350 here; set it to 0 or 1280 "
        "(Azure carries 1400 bytes and VXLAN's header takes 50)",
    ),
    Case(
        "autodetection-typo-of-the-course",
        {FIELD: {"canReadh": "1.1.1.1"}},
        f"{AUTODETECTION} is '{{\"canReadh\": \"1.1.1.1\"}}' but 'canReadh' is not one of Calico's methods; "
        "did you mean canReach "
        "(the API server refuses or drops the field, and Calico would take the first address it finds)",
    ),
    Case(
        "autodetection-unknown",
        {FIELD: {"zzz": 1}},
        f"{AUTODETECTION} is '{{\"zzz\": 1}}' but 'zzz' is not one of Calico's methods; {NODE_INTERNAL_IP} "
        "(the API server refuses or drops the field, and Calico would take the first address it finds)",
    ),
    Case(
        "autodetection-none",
        {FIELD: {}},
        f"{AUTODETECTION} is '{{}}' but it names no method; {NODE_INTERNAL_IP} "
        "(Calico takes exactly one for each address family)",
    ),
    Case(
        "autodetection-two",
        {FIELD: {"firstFound": True, "canReach": "1.1.1.1"}},
        f'{AUTODETECTION} is \'{{"firstFound": true, "canReach": "1.1.1.1"}}\' but it names 2 methods; '
        f"{NODE_INTERNAL_IP} (Calico takes exactly one for each address family)",
    ),
    Case(
        "autodetection-wrong-argument",
        {FIELD: {"canReach": "1.1.1"}},
        f"{AUTODETECTION} is '{{\"canReach\": \"1.1.1\"}}' but canReach takes an IPv4 address or a domain; "
        f"{NODE_INTERNAL_IP} (no node would find its address)",
    ),
]  # fmt: skip

ALLOWED: list[Any] = [
    pytest.param(BYOCNI, {"calico_version": "v3.33.1"}, id="newer-calico"),
    pytest.param(BYOCNI, {"calico_version": "v3.32.1"}, id="oldest-calico"),
    pytest.param(BYOCNI, {"mtu": 1280}, id="smallest-mtu"),
    pytest.param(BYOCNI, {"bgp": Switch.ENABLED}, id="bgp-beside-vxlan"),
    pytest.param(BYOCNI, {"dataplane": Dataplane.BPF}, id="ebpf"),
    pytest.param(NKE, {"dataplane": Dataplane.NFTABLES}, id="nftables-elsewhere"),
    pytest.param(NKE, {"encapsulation": Encapsulation.IPIP}, id="ipip-elsewhere"),
    pytest.param(NKE, {"encapsulation": Encapsulation.IPIP_CROSS_SUBNET}, id="ipip-cross-subnet-elsewhere"),
    pytest.param(NKE, {"encapsulation": Encapsulation.VXLAN, "bgp": Switch.DISABLED}, id="vxlan-elsewhere"),
    pytest.param(NKE, {"wireguard": Switch.ENABLED}, id="wireguard-elsewhere"),
    pytest.param(NKE, {"mtu": 1500}, id="mtu-of-ethernet-elsewhere"),
    pytest.param(BYOCNI, {"wireguard": Switch.ENABLED, "mtu": 1340}, id="wireguard-mtu"),
    pytest.param(BYOCNI, {"mtu": 1350}, id="vxlan-mtu"),
    pytest.param(AZURE, {}, id="azure-cni"),
    pytest.param(AZURE, {"wireguard": Switch.ENABLED}, id="wireguard-on-azure-cni"),
    pytest.param(AZURE, {"dataplane": Dataplane.BPF}, id="ebpf-on-azure-cni"),
    pytest.param(BYOCNI, {FIELD: {"canReach": "1.1.1.1"}}, id="can-reach-address"),
    pytest.param(BYOCNI, {FIELD: {"canReach": "mcr.microsoft.com"}}, id="can-reach-domain"),
    pytest.param(BYOCNI, {FIELD: {"firstFound": True}}, id="first-found"),
    pytest.param(BYOCNI, {FIELD: {"interface": "eth.*"}}, id="interface"),
    pytest.param(BYOCNI, {FIELD: {"skipInterface": "docker.*"}}, id="skip-interface"),
    pytest.param(BYOCNI, {FIELD: {"cidrs": ["10.224.0.0/12"]}}, id="cidrs"),
]


@pytest.mark.parametrize("case", rows(REFUSED))
def test_prevent(case: Case) -> None:
    assert messages(case.settings) == [case.message]


@pytest.mark.parametrize(("baseline", "changes"), ALLOWED)
def test_allow(baseline: Any, changes: dict[str, Any]) -> None:
    assert messages(replace(baseline, **changes)) == []


@pytest.mark.parametrize(
    ("method", "argument", "takes"),
    [
        pytest.param("kubernetes", "InternalIP", "NodeInternalIP", id="kubernetes"),
        pytest.param("canReach", "fd00::1", "an IPv4 address or a domain", id="can-reach-ipv6"),
        pytest.param("canReach", "https://example.com", "an IPv4 address or a domain", id="can-reach-url"),
        pytest.param("canReach", 8, "an IPv4 address or a domain", id="can-reach-number"),
        pytest.param("firstFound", False, "true", id="first-found-false"),
        pytest.param("interface", " ", "a regular expression of interface names", id="interface-blank"),
        pytest.param(
            "skipInterface", ["a"], "a regular expression of interface names", id="skip-interface-list"
        ),
        pytest.param("cidrs", [], "a list of IPv4 ranges", id="cidrs-empty"),
        pytest.param("cidrs", "10.0.0.0/8", "a list of IPv4 ranges", id="cidrs-text"),
        pytest.param("cidrs", ["10.0.0.0"], "a list of IPv4 ranges", id="cidrs-address"),
    ],
)
def test_prevent_arguments_that_a_method_does_not_take(method: str, argument: Any, takes: str) -> None:
    (found,) = messages(replace(BYOCNI, node_address_autodetection_v4={method: argument}))
    assert f" but {method} takes {takes}; {NODE_INTERNAL_IP} (no node would find its address)" in found


def test_every_rule_has_a_case() -> None:
    assert rules_without_a_case((*release.RULES, *calico.RULES), REFUSED) == []
