"""What AKS refuses of a cluster: one valid cluster, each case changes one thing, the whole message is
checked."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.arm.catalog import REGIONS
from tests.sandbox.arm.arm_fakes import (
    AZURE_CNI,
    CLUSTER,
    GROUP,
    MISSING,
    PREVIEW_VERSION,
    WINDOWS,
    Azure,
    cluster,
)

RANGE = "networkProfile__"
NAMING = "Please see https://aka.ms/aks-naming-rules for more details."

CREATE: dict[str, tuple[dict[str, Any], str, str]] = {
    "location missing": (
        {"top__location": MISSING},
        "LocationRequired",
        "The location property is required for this definition.",
    ),
    "location unknown": (
        {"top__location": "canadasouth"},
        "LocationNotAvailableForResourceType",
        (
            "The provided location 'canadasouth' is not available for resource type"
            " 'Microsoft.ContainerService/managedClusters'. List of available regions for the resource type"
            f" is '{','.join(REGIONS)}'."
        ),
    ),
    "dnsPrefix missing": (
        {"dnsPrefix": MISSING},
        "InvalidParameter",
        "Required parameter dnsPrefix is missing (null).",
    ),
    "dnsPrefix invalid": (
        {"dnsPrefix": "-lab"},
        "InvalidParameter",
        f"The value of parameter dnsPrefix is invalid. {NAMING}",
    ),
    "identity missing": (
        {"top__identity": MISSING},
        "InvalidParameter",
        "Required parameter servicePrincipalProfile is missing (null).",
    ),
    "pools missing": (
        {"agentPoolProfiles": MISSING},
        "InvalidParameter",
        "Required parameter agentPoolProfiles is missing (null).",
    ),
    "version unknown": (
        {"kubernetesVersion": "1.33"},
        "K8sVersionNotSupported",
        (
            "Managed cluster lab-aks is on version 1.33 which is not supported in this region. Please use"
            " [az aks get-versions] command to get the supported version list in this region. For more"
            " information, please check https://aka.ms/supported-version-list"
        ),
    ),
    "patch unknown": (
        {"kubernetesVersion": "1.36.99"},
        "K8sVersionNotSupported",
        (
            "Managed cluster lab-aks is on version 1.36.99 which is not supported in this region. Please"
            " use [az aks get-versions] command to get the supported version list in this region. For more"
            " information, please check https://aka.ms/supported-version-list"
        ),
    ),
    "local accounts off without Entra ID": (
        {"disableLocalAccounts": True},
        "BadRequest",
        (
            "Since kubernetes version 1.25, disableLocalAccounts can only be set on Azure AD integration"
            " enabled cluster. Please integrate your cluster with AAD."
        ),
    ),
    "node group is the cluster's": (
        {"nodeResourceGroup": "Lab"},
        "NodeResourceGroupSameAsResourceGroup",
        "The node resource group 'lab' must not be the resource group of the cluster.",
    ),
    "node group exists": (
        {"nodeResourceGroup": "other"},
        "NodeResourceGroupAlreadyExists",
        "The node resource group 'other' already exists.",
    ),
    "kubenet": (
        {"networkProfile": {"networkPlugin": "kubenet"}},
        "NotSimulatedInSandbox",
        (
            "networkProfile.networkPlugin is 'kubenet', which the sandbox does not simulate; set it to 'azure'"
            " or 'none'"
        ),
    ),
    "network profile missing": (
        {"networkProfile": MISSING},
        "NotSimulatedInSandbox",
        (
            "networkProfile.networkPlugin is 'kubenet', which the sandbox does not simulate; set it to 'azure'"
            " or 'none'"
        ),
    ),
    "kube-proxy switch in a stable version": (
        {f"{RANGE}kubeProxyConfig": {"enabled": False}},
        "UnmarshalError",
        (
            'UnmarshalEntity encountered error: json: unknown field "kubeProxyConfig" Check that the field is in the'
            " right location, is spelled correctly, and is supported in the API version. Visit"
            " aka.ms/aks/apiversions for more API version information.."
        ),
    ),
    "network policy without plugin": (
        {f"{RANGE}networkPolicy": "calico"},
        "NetworkPolicyNotSupportedForNone",
        "Network policy 'calico' is not supported with network plugin 'none'.",
    ),
    "overlay without plugin": (
        {f"{RANGE}networkPluginMode": "overlay"},
        "NetworkModeNotSupported",
        "Network plugin mode 'overlay' is only allowed with network plugin 'azure', not with 'none'.",
    ),
    "pod range on the node subnet": (
        {f"{RANGE}networkPlugin": "azure"},
        "InvalidParameterConflictingProperties",
        (
            "Pod CIDR '10.244.0.0/16' needs network plugin mode 'overlay' when the network plugin is 'azure'. For more"
            " information about Azure CNI Overlay please see https://aka.ms/aks/azure-cni-overlay"
        ),
    ),
    "service range is none": ({f"{RANGE}serviceCidr": "10.0.0.0"}, "CidrStringParseError", "Cidr is invalid"),
    "pod range is none": ({f"{RANGE}podCidr": "10.244.0.0/33"}, "CidrStringParseError", "Cidr is invalid"),
    "service range too large": (
        {f"{RANGE}serviceCidr": "10.0.0.0/12"},
        "InvalidParameter",
        "ServiceCidr 10.0.0.0/12 is too large, it must be smaller than /12",
    ),
    "service range reserved": (
        {f"{RANGE}serviceCidr": "172.30.4.0/22"},
        "ServiceCidrOverlapping",
        "The specified service CIDR 172.30.4.0/22 overlaps with the range 172.30.0.0/16 reserved by AKS.",
    ),
    "pod range reserved": (
        {f"{RANGE}podCidr": "169.254.0.0/16"},
        "ServiceCidrOverlapping",
        "The specified pod CIDR 169.254.0.0/16 overlaps with the range 169.254.0.0/16 reserved by AKS.",
    ),
    "service range in the subnet": (
        {f"{RANGE}serviceCidr": "10.224.16.0/20"},
        "ServiceCidrOverlapExistingSubnetsCidr",
        "The specified service CIDR 10.224.16.0/20 is conflicted with an existing subnet CIDR 10.224.0.0/16",
    ),
    "pod range in the subnet": (
        {f"{RANGE}podCidr": "10.224.0.0/16"},
        "PodCidrOverlapExistingSubnetsCidr",
        "The specified pod CIDR 10.224.0.0/16 is conflicted with an existing subnet CIDR 10.224.0.0/16",
    ),
    "pod range in the service range": (
        {f"{RANGE}podCidr": "10.0.128.0/17"},
        "PodCidrOverlapServiceCidr",
        "The specified pod CIDR 10.0.128.0/17 overlaps with the service CIDR 10.0.0.0/16.",
    ),
    "DNS address is none": (
        {f"{RANGE}dnsServiceIP": "ten"},
        "InvalidParameter",
        "DNSServiceIP is not a valid IP address",
    ),
    "DNS address outside": (
        {f"{RANGE}dnsServiceIP": "10.1.0.10"},
        "InvalidParameter",
        "DNSServiceIP is not within ServiceCidr",
    ),
    "DNS address first": (
        {f"{RANGE}dnsServiceIP": "10.0.0.1"},
        "InvalidParameter",
        "DNSServiceIP can not be the first IP address in ServiceCidr",
    ),
    "DNS address of the network": (
        {f"{RANGE}dnsServiceIP": "10.0.0.0"},
        "InvalidParameter",
        "DNSServiceIP can not be the first IP address in ServiceCidr",
    ),
    "Windows profile without Azure CNI": (
        {"windowsProfile": WINDOWS["windowsProfile"]},
        "AzureCNIOnlyForWindows",
        "Windows agent pools can only be added to AKS clusters using Azure-CNI.",
    ),
    "Windows password too short": (
        {**AZURE_CNI, "windowsProfile": {"adminUsername": "azureuser", "adminPassword": "short"}},
        "WindowsProfilePasswordInvalid",
        (
            "Invalid adminPassword. Error: Length of password is invalid. Required length: [14, 123]. Minimum password"
            " length required by AKS for AzSecPack is longer."
        ),
    ),
}


@pytest.mark.parametrize("case", CREATE.values(), ids=CREATE)
def test_cluster_is_refused_and_leaves_nothing(azure: Azure, case: tuple[dict[str, Any], str, str]) -> None:
    changes, code, message = case
    azure.make_group()
    azure.put(f"{GROUP.removesuffix('lab')}other", {"location": "canadacentral"})
    assert azure.put(CLUSTER, cluster(**changes)).error == (400, code, message)
    assert azure.get(CLUSTER).status == 404
    assert azure.clusters.calls == []


def test_cluster_name_is_checked(azure: Azure) -> None:
    azure.make_group()
    assert azure.put(f"{CLUSTER}-", cluster()).error == (
        400,
        "InvalidParameter",
        f"The value of parameter resourceName is invalid. {NAMING}",
    )


def test_kube_proxy_stays_on_clusters_with_a_network_plugin(azure: Azure) -> None:
    azure.make_group()
    body = cluster(**AZURE_CNI, networkProfile__kubeProxyConfig={"enabled": False})
    assert azure.put(CLUSTER, body, PREVIEW_VERSION).error == (
        400,
        "KubeProxyConfigDisabledBYOCNIOnly",
        (
            "Disabling kube-proxy is only allowed for bring your own (BYO) CNI clusters. For more"
            " information, please check https://aka.ms/byo-cni."
        ),
    )


def test_static_credentials_need_local_accounts(azure: Azure) -> None:
    azure.make_cluster(disableLocalAccounts=True, aadProfile={"managed": True})
    for action in ("listClusterAdminCredential", "listClusterUserCredential"):
        assert azure.call("POST", f"{CLUSTER}/{action}", {}).error == (
            400,
            "BadRequest",
            "Getting static credential is not allowed because this cluster is set to disable local accounts.",
        )


def test_cluster_has_only_azures_actions(azure: Azure) -> None:
    azure.make_cluster()
    assert azure.call("POST", f"{CLUSTER}/explode", {}).error == (
        404,
        "InvalidResourceType",
        "The resource type 'Microsoft.ContainerService/managedClusters' has no action 'explode'.",
    )
