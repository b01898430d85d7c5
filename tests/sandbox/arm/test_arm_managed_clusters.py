"""Managed clusters: creating one starts its control plane, and what Azure makes up is there afterwards."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest
import yaml

from tests.sandbox.arm.arm_fakes import (
    AZURE_CNI,
    CLUSTER,
    GROUP,
    PREVIEW_VERSION,
    SUBSCRIPTION,
    WINDOWS,
    Azure,
    cluster,
    pool,
)

NODE_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/MC_lab_lab-aks_canadacentral"


def test_created_cluster_has_what_azure_computes(azure: Azure) -> None:
    body = azure.make_cluster()
    properties = body["properties"]
    assert body["id"] == CLUSTER.replace("resourceGroups", "resourcegroups")
    assert (body["name"], body["type"]) == ("lab-aks", "Microsoft.ContainerService/managedClusters")
    assert body["location"] == "canadacentral"
    assert body["tags"] == {"lab": "byocni"}
    assert body["sku"] == {"name": "Base", "tier": "Free"}
    assert properties["provisioningState"] == "Succeeded"
    assert properties["powerState"] == {"code": "Running"}
    assert properties["kubernetesVersion"] == "1.36"
    assert properties["currentKubernetesVersion"] == "1.36.2"
    assert properties["fqdn"] == "lab-aks-1234.hcp.canadacentral.azmk8s.io"
    assert properties["azurePortalFQDN"] == "lab-aks-1234.portal.hcp.canadacentral.azmk8s.io"
    assert properties["nodeResourceGroup"] == "MC_lab_lab-aks_canadacentral"
    assert properties["enableRBAC"] is True
    assert properties["disableLocalAccounts"] is False
    assert properties["servicePrincipalProfile"] == {"clientId": "msi"}
    assert body["identity"]["type"] == "SystemAssigned"
    for value in (body["identity"]["principalId"], body["identity"]["tenantId"], body["eTag"]):
        uuid.UUID(value)
    assert azure.get(CLUSTER).body == body


def test_network_profile_has_the_defaults_of_aks(azure: Azure) -> None:
    assert azure.make_cluster()["properties"]["networkProfile"] == {
        "dnsServiceIP": "10.0.0.10",
        "ipFamilies": ["IPv4"],
        "loadBalancerProfile": {"backendPoolType": "NodeIPConfiguration", "managedOutboundIPs": {"count": 1}},
        "loadBalancerSku": "standard",
        "networkPlugin": "none",
        "networkPolicy": "none",
        "outboundType": "loadBalancer",
        "podCidr": "10.244.0.0/16",
        "podCidrs": ["10.244.0.0/16"],
        "serviceCidr": "10.0.0.0/16",
        "serviceCidrs": ["10.0.0.0/16"],
    }


@pytest.mark.parametrize(
    ("profile", "pod_cidr", "max_pods"),
    [
        ({"networkPlugin": "azure"}, None, 30),
        ({"networkPlugin": "azure", "networkPluginMode": "overlay"}, "10.244.0.0/16", 250),
        ({"networkPlugin": "none"}, None, 250),
    ],
    ids=["node-subnet", "overlay", "none"],
)
def test_pod_range_and_limit_follow_the_plugin(
    azure: Azure, profile: dict[str, Any], pod_cidr: str | None, max_pods: int
) -> None:
    properties = azure.make_cluster(networkProfile=profile)["properties"]
    assert properties["networkProfile"].get("podCidr") == pod_cidr
    assert properties["agentPoolProfiles"][0]["maxPods"] == max_pods


def test_inline_pool_has_the_defaults_of_aks(azure: Azure) -> None:
    pool = azure.make_cluster()["properties"]["agentPoolProfiles"][0]
    uuid.UUID(pool.pop("eTag"))
    assert pool == {
        "count": 2,
        "currentOrchestratorVersion": "1.36.2",
        "enableAutoScaling": False,
        "enableEncryptionAtHost": False,
        "enableFIPS": False,
        "enableNodePublicIP": False,
        "enableUltraSSD": False,
        "kubeletDiskType": "OS",
        "maxPods": 250,
        "mode": "System",
        "name": "system",
        "nodeImageVersion": "AKSUbuntu-2404gen2containerd-202611.03.0",
        "orchestratorVersion": "1.36",
        "osDiskSizeGB": 128,
        "osDiskType": "Managed",
        "osSKU": "Ubuntu",
        "osType": "Linux",
        "powerState": {"code": "Running"},
        "provisioningState": "Succeeded",
        "scaleDownMode": "Delete",
        "type": "VirtualMachineScaleSets",
        "upgradeSettings": {"maxSurge": "10%", "maxUnavailable": "0"},
        "vmSize": "Standard_D4s_v5",
    }


def test_control_plane_gets_the_cluster_as_it_should_be(azure: Azure) -> None:
    azure.make_cluster(**AZURE_CNI, networkProfile__networkPolicy="calico")
    spec = azure.clusters.running[CLUSTER.lower()]
    assert (spec.name, spec.resource_group, spec.location) == ("lab-aks", "lab", "canadacentral")
    assert (spec.network_plugin, spec.network_policy, spec.pod_cidr) == ("azure", "calico", None)
    assert (spec.service_cidr, spec.dns_service_ip) == ("10.0.0.0/16", "10.0.0.10")
    assert (spec.kubernetes_version, spec.node_resource_group) == ("1.36.2", "MC_lab_lab-aks_canadacentral")


def test_node_resource_group_comes_and_goes_with_the_cluster(azure: Azure) -> None:
    azure.make_cluster()
    assert azure.get(NODE_GROUP).body["location"] == "canadacentral"
    assert azure.delete(CLUSTER).status == 204
    assert azure.get(NODE_GROUP).status == 404
    assert azure.clusters.running == {}


def test_deleting_twice_is_harmless(azure: Azure) -> None:
    azure.make_cluster()
    assert azure.delete(CLUSTER).status == 204
    assert azure.delete(CLUSTER).status == 204


def test_missing_cluster_is_not_found(azure: Azure) -> None:
    azure.make_group()
    assert azure.get(CLUSTER).error == (
        404,
        "ResourceNotFound",
        (
            "The Resource 'Microsoft.ContainerService/managedClusters/lab-aks' under resource group 'lab'"
            " was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        ),
    )


def test_cluster_is_found_in_any_case(azure: Azure) -> None:
    body = azure.make_cluster()
    assert azure.call("GET", CLUSTER.upper(), version="2025-09-01").body == body


def test_spelling_of_the_request_does_not_reach_the_ids(azure: Azure) -> None:
    azure.make_group()
    odd = CLUSTER.replace("lab/", "LAB/").replace("managedClusters", "MANAGEDCLUSTERS")
    created = azure.put(odd, cluster()).body
    assert created["id"] == CLUSTER.replace("resourceGroups", "resourcegroups")
    pool_id = azure.put(f"{odd}/AGENTPOOLS/more", pool()).body["id"]
    assert pool_id == f"{created['id']}/agentPools/more"
    assert azure.put(odd.replace("lab-aks", "LAB-AKS"), cluster()).body["id"] == created["id"]


def test_count_change_scales_the_pool_and_nothing_else(azure: Azure) -> None:
    before = azure.make_cluster()
    answer = azure.put(CLUSTER, cluster(agentPoolProfiles__0__count=3))
    assert answer.status == 200
    assert azure.clusters.pools[CLUSTER.lower()]["system"].count == 3
    after = answer.body
    for body in (before, after):
        body.pop("eTag")
        for name in ("eTag", "count"):
            body["properties"]["agentPoolProfiles"][0].pop(name)
    assert after == before


def test_cluster_takes_the_next_minor_and_its_pools_keep_theirs(azure: Azure) -> None:
    azure.make_cluster(kubernetesVersion="1.35")
    body = azure.put(CLUSTER, cluster(kubernetesVersion="1.36")).body
    assert body["properties"]["currentKubernetesVersion"] == "1.36.2"
    assert body["properties"]["agentPoolProfiles"][0]["currentOrchestratorVersion"] == "1.35.3"


def test_same_minor_never_upgrades(azure: Azure) -> None:
    azure.make_cluster(kubernetesVersion="1.36.1")
    body = azure.put(CLUSTER, cluster(kubernetesVersion="1.36")).body
    assert body["properties"]["currentKubernetesVersion"] == "1.36.1"


def test_windows_password_is_neither_answered_nor_stored(azure: Azure) -> None:
    body = azure.make_cluster(**WINDOWS)
    assert body["properties"]["windowsProfile"] == {"adminUsername": "azureuser", "enableCSIProxy": True}
    assert "long-enough-for-AKS" not in azure.store_path.read_text(encoding="utf-8")


def test_preview_version_knows_the_switch_of_kube_proxy(azure: Azure) -> None:
    azure.make_group()
    body = cluster(networkProfile__kubeProxyConfig={"enabled": False})
    assert azure.put(CLUSTER, body, PREVIEW_VERSION).status == 201
    assert not azure.clusters.running[CLUSTER.lower()].kube_proxy


def test_disabled_kube_proxy_is_answered_as_an_empty_object(azure: Azure) -> None:
    """So does Azure, which a comparison of wish and answer has to bear."""
    azure.make_group()
    azure.put(CLUSTER, cluster(networkProfile__kubeProxyConfig={"enabled": False}), PREVIEW_VERSION)
    assert azure.get(CLUSTER).body["properties"]["networkProfile"]["kubeProxyConfig"] == {}


def test_kube_proxy_comes_back_when_it_is_asked_for_and_not_by_silence(azure: Azure) -> None:
    azure.make_group()
    azure.put(CLUSTER, cluster(networkProfile__kubeProxyConfig={"enabled": False}), PREVIEW_VERSION)
    azure.put(CLUSTER, cluster())
    assert not azure.clusters.running[CLUSTER.lower()].kube_proxy
    azure.put(CLUSTER, cluster(networkProfile__kubeProxyConfig={"enabled": True}), PREVIEW_VERSION)
    assert azure.clusters.running[CLUSTER.lower()].kube_proxy


@pytest.mark.parametrize(
    ("action", "name", "user", "context"),
    [
        ("listClusterAdminCredential", "clusterAdmin", "clusterAdmin_lab_lab-aks", "lab-aks-admin"),
        ("listClusterUserCredential", "clusterUser", "clusterUser_lab_lab-aks", "lab-aks"),
        (
            "listClusterMonitoringUserCredential",
            "clusterMonitoringUser",
            "clusterMonitoringUser_lab_lab-aks",
            "lab-aks-monitoring",
        ),
    ],
    ids=["admin", "user", "monitoring"],
)
def test_credentials_have_the_names_of_aks(
    azure: Azure, action: str, name: str, user: str, context: str
) -> None:
    azure.make_cluster()
    answer = azure.call("POST", f"{CLUSTER}/{action}", {}).body
    (kubeconfig,) = answer["kubeconfigs"]
    assert kubeconfig["name"] == name
    config = yaml.safe_load(base64.b64decode(kubeconfig["value"]))
    assert config["current-context"] == context
    assert config["contexts"] == [{"name": context, "context": {"cluster": "lab-aks", "user": user}}]
    assert config["clusters"] == [{"name": "lab-aks", "cluster": {"server": "https://127.0.0.1:6443"}}]
    assert config["users"][0]["user"]["client-key-data"] == "a2V5"


def test_group_lists_nothing_of_another_group(azure: Azure) -> None:
    """A group whose name begins like another's must not own its clusters."""
    azure.make_cluster()
    azure.put(GROUP[:-1], {"location": "canadacentral"})
    assert azure.delete(GROUP[:-1]).status == 200
    assert azure.get(CLUSTER).status == 200


def test_rotating_certificates_is_an_operation_of_its_own(azure: Azure) -> None:
    azure.make_cluster()
    path = f"{CLUSTER}/rotateClusterCertificates"
    assert azure.call("POST", path, {}).status == 204
    assert azure.clusters.calls[-1] == "rotate lab-aks"
    azure.clusters.broken = "etcd did not start"
    assert azure.call("POST", path, {}).error == (200, "InternalOperationError", "etcd did not start")
