"""What a change does: updated in place, or replaced as the real provider would."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.azure_native.diffs import changes
from sandbox.plugins.azure_native.provider import AzureNative
from sandbox.plugins.azure_native.resources import KINDS
from sandbox.plugins.rpc import UNKNOWN
from sandbox.plugins.server import Change
from tests.sandbox.azure_native.native_inputs import CLUSTER, GROUP, POOL, cluster, context, group, pool

NETWORK = cluster()["networkProfile"]
INLINE = cluster()["agentPoolProfiles"][0]
WINDOWS = {"adminUsername": "azureuser", "adminPassword": "long-enough-for-AKS"}

CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Change]]] = {
    "nothing": (CLUSTER, cluster(), cluster(), {}),
    "order of members": (GROUP, group(tags={"a": "1", "b": "2"}), group(tags={"b": "2", "a": "1"}), {}),
    "spelling of a place": (GROUP, group(), group(location="Canada Central"), {}),
    "place": (GROUP, group(), group(location="westeurope"), {"location": Change.UPDATE_REPLACE}),
    "name of a group": (
        GROUP,
        group(),
        group(resourceGroupName="other"),
        {"resourceGroupName": Change.UPDATE_REPLACE},
    ),
    "group not known yet": (
        CLUSTER,
        cluster(),
        cluster(resourceGroupName=UNKNOWN),
        {"resourceGroupName": Change.UPDATE_REPLACE},
    ),
    "name of a cluster": (
        CLUSTER,
        cluster(),
        cluster(resourceName="other"),
        {"resourceName": Change.UPDATE_REPLACE},
    ),
    "tag with a dot": (
        GROUP,
        group(tags={}),
        group(tags={"a.b": "c"}),
        {'tags["a.b"]': Change.ADD},
    ),
    "tags": (GROUP, group(tags={"a": "1"}), group(), {"tags": Change.DELETE}),
    "count": (
        CLUSTER,
        cluster(),
        cluster(agentPoolProfiles=[{**INLINE, "count": 3}]),
        {"agentPoolProfiles[0].count": Change.UPDATE},
    ),
    "VM size of an inline pool": (
        CLUSTER,
        cluster(),
        cluster(agentPoolProfiles=[{**INLINE, "vmSize": "Standard_D8s_v5"}]),
        {"agentPoolProfiles[0].vmSize": Change.UPDATE},
    ),
    "further inline pool": (
        CLUSTER,
        cluster(),
        cluster(agentPoolProfiles=[INLINE, {**INLINE, "name": "more"}]),
        {"agentPoolProfiles[1]": Change.ADD},
    ),
    "inline pool less": (
        CLUSTER,
        cluster(agentPoolProfiles=[INLINE, {**INLINE, "name": "more"}]),
        cluster(),
        {"agentPoolProfiles[1]": Change.DELETE},
    ),
    "Kubernetes version": (
        CLUSTER,
        cluster(),
        cluster(kubernetesVersion="1.37"),
        {"kubernetesVersion": Change.UPDATE},
    ),
    "network plugin": (
        CLUSTER,
        cluster(),
        cluster(networkProfile={**NETWORK, "networkPlugin": "azure"}),
        {"networkProfile.networkPlugin": Change.UPDATE_REPLACE},
    ),
    "pod range": (
        CLUSTER,
        cluster(),
        cluster(networkProfile={"networkPlugin": "none"}),
        {"networkProfile.podCidr": Change.DELETE_REPLACE},
    ),
    "load balancer": (
        CLUSTER,
        cluster(),
        cluster(networkProfile={**NETWORK, "loadBalancerSku": "standard"}),
        {"networkProfile.loadBalancerSku": Change.ADD},
    ),
    "Windows profile": (
        CLUSTER,
        cluster(),
        cluster(windowsProfile=WINDOWS),
        {"windowsProfile": Change.ADD_REPLACE},
    ),
    "Windows password": (
        CLUSTER,
        cluster(windowsProfile=WINDOWS),
        cluster(windowsProfile={**WINDOWS, "adminPassword": "another-long-password"}),
        {"windowsProfile.adminPassword": Change.UPDATE_REPLACE},
    ),
    "member of a profile that replaces": (
        CLUSTER,
        cluster(windowsProfile=WINDOWS),
        cluster(windowsProfile={**WINDOWS, "enableCSIProxy": True}),
        {"windowsProfile.enableCSIProxy": Change.ADD},
    ),
    "count of a pool": (POOL, pool(), pool(count=2), {"count": Change.UPDATE}),
    "VM size of a pool": (
        POOL,
        pool(),
        pool(vmSize="Standard_D8s_v5"),
        {"vmSize": Change.UPDATE_REPLACE},
    ),
    "cluster of a pool": (
        POOL,
        pool(),
        pool(resourceName="other"),
        {"resourceName": Change.UPDATE_REPLACE},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_change_is_found_and_judged(
    case: tuple[str, dict[str, Any], dict[str, Any], dict[str, Change]],
) -> None:
    type, old, new, expected = case
    assert changes(KINDS[type], old, new) == expected


def test_given_name_is_deleted_before_its_successor_is_made(lonely: AzureNative) -> None:
    diff = lonely.diff(context(POOL), "id", pool(), {}, pool(vmSize="Standard_D8s_v5"))
    assert diff.delete_before_replace is True


def test_made_up_name_lets_its_successor_come_first(lonely: AzureNative) -> None:
    old = group(__createBeforeDelete=True)
    diff = lonely.diff(context(GROUP), "id", old, {}, {**old, "location": "westeurope"})
    assert diff.delete_before_replace is False
    assert diff.changes == {"location": Change.UPDATE_REPLACE}


def test_change_in_place_deletes_nothing(lonely: AzureNative) -> None:
    diff = lonely.diff(context(POOL), "id", pool(), {}, pool(count=2))
    assert (diff.delete_before_replace, diff.changes) == (False, {"count": Change.UPDATE})


def test_api_version_of_an_import_is_no_change(lonely: AzureNative) -> None:
    new = pool(azureApiVersion="2025-09-01")
    diff = lonely.diff(context(POOL), "id", pool(), {"azureApiVersion": "2025-09-01"}, new)
    assert diff.changes == {}


def test_null_is_the_same_as_not_given(lonely: AzureNative) -> None:
    assert lonely.diff(context(POOL), "id", pool(), {}, pool(osSKU=None)).changes == {}
