"""The operator's own checks, applied to bodies that were forced past our rules. One body, each case one
change."""

# ruff: noqa: E501 - tables of cases keep one case a line, so that they can be read as tables

from __future__ import annotations

import copy
from typing import Any

import pytest

from labs.installation import render_installation
from tests.labs.cases import AZURE, BYOCNI, WINDOWS
from tests.labs.operator_rules import installation_violations

N = "spec.calicoNetwork"
POOL = "calicoNetwork.ipPools.0"
BAD_POOL = {"name": "b", "cidr": "fd00::/64", "encapsulation": "IPIP"}
BPFFS = {
    "spec": {"template": {"spec": {"initContainers": [{"name": "mount-bpffs"}, {"name": "ebpf-bootstrap"}]}}}
}


def changed(body: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a body with other values at dotted paths below `spec`; None removes the field."""
    body = copy.deepcopy(body)
    for path, value in changes.items():
        *steps, last = path.split(".")
        parent = body["spec"]
        for step in steps:
            parent = parent[int(step)] if isinstance(parent, list) else parent.setdefault(step, {})
        if value is None:
            del parent[last]
        else:
            parent[last] = value
    return body


CASES = [
    # 1: CNI, address management and provider
    ("byocni", {"cni.type": "Flannel"}, ["spec.cni.type is 'Flannel' but the operator knows Calico, AzureVNET, AmazonVPC, GKE"]),
    ("azure", {"kubernetesProvider": "EKS"}, ["spec.cni.type is 'AzureVNET' but spec.kubernetesProvider is 'EKS', not AKS"]),
    ("azure", {"kubernetesProvider": ""}, []),
    ("azure", {"cni.ipam.type": "Calico"}, ["spec.cni.ipam.type is 'Calico' but spec.cni.type 'AzureVNET' takes AzureVNET"]),
    ("byocni", {"cni.ipam.type": "AzureVNET"}, ["spec.cni.ipam.type is 'AzureVNET' but spec.cni.type 'Calico' takes Calico, HostLocal"]),
    ("byocni", {"azure": {"policyMode": "Manual"}}, []),
    ("byocni", {"azure": {}, "kubernetesProvider": "Kind"}, ["spec.azure is set but spec.kubernetesProvider is 'Kind', not AKS"]),
    # 2: a CNI that is not Calico; the first is the course's own body, without a CNI type
    ("byocni", {"cni": None, "calicoNetwork.hostPorts": None}, [f"{N}.ipPools[0].encapsulation is 'VXLAN' but spec.cni.type is 'AzureVNET'"]),
    ("azure", {"calicoNetwork.bgp": "Enabled"}, [f"{N}.bgp is 'Enabled' but spec.cni.type is 'AzureVNET'"]),
    ("azure", {"calicoNetwork.hostPorts": "Enabled"}, [f"{N}.hostPorts is 'Enabled' but spec.cni.type is 'AzureVNET'"]),
    ("azure", {"calicoNetwork.multiInterfaceMode": "None"}, [f"{N}.multiInterfaceMode is set but spec.cni.type is 'AzureVNET'"]),
    ("azure", {"calicoNetwork.containerIPForwarding": "Enabled"}, [f"{N}.containerIPForwarding is set but spec.cni.type is 'AzureVNET'"]),
    ("azure", {"logging.cni": {}}, ["spec.logging.cni is set but spec.cni.type is 'AzureVNET'"]),
    ("azure", {"calicoNetwork.ipPools": [{"cidr": "10.9.0.0/16", "nodeSelector": "a == 'b'"}]}, [f"{N}.ipPools[0].nodeSelector is not all() but spec.cni.type is 'AzureVNET'"]),
    # 3: encapsulation that needs routes
    ("byocni", {f"{POOL}.encapsulation": "IPIP"}, [f"{N}.ipPools[0].encapsulation is 'IPIP' but {N}.bgp is 'Disabled'"]),
    ("byocni", {f"{POOL}.encapsulation": "None"}, [f"{N}.ipPools[0].encapsulation is 'None' but {N}.bgp is 'Disabled'"]),
    ("byocni", {f"{POOL}.encapsulation": None}, [f"{N}.ipPools[0].encapsulation is 'IPIP' but {N}.bgp is 'Disabled'"]),
    ("byocni", {"calicoNetwork.ipPools": None}, [f"{N}.ipPools[0].encapsulation is 'IPIP' but {N}.bgp is 'Disabled'"]),
    ("byocni", {f"{POOL}.encapsulation": "IPIP", "calicoNetwork.bgp": "Enabled"}, []),
    ("byocni", {f"{POOL}.encapsulation": "IPIP", "calicoNetwork.bgp": None}, []),
    ("byocni", {f"{POOL}.encapsulation": "None", "calicoNetwork.clusterRoutingMode": "Felix"}, []),
    ("azure", {"calicoNetwork.bgp": None}, []),
    ("byocni", {f"{POOL}.encapsulation": "IPIP", "calicoNetwork.bgp": None, "kubernetesProvider": "EKS"}, [f"{N}.ipPools[0].encapsulation is 'IPIP' but {N}.bgp is 'Disabled'"]),
    # 4: addresses from the host's own file
    ("byocni", {"cni.ipam.type": "HostLocal"}, [f"{N}.ipPools[0].encapsulation is 'VXLAN' but spec.cni.ipam.type is 'HostLocal'"]),
    # 5: finding the node's address
    ("byocni", {"calicoNetwork.nodeAddressAutodetectionV4.canReach": "1.1.1.1"}, [f"{N}.nodeAddressAutodetectionV4 names canReach, kubernetes but one method is allowed"]),
    ("byocni", {"calicoNetwork.nodeAddressAutodetectionV4": {"cidrs": ["x"]}}, [f"{N}.nodeAddressAutodetectionV4.cidrs holds 'x' but that is not a range"]),
    ("byocni", {"calicoNetwork.linuxDataplane": "BPF"}, []),
    ("byocni", {"calicoNetwork.linuxDataplane": "BPF", "calicoNetwork.nodeAddressAutodetectionV4": None}, [f"{N}.nodeAddressAutodetectionV4 is missing but {N}.linuxDataplane is 'BPF'"]),
    # 6: pools
    ("byocni", {"calicoNetwork.ipPools": {"cidr": "10.244.0.0/16"}}, [f"{N}.ipPools is not a list"]),
    ("byocni", {f"{POOL}.cidr": "10.244.0.0"}, [f"{N}.ipPools[0].cidr is '10.244.0.0' but that is not a range"]),
    ("byocni", {f"{POOL}.blockSize": 19}, [f"{N}.ipPools[0].blockSize is '19' but IPv4 takes 20 to 32"]),
    ("byocni", {f"{POOL}.cidr": "10.244.0.0/27"}, [f"{N}.ipPools[0].cidr is '10.244.0.0/27' but {N}.ipPools[0].blockSize is '26', which is larger"]),
    ("byocni", {f"{POOL}.cidr": "10.244.0.0/26"}, []),
    ("byocni", {f"{POOL}.blockSize": 20}, []),
    ("byocni", {f"{POOL}.blockSize": 32}, []),
    ("byocni", {f"{POOL}.natOutgoing": "Yes"}, [f"{N}.ipPools[0].natOutgoing is 'Yes' but it takes Enabled, Disabled"]),
    ("byocni", {f"{POOL}.encapsulation": "GRE", "calicoNetwork.bgp": "Enabled"}, [f"{N}.ipPools[0].encapsulation is 'GRE' but it takes VXLAN, VXLANCrossSubnet, IPIP, IPIPCrossSubnet, None"]),
    ("byocni", {f"{POOL}.allowedUses": ["LoadBalancer", "Tunnel"]}, [f"{N}.ipPools[0].allowedUses holds LoadBalancer and others but it stands alone", f"{N}.ipPools[0].encapsulation is 'VXLAN' but {N}.ipPools[0].allowedUses is LoadBalancer"]),
    ("byocni", {f"{POOL}.allowedUses": ["LoadBalancer"], f"{POOL}.encapsulation": "None", f"{POOL}.nodeSelector": "x", "calicoNetwork.bgp": "Enabled"}, [f"{N}.ipPools[0].nodeSelector is not all() but {N}.ipPools[0].allowedUses is LoadBalancer"]),
    ("byocni", {"calicoNetwork.bgp": "Enabled", "calicoNetwork.ipPools": [BAD_POOL]}, [f"{N}.ipPools[0].encapsulation is 'IPIP' but {N}.ipPools[0].cidr is IPv6"]),
    # 7: Windows
    ("byocni", {"windowsNodes": {}}, [f"spec.windowsNodes is set but {N}.windowsDataplane is 'Disabled'"]),
    ("byocni", {"calicoNetwork.windowsDataplane": "HNS"}, [f"spec.serviceCIDRs is missing but {N}.windowsDataplane is 'HNS'"]),
    ("byocni", {"calicoNetwork.windowsDataplane": "HNS", "serviceCIDRs": ["10.0.0.0/16"], f"{POOL}.encapsulation": "VXLANCrossSubnet"}, [f"{N}.ipPools[0].encapsulation is 'VXLANCrossSubnet' but {N}.windowsDataplane is 'HNS'"]),
    ("windows", {"serviceCIDRs": None}, []),
    # 8: numbers, paths and what excludes each other
    ("byocni", {"calicoNetwork.linuxPolicySetupTimeoutSeconds": -1}, [f"{N}.linuxPolicySetupTimeoutSeconds is '-1' but it counts from 0"]),
    ("byocni", {"calicoNetwork.linuxPolicySetupTimeoutSeconds": 0}, []),
    ("byocni", {"controlPlaneReplicas": 0}, ["spec.controlPlaneReplicas is '0' but it counts from 1"]),
    ("byocni", {"nodeUpdateStrategy.type": "OnDelete"}, ["spec.nodeUpdateStrategy.type is 'OnDelete' but it takes RollingUpdate only"]),
    ("byocni", {"flexVolumePath": "etc"}, ["spec.flexVolumePath is 'etc' but it takes an absolute path or None"]),
    ("byocni", {"kubeletVolumePluginPath": "None", "flexVolumePath": "/etc"}, []),
    ("byocni", {"calicoNodeDaemonSet": BPFFS}, ["spec.calicoNodeDaemonSet has mount-bpffs and ebpf-bootstrap but they exclude each other"]),
    # VPP
    ("byocni", {"calicoNetwork.linuxDataplane": "VPP", "calicoNetwork.linuxPolicySetupTimeoutSeconds": 1}, [f"{N}.linuxPolicySetupTimeoutSeconds is set but {N}.linuxDataplane is 'VPP'", f"{N}.linuxDataplane is 'VPP' but {N}.bgp is 'Disabled'"]),
    ("azure", {"calicoNetwork.linuxDataplane": "VPP"}, [f"{N}.linuxDataplane is 'VPP' but spec.cni.type is 'AzureVNET'", f"{N}.linuxDataplane is 'VPP' but {N}.bgp is 'Disabled'"]),
]  # fmt: skip

BODIES = {
    name: render_installation(s) for name, s in (("byocni", BYOCNI), ("azure", AZURE), ("windows", WINDOWS))
}


@pytest.mark.parametrize("baseline", sorted(BODIES))
def test_rendered_bodies_are_accepted(baseline: str) -> None:
    assert installation_violations(BODIES[baseline]) == []


@pytest.mark.parametrize(
    ("baseline", "changes", "expected"),
    CASES,
    ids=lambda value: ",".join(value) if isinstance(value, dict) else None,
)
def test_a_changed_body_is_judged_as_the_operator_would(
    baseline: str, changes: dict[str, Any], expected: list[str]
) -> None:
    assert installation_violations(changed(BODIES[baseline], changes)) == expected


def test_pools_are_unique_by_range_and_by_name() -> None:
    body = changed(BODIES["byocni"], {})
    body["spec"]["calicoNetwork"]["ipPools"] *= 2
    assert installation_violations(body) == [
        f"{N}.ipPools has the cidr '10.244.0.0/16' more than once",
        f"{N}.ipPools has the name 'default-ipv4-ippool' more than once",
    ]


def test_pools_are_at_most_25() -> None:
    pool = BODIES["byocni"]["spec"]["calicoNetwork"]["ipPools"][0]
    pools = [dict(pool, name=f"p{i}", cidr=f"10.{i}.0.0/16") for i in range(26)]
    assert installation_violations(changed(BODIES["byocni"], {"calicoNetwork.ipPools": pools})) == [
        f"{N}.ipPools has 26 entries but 25 are allowed"
    ]
    assert installation_violations(changed(BODIES["byocni"], {"calicoNetwork.ipPools": pools[:25]})) == []


@pytest.mark.parametrize(
    "body", [{}, {"spec": None}, {"spec": {"calicoNetwork": {"ipPools": [None]}, "cni": 1}}]
)
def test_a_body_of_another_shape_is_no_reason_to_crash(body: dict[str, Any]) -> None:
    assert isinstance(installation_violations(body), list)
