"""What AKS refuses of an agent pool: one valid pool, each case changes one thing, the whole message is checked."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.arm.catalog import allowed_sizes
from tests.sandbox.arm.arm_fakes import (
    AZURE_CNI,
    CLUSTER,
    MISSING,
    WINDOWS,
    WINDOWS_POOL,
    Azure,
    cluster,
    pool,
)

POOL = f"{CLUSTER}/agentPools/more"


SIZES = f"The available VM sizes are '{allowed_sizes()}'"
COUNT = "It must be greater or equal to minCount:"
INLINE = "agentPoolProfiles__0__"

# changes of the inline System pool -> code, message
SYSTEM: dict[str, tuple[dict[str, Any], str, str]] = {
    "name with capitals": (
        {f"{INLINE}name": "System"},
        "InvalidParameter",
        (
            "The value of parameter agentPoolProfile.name is invalid. Please see"
            " https://aka.ms/aks-naming-rules for more details."
        ),
    ),
    "name too long": (
        {f"{INLINE}name": "systempool123"},
        "InvalidParameter",
        (
            "The value of parameter agentPoolProfile.name is invalid. Please see"
            " https://aka.ms/aks-naming-rules for more details."
        ),
    ),
    "no VM size": (
        {f"{INLINE}vmSize": MISSING},
        "InvalidParameter",
        "Required parameter agentPoolProfile.vmSize is missing (null).",
    ),
    "unknown VM size": (
        {f"{INLINE}vmSize": "Standard_D3s_v5"},
        "BadRequest",
        "The VM size of Standard_D3s_v5 is not allowed in your subscription in location 'canadacentral'. "
        + SIZES,
    ),
    "B series": (
        {f"{INLINE}vmSize": "Standard_B2s"},
        "BadRequest",
        "The VM size of Standard_B2s is not allowed in your subscription in location 'canadacentral'. "
        + SIZES,
    ),
    "one core": (
        {f"{INLINE}vmSize": "Standard_DS1_v2"},
        "SystemPoolSkuTooLow",
        "System node pool must use VM sku with more than 2 cores and 4GB memory. Nodepool name: system.",
    ),
    "no node": (
        {f"{INLINE}count": 0},
        "InvalidParameter",
        f"agentPoolProfile.count was 0. {COUNT}1 and less than or equal to maxCount:1000",
    ),
    "too many nodes": (
        {f"{INLINE}count": 1001},
        "InvalidParameter",
        f"agentPoolProfile.count was 1001. {COUNT}1 and less than or equal to maxCount:1000",
    ),
    "more than the autoscaler may": (
        {f"{INLINE}enableAutoScaling": True, f"{INLINE}minCount": 3, f"{INLINE}maxCount": 5},
        "InvalidParameter",
        f"agentPoolProfile.count was 2. {COUNT}3 and less than or equal to maxCount:5",
    ),
    "autoscaler without count": (
        {f"{INLINE}enableAutoScaling": True, f"{INLINE}count": MISSING},
        "InvalidParameter",
        "Required parameter properties.count is missing (null).",
    ),
    "no mode": (
        {f"{INLINE}mode": MISSING},
        "MustDefineAtLeastOneSystemPool",
        "Must define at least one system pool.",
    ),
    "too few pods": (
        {f"{INLINE}maxPods": 14},
        "InsufficientMaxPods",
        (
            "maxPods 14 on 2 node(s) is too low: at least 10 pods a node and 30 pods in a system pool are"
            " required."
        ),
    ),
    "too many pods": (
        {f"{INLINE}maxPods": 251},
        "MaxPodsLimitExceeded",
        "maxPods 251 is larger than the limit of 250 pods a node.",
    ),
    "label of AKS": (
        {f"{INLINE}nodeLabels": {"kubernetes.azure.com/mode": "user"}},
        "InvalidParameter",
        (
            "The label 'kubernetes.azure.com/mode' is not allowed, the prefix 'kubernetes.azure.com/' is"
            " reserved by AKS."
        ),
    ),
    "Windows image for Linux": (
        {f"{INLINE}osSKU": "Windows2022"},
        "InvalidOSSKU",
        "OSSKU='Windows2022' is invalid, details: Unrecognized OSSKU",
    ),
    "Windows in a System pool": (
        {**WINDOWS, f"{INLINE}osType": "Windows"},
        "InvalidParameter",
        "System agent pool 'system' must be of osType Linux, Windows is only allowed in User pools.",
    ),
    "subnet": (
        {f"{INLINE}vnetSubnetID": "/x/subnets/nodes"},
        "InvalidParameter",
        "The subnet '/x/subnets/nodes' does not exist.",
    ),
    "stopped": (
        {f"{INLINE}powerState": {"code": "Stopped"}},
        "NotSimulatedInSandbox",
        (
            "agent pool 'system' is to be stopped, which the sandbox does not simulate; set its count to 0 instead"
        ),
    ),
    "two of one name": (
        {
            "agentPoolProfiles": [
                {"name": "system", "mode": "System", "count": 2, "vmSize": "Standard_D4s_v5"},
                {"name": "system", "mode": "User", "count": 2, "vmSize": "Standard_D4s_v5"},
            ]
        },
        "InvalidParameter",
        "The agent pool name 'system' is used twice.",
    ),
}


@pytest.mark.parametrize("case", SYSTEM.values(), ids=SYSTEM)
def test_inline_pool_is_refused(azure: Azure, case: tuple[dict[str, Any], str, str]) -> None:
    changes, code, message = case
    azure.make_group()
    assert azure.put(CLUSTER, cluster(**changes)).error == (400, code, message)
    assert azure.clusters.calls == []


SKEW = "For more information, please check https://aka.ms/version-skew-policy."
# changes of the cluster, name and changes of the pool -> code, message
SEPARATE: dict[str, tuple[dict[str, Any], str, dict[str, Any], str, str]] = {
    "Windows name too long": (
        WINDOWS,
        "windows",
        WINDOWS_POOL,
        "WindowsAgentPoolNameTooLong",
        "Windows agent pool name can not be longer than 6 characters.",
    ),
    "Windows without profile": (
        AZURE_CNI,
        "win",
        WINDOWS_POOL,
        "WindowsProfileMissing",
        "Windows profile definition is missing for the cluster.",
    ),
    "Windows without CNI": (
        {},
        "win",
        WINDOWS_POOL,
        "WindowsProfileMissing",
        "Windows profile definition is missing for the cluster.",
    ),
    "Linux image for Windows": (
        WINDOWS,
        "win",
        {**WINDOWS_POOL, "osSKU": "Ubuntu"},
        "InvalidOSSKU",
        "OSSKU='Ubuntu' is invalid, details: Windows does not allow OSSKU selection",
    ),
    "unknown Windows": (
        WINDOWS,
        "win",
        {**WINDOWS_POOL, "osSKU": "WindowsAnnual"},
        "InvalidOSSKU",
        "OSSKU='WindowsAnnual' is invalid, details: Unrecognized OSSKU",
    ),
    "Windows 2019": (
        WINDOWS,
        "win",
        {**WINDOWS_POOL, "osSKU": "Windows2019"},
        "WindowsSKUNotSupported",
        (
            'Requested Windows SKU "Windows2019" is not supported. Details: "Windows Server 2019 is retired since'
            ' 2026-03-01"'
        ),
    ),
    "Windows 2022 on 1.37": (
        {**WINDOWS, "kubernetesVersion": "1.37"},
        "win",
        WINDOWS_POOL,
        "WindowsSKUNotSupported",
        (
            'Requested Windows SKU "Windows2022" is not supported. Details: "Windows Server 2022 is not available for'
            ' Kubernetes version 1.37 and higher"'
        ),
    ),
    "Windows 2025 without FIPS": (
        WINDOWS,
        "win",
        {**WINDOWS_POOL, "osSKU": "Windows2025"},
        "WindowsSKUNotSupported",
        (
            'Requested Windows SKU "Windows2025" is not supported. Details: "Windows Server 2025 requires FIPS to be'
            ' enabled"'
        ),
    ),
    "unknown version": (
        {},
        "more",
        {"orchestratorVersion": "1.30"},
        "AgentPoolK8sVersionNotSupported",
        (
            "Version 1.30 is not supported in this region. Please use [az aks get-versions] command to get the"
            " supported version list in this region. For more information, please check https://aka.ms/supported-version-list"
        ),
    ),
    "newer than the control plane": (
        {},
        "more",
        {"orchestratorVersion": "1.37"},
        "NodePoolMcVersionIncompatible",
        (
            "Node pool version 1.37.0 and control plane version 1.36.2 are incompatible. Minor version of node pool"
            f" version 37 is bigger than control plane version 36. {SKEW}"
        ),
    ),
}


@pytest.mark.parametrize("case", SEPARATE.values(), ids=SEPARATE)
def test_separate_pool_is_refused(
    azure: Azure, case: tuple[dict[str, Any], str, dict[str, Any], str, str]
) -> None:
    of_cluster, name, of_pool, code, message = case
    azure.make_cluster(**of_cluster)
    path = f"{CLUSTER}/agentPools/{name}"
    assert azure.put(path, pool(**of_pool)).error == (400, code, message)
    assert azure.get(path).status == 404
    assert sorted(azure.clusters.pools[CLUSTER.lower()]) == ["system"]


def test_pool_cannot_change_its_size_nor_go_back(azure: Azure) -> None:
    azure.make_cluster()
    azure.put(POOL, pool())
    assert azure.put(POOL, pool(vmSize="Standard_D8s_v5")).error == (
        400,
        "PropertyChangeNotAllowed",
        'Changing property "properties.vmSize" is not allowed in an api-version before "2026-01-02-preview".',
    )
    assert azure.put(POOL, pool(osDiskSizeGB=64)).error == (
        400,
        "PropertyChangeNotAllowed",
        "Changing property 'properties.osDiskSizeGB' is not allowed.",
    )
    assert azure.put(POOL, pool(orchestratorVersion="1.35")).error == (
        400,
        "AgentPoolUpgradeVersionNotAllowed",
        "Downgrading the agent pool from 1.36.2 to 1.35.3 is not allowed.",
    )


def test_last_system_pool_can_neither_go_nor_change(azure: Azure) -> None:
    azure.make_cluster()
    azure.put(POOL, pool())
    path = f"{CLUSTER}/agentPools/system"
    error = (400, "OperationNotAllowed", "There has to be at least one system agent pool.")
    assert azure.delete(path).error == error
    assert azure.put(path, pool(count=2)).error == (
        400,
        "MustDefineAtLeastOneSystemPool",
        "Must define at least one system pool.",
    )


@pytest.mark.parametrize("verb", ["write", "read", "delete"])
def test_pool_of_a_missing_cluster_has_no_parent(azure: Azure, verb: str) -> None:
    azure.make_group()
    call = {"write": lambda: azure.put(POOL, pool()), "read": lambda: azure.get(POOL)}
    answer = call.get(verb, lambda: azure.delete(POOL))()
    parent = CLUSTER.replace("resourceGroups", "resourcegroups")
    assert answer.error == (
        404,
        "ParentResourceNotFound",
        (
            f"Failed to perform '{verb}' on resource(s) of type 'managedClusters/agentPools', because the"
            f" parent resource '{parent}' could not be found."
        ),
    )


def test_missing_pool_is_not_found(azure: Azure) -> None:
    azure.make_cluster()
    assert azure.get(POOL).error == (
        404,
        "ResourceNotFound",
        (
            "The Resource 'Microsoft.ContainerService/managedClusters/lab-aks/agentPools/more' under"
            " resource group 'lab' was not found. For more details please go to"
            " https://aka.ms/ARMResourceNotFoundFix"
        ),
    )
