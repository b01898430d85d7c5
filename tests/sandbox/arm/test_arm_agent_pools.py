"""Agent pools: their nodes and the labels on them."""

from __future__ import annotations

import pytest

from tests.sandbox.arm.arm_fakes import CLUSTER, WINDOWS, WINDOWS_POOL, Azure, cluster, pool

POOL = f"{CLUSTER}/agentPools/more"
WINDOWS_PATH = f"{CLUSTER}/agentPools/calico"


def test_pool_is_created_scaled_and_deleted(azure: Azure) -> None:
    azure.make_cluster()
    created = azure.put(POOL, pool())
    assert created.status == 201
    assert created.body["id"] == POOL.replace("resourceGroups", "resourcegroups")
    assert created.body["type"] == "Microsoft.ContainerService/managedClusters/agentPools"
    assert created.body["properties"]["provisioningState"] == "Succeeded"
    assert created.body["properties"]["orchestratorVersion"] == "1.36"
    assert azure.clusters.pools[CLUSTER.lower()]["more"].count == 1
    assert azure.put(POOL, pool(count=4)).status == 200
    assert azure.clusters.pools[CLUSTER.lower()]["more"].count == 4
    assert azure.delete(POOL).status == 204
    assert azure.delete(POOL).status == 204
    assert sorted(azure.clusters.pools[CLUSTER.lower()]) == ["system"]


def test_pool_shows_up_in_its_cluster_and_survives_an_update_without_it(azure: Azure) -> None:
    azure.make_cluster()
    azure.put(POOL, pool())
    names = [item["name"] for item in azure.get(CLUSTER).body["properties"]["agentPoolProfiles"]]
    assert names == ["system", "more"]
    assert azure.put(CLUSTER, cluster(agentPoolProfiles__0__count=3)).status == 200
    assert azure.get(POOL).status == 200
    assert sorted(azure.clusters.pools[CLUSTER.lower()]) == ["more", "system"]


def test_nodes_of_a_linux_pool_have_the_labels_of_aks_and_the_users(azure: Azure) -> None:
    azure.make_cluster(agentPoolProfiles__0__nodeLabels={"lab": "byocni"})
    spec = azure.clusters.pools[CLUSTER.lower()]["system"]
    assert (spec.name, spec.count, spec.os, spec.mode) == ("system", 2, "Linux", "System")
    assert (spec.vm_size, spec.kubernetes_version) == ("Standard_D4s_v5", "1.36.2")
    assert spec.labels == {
        "agentpool": "system",
        "kubernetes.azure.com/agentpool": "system",
        "kubernetes.azure.com/cluster": "MC_lab_lab-aks_canadacentral",
        "kubernetes.azure.com/mode": "system",
        "kubernetes.azure.com/node-image-version": "AKSUbuntu-2404gen2containerd-202611.03.0",
        "kubernetes.azure.com/nodepool-type": "VirtualMachineScaleSets",
        "kubernetes.azure.com/os-sku": "Ubuntu",
        "kubernetes.azure.com/role": "agent",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "lab": "byocni",
        "node.kubernetes.io/instance-type": "Standard_D4s_v5",
        "topology.kubernetes.io/region": "canadacentral",
        "topology.kubernetes.io/zone": "0",
    }


def test_nodes_of_a_windows_pool_say_so(azure: Azure) -> None:
    azure.make_cluster(**WINDOWS)
    assert azure.put(WINDOWS_PATH, pool(**WINDOWS_POOL)).status == 201
    spec = azure.clusters.pools[CLUSTER.lower()]["calico"]
    assert spec.os == "Windows"
    assert spec.labels["kubernetes.io/os"] == "windows"
    assert spec.labels["kubernetes.azure.com/os-sku"] == "Windows2022"


def test_pool_in_a_zone_is_labelled_with_it(azure: Azure) -> None:
    azure.make_cluster(agentPoolProfiles__0__availabilityZones=["2"])
    labels = azure.clusters.pools[CLUSTER.lower()]["system"].labels
    assert labels["topology.kubernetes.io/zone"] == "canadacentral-2"


@pytest.mark.parametrize(
    ("version", "sku"), [("1.35", "Windows2022"), ("1.36", "Windows2025")], ids=["1.35", "1.36"]
)
def test_default_of_windows_follows_the_version(azure: Azure, version: str, sku: str) -> None:
    azure.make_cluster(**WINDOWS, kubernetesVersion=version)
    body = azure.put(WINDOWS_PATH, pool(osType="Windows", enableFIPS=True)).body
    assert body["properties"]["osSKU"] == sku


def test_user_pool_may_be_empty_and_small(azure: Azure) -> None:
    azure.make_cluster()
    assert azure.put(POOL, pool(count=0, vmSize="Standard_B2s")).status == 201


def test_pool_may_lag_behind_the_control_plane(azure: Azure) -> None:
    azure.make_cluster()
    body = azure.put(POOL, pool(orchestratorVersion="1.34")).body
    assert body["properties"]["currentOrchestratorVersion"] == "1.34.4"


def test_failed_pool_stays_and_a_second_try_mends_it(azure: Azure) -> None:
    azure.make_cluster()
    azure.clusters.broken = "no room for the node"
    assert azure.put(POOL, pool()).error == (200, "AgentPoolOperationError", "no room for the node")
    assert azure.get(POOL).body["properties"]["provisioningState"] == "Failed"
    azure.clusters.broken = ""
    assert azure.put(POOL, pool()).body["properties"]["provisioningState"] == "Succeeded"
