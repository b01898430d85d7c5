"""Rules about Windows nodes. One baseline with a Windows pool on Azure CNI, each case changes one thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from labs.enums import Dataplane, Switch, WindowsOsSku
from labs.rules import windows
from tests.labs.cases import AZURE, BYOCNI, WINDOWS, Case, messages, rows, rules_without_a_case

REFUSED = [
    Case(
        "count-below-zero",
        {"windows_node_count": -1},
        "calico-labs:windowsNodeCount is '-1' but the key takes 0 to 1000; set it to 0 (AKS ends a pool "
        "there)",
        AZURE,
    ),
    Case(
        "count-too-high",
        {"windows_node_count": 1001},
        "calico-labs:windowsNodeCount is '1001' but the key takes 0 to 1000; set it to 1000 (AKS ends a pool "
        "there)",
        AZURE,
    ),
    Case(
        "without-a-cni",
        {"windows_node_count": 1},
        "calico-labs:windowsNodeCount is '1' but the lab's network plugin is 'none'; set it to 0 "
        "(AKS puts Windows nodes on Azure CNI only (AzureCNIOnlyForWindows))",
        BYOCNI,
    ),
    Case(
        "with-ebpf",
        {"dataplane": Dataplane.BPF},
        "calico-labs:dataplane is 'BPF' but calico-labs:windowsNodeCount is '1'; "
        "set it to 'Iptables' or calico-labs:windowsNodeCount to 0 (eBPF and Windows nodes cannot share a "
        "cluster)",
        WINDOWS,
    ),
    Case(
        "with-wireguard",
        {"wireguard": Switch.ENABLED},
        "calico-labs:wireguard is 'Enabled' but calico-labs:windowsNodeCount is '1'; "
        "set it to 'Disabled' or calico-labs:windowsNodeCount to 0 "
        "(Calico encrypts between Linux nodes only, so that traffic would stay in clear)",
        WINDOWS,
    ),
    Case(
        "edition-that-aks-ended",
        {"windows_os_sku": WindowsOsSku.WINDOWS_2019},
        "calico-labs:windowsOsSku is 'Windows2019' but AKS ended it on 2026-03-01; set it to 'Windows2022' "
        "(no supported Kubernetes minor has images of it)",
        WINDOWS,
    ),
    Case(
        "edition-that-calico-lacks",
        {"windows_os_sku": WindowsOsSku.WINDOWS_2025},
        "calico-labs:windowsOsSku is 'Windows2025' but Calico does not support it yet; set it to "
        "'Windows2022' (its requirements name 2022 as the newest)",
        WINDOWS,
    ),
    Case(
        "kubernetes-too-new-for-the-edition",
        {"kubernetes_version": "1.37"},
        "calico-labs:windowsOsSku is 'Windows2022' but calico-labs:kubernetesVersion is '1.37'; "
        'set calico-labs:kubernetesVersion to "1.36" '
        "(AKS offers that edition no further, and Calico supports no later one)",
        WINDOWS,
    ),
    Case(
        "pool-name-too-long",
        {"windows_pool_name": "windows"},
        "calico-labs:windowsPoolName is 'windows' but a Windows pool's name is a lower-case letter and up to "
        "5 more letters or digits; set it to 'calico' (a Windows host name has 15 characters, and AKS needs "
        "nine)",
        WINDOWS,
    ),
    Case(
        "pool-name-with-a-capital",
        {"windows_pool_name": "Win"},
        "calico-labs:windowsPoolName is 'Win' but a Windows pool's name is a lower-case letter and up to 5 "
        "more letters or digits; set it to 'calico' (a Windows host name has 15 characters, and AKS needs "
        "nine)",
        WINDOWS,
    ),
    Case(
        "pool-name-of-the-system-pool",
        {"windows_pool_name": "system"},
        "calico-labs:windowsPoolName is 'system' but calico-labs:nodePoolName is 'system' too; "
        "set one of them to another name (pools of a cluster are found by name)",
        WINDOWS,
    ),
    Case(
        "one-vcpu",
        {"windows_vm_size": "Standard_B1ms"},
        "calico-labs:windowsVmSize is 'Standard_B1ms' but it has 1 vCPU and a user pool needs 2; "
        "set it to 'Standard_D4s_v5' (AKS refuses smaller ones)",
        WINDOWS,
    ),
    Case(
        "size-in-small-letters",
        {"windows_vm_size": "standard_d4s_v5"},
        "calico-labs:windowsVmSize is 'standard_d4s_v5' but it is not in Azure's form "
        "Standard_<family><vCPUs>...; set it to 'Standard_D4s_v5' (upper and lower case count)",
        WINDOWS,
    ),
    Case(
        "kubernetes-that-is-no-version",
        {"kubernetes_version": "latest"},
        "calico-labs:kubernetesVersion is 'latest' but it is neither a minor nor a patch release; "
        'set it to "1.36", in quotes (AKS takes the numbers alone, without a v)',
        WINDOWS,
    ),
    Case(
        "no-linux-node",
        {"node_count": 0, "windows_node_count": 2},
        "calico-labs:nodeCount is '0' but the key takes 1 to 1000; set it to 1 "
        "(a system pool is never empty, and AKS ends a pool there)",
        WINDOWS,
    ),
    Case(
        "more-typhas-than-linux-nodes-beside-the-largest-pool",
        {"node_count": 1, "windows_node_count": 1000},
        "calico-labs:nodeCount is '1' but calico-labs:windowsNodeCount is '1000', so the operator wants 7 "
        "copies of typha; set it to 7 or more "
        "(each copy takes a Linux node of its own, and the operator counts Windows nodes too)",
        WINDOWS,
    ),
    Case(
        "more-typhas-than-linux-nodes",
        {"node_count": 1, "windows_node_count": 2},
        "calico-labs:nodeCount is '1' but calico-labs:windowsNodeCount is '2', so the operator wants 2 "
        "copies of typha; set it to 2 or more "
        "(each copy takes a Linux node of its own, and the operator counts Windows nodes too)",
        WINDOWS,
    ),
    Case(
        "on-a-cluster-without-an-administrator",
        {"windows_node_count": 1},
        "calico-labs:windowsNodeCount is '1' but lab 'azurecni' makes its cluster without a Windows administrator; "
        "set it to 0, or use lab 'windows' (AKS takes the administrator only when the cluster is made "
        "(WindowsProfileMissing))",
        AZURE,
    ),
    Case(
        "no-administrator",
        {"windows_admin_username": ""},
        "calico-labs:windowsAdminUsername is '' but lab 'windows' makes the cluster ready for Windows nodes; set it "
        "with `pulumi config set windowsAdminUsername` (AKS takes the Windows administrator only when the cluster is "
        "made (WindowsProfileMissing))",
        WINDOWS,
    ),
    Case(
        "no-password-even-without-a-pool",
        {"windows_admin_password": "", "windows_node_count": 0},
        "calico-labs:windowsAdminPassword is '' but lab 'windows' makes the cluster ready for Windows nodes; set it "
        "with `pulumi config set --secret windowsAdminPassword` (AKS takes the Windows administrator only when the "
        "cluster is made (WindowsProfileMissing))",
        WINDOWS,
    ),
    Case(
        "password-for-a-lab-without-windows",
        {"windows_admin_password": "secret"},
        "calico-labs:windowsAdminPassword is '(hidden)' but lab 'azurecni' has no Windows nodes; remove it, or use lab "
        "'windows' (the key would change nothing)",
        AZURE,
    ),
    Case(
        "reserved-username",
        {"windows_admin_username": "Administrator"},
        "calico-labs:windowsAdminUsername is 'Administrator' but Windows reserves it or does not take it; set it to a "
        "name of up to 20 characters such as 'azureuser' (the node could not be set up)",
        WINDOWS,
    ),
    Case(
        "username-too-long",
        {"windows_admin_username": "a" * 21},
        "calico-labs:windowsAdminUsername is 'aaaaaaaaaaaaaaaaaaaaa' but Windows reserves it or does not take it; set "
        "it to a name of up to 20 characters such as 'azureuser' (the node could not be set up)",
        WINDOWS,
    ),
    Case(
        "short-password",
        {"windows_admin_password": "Short-1"},
        "calico-labs:windowsAdminPassword is '(hidden)' but AKS takes 14 to 123 characters, of three kinds at least; "
        "set another with `pulumi config set --secret windowsAdminPassword` (small and capital letters, digits and "
        "signs are the four kinds)",
        WINDOWS,
    ),
    Case(
        "simple-password",
        {"windows_admin_password": "onlysmallletters1"},
        "calico-labs:windowsAdminPassword is '(hidden)' but AKS takes 14 to 123 characters, of three kinds at least; "
        "set another with `pulumi config set --secret windowsAdminPassword` (small and capital letters, digits and "
        "signs are the four kinds)",
        WINDOWS,
    ),
]


@pytest.mark.parametrize("case", rows(REFUSED))
def test_prevent(case: Case) -> None:
    assert messages(case.settings) == [case.message]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="baseline"),
        pytest.param({"kubernetes_version": "1.35"}, id="older-kubernetes"),
        pytest.param({"windows_pool_name": "win1"}, id="other-name"),
        pytest.param({"windows_vm_size": "Standard_B2s"}, id="b-series-outside-the-system-pool"),
    ],
)
def test_allow(changes: dict[str, Any]) -> None:
    assert messages(replace(WINDOWS, **changes)) == []


def test_allow_a_kubernetes_without_windows_while_there_are_no_windows_nodes() -> None:
    assert messages(replace(AZURE, kubernetes_version="1.37")) == []


def test_allow_anything_about_the_pool_while_it_has_no_nodes() -> None:
    idle = replace(
        WINDOWS,
        windows_node_count=0,
        windows_pool_name="",
        windows_os_sku=WindowsOsSku.WINDOWS_2019,
        windows_vm_size="none",
    )
    assert messages(idle) == []


@pytest.mark.parametrize(
    ("field", "key", "value"),
    [
        ("windows_pool_name", "windowsPoolName", "win1"),
        ("windows_os_sku", "windowsOsSku", WindowsOsSku.WINDOWS_2019),
        ("windows_vm_size", "windowsVmSize", "Standard_D8s_v5"),
    ],
)
def test_prevent_keys_of_a_pool_that_the_lab_never_has(field: str, key: str, value: str) -> None:
    changes: dict[str, Any] = {field: value}
    assert messages(replace(BYOCNI, **changes)) == [
        (
            f"calico-labs:{key} is '{value}' but lab 'byocni' has no Windows nodes; remove it, or use lab 'windows' "
            "(the key would change nothing)"
        )
    ]


def test_every_rule_has_a_case() -> None:
    pool = Case("pool", {"windows_pool_name": "win1"}, "")
    assert rules_without_a_case(windows.RULES, [*REFUSED, pool]) == []
