"""What AKS refuses to change of a cluster that is there: each case changes one thing, the whole message is checked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.arm.arm_fakes import AZURE_CNI, CLUSTER, WINDOWS, Azure, cluster

RANGE = "networkProfile__"
FIXED = "PropertyChangeNotAllowed"
UPDATE: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "location": (
        {"top__location": "westeurope"},
        409,
        "InvalidResourceLocation",
        (
            "The resource 'lab-aks' already exists in location 'canadacentral' in resource group 'lab'. A"
            " resource with the same name cannot be created in location 'westeurope'. Please select a new"
            " resource name."
        ),
    ),
    "new pool": (
        {"agentPoolProfiles__0__name": "other"},
        400,
        "BadRequest",
        (
            "A new agent pool was introduced. Adding agent pools to an existing cluster is not allowed"
            " through managed cluster operations. For agent pool specific change, please use per agent pool"
            " operations: https://aka.ms/agent-pool-rest-api"
        ),
    ),
    "VM size": (
        {"agentPoolProfiles__0__vmSize": "Standard_D8s_v5"},
        400,
        FIXED,
        'Changing property "agentPoolProfile.vmSize" is not allowed in an api-version before "2026-01-02-preview".',
    ),
    "pod limit": (
        {"agentPoolProfiles__0__maxPods": 110},
        400,
        FIXED,
        "Changing property 'agentPoolProfile.maxPods' is not allowed.",
    ),
    "DNS prefix": ({"dnsPrefix": "other"}, 400, FIXED, "Changing property 'dnsPrefix' is not allowed."),
    "node group": (
        {"nodeResourceGroup": "other"},
        400,
        FIXED,
        "Changing property 'nodeResourceGroup' is not allowed.",
    ),
    "plugin": (AZURE_CNI, 400, FIXED, "Changing property 'networkProfile.networkPlugin' is not allowed."),
    "pod range": (
        {f"{RANGE}podCidr": "10.245.0.0/16"},
        400,
        FIXED,
        "Changing property 'networkProfile.podCidr' is not allowed.",
    ),
    "service range": (
        {f"{RANGE}serviceCidr": "10.0.0.0/20"},
        400,
        FIXED,
        "Changing property 'networkProfile.serviceCidr' is not allowed.",
    ),
    "older version": (
        {"kubernetesVersion": "1.35"},
        400,
        "OperationNotAllowed",
        (
            "Upgrading Kubernetes version 1.36.2 to 1.35.3 is not allowed. Available upgrades: [1.37.0]. Please see"
            " https://aka.ms/aks-supported-k8s-ver for version details."
        ),
    ),
    "last System pool": (
        {"agentPoolProfiles__0__mode": "User"},
        400,
        "MustDefineAtLeastOneSystemPool",
        "Must define at least one system pool.",
    ),
}


@pytest.mark.parametrize("case", UPDATE.values(), ids=UPDATE)
def test_change_of_a_cluster_is_refused_and_changes_nothing(
    azure: Azure, case: tuple[dict[str, Any], int, str, str]
) -> None:
    changes, status, code, message = case
    before = azure.make_cluster()
    calls = list(azure.clusters.calls)
    assert azure.put(CLUSTER, cluster(**changes)).error == (status, code, message)
    assert azure.get(CLUSTER).body == before
    assert azure.clusters.calls == calls


def test_minor_version_cannot_be_skipped(azure: Azure) -> None:
    azure.make_cluster(kubernetesVersion="1.34")
    assert azure.put(CLUSTER, cluster(kubernetesVersion="1.36")).error == (
        400,
        "OperationNotAllowed",
        (
            "Upgrading Kubernetes version 1.34.4 to 1.36.2 is not allowed. Available upgrades: [1.35.3"
            " 1.35.2 1.35.1 1.35.0]. Please see https://aka.ms/aks-supported-k8s-ver for version details."
        ),
    )


def test_windows_profile_cannot_be_added_or_changed_later(azure: Azure) -> None:
    azure.make_cluster(**AZURE_CNI)
    error = (400, FIXED, "Changing property 'windowsProfile' is not allowed.")
    assert azure.put(CLUSTER, cluster(**WINDOWS)).error == error
    azure.delete(CLUSTER)
    azure.make_cluster(**WINDOWS)
    error = (400, FIXED, "Changing property 'windowsProfile.adminUsername' is not allowed.")
    assert azure.put(CLUSTER, cluster(**WINDOWS, windowsProfile__adminUsername="other")).error == error
