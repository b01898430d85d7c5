"""Valid inputs and contexts for the provider's operations."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.plugins.azure_native.provider import AzureNative
from sandbox.plugins.server import Context

GROUP = "azure-native:resources:ResourceGroup"
CLUSTER = "azure-native:containerservice:ManagedCluster"
POOL = "azure-native:containerservice:AgentPool"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
CLUSTER_ID = f"{SUBSCRIPTION}/resourcegroups/lab/providers/Microsoft.ContainerService/managedClusters/lab-aks"


def context(type: str, name: str = "it", **more: Any) -> Context:
    return Context(urn=f"urn:pulumi:dev::calico-labs::{type}::{name}", type=type, name=name, **more)


def group(**changes: Any) -> dict[str, Any]:
    return {"resourceGroupName": "lab", "location": "canadacentral", **changes}


def cluster(**changes: Any) -> dict[str, Any]:
    """Return what a program gives for a cluster without CNI."""
    inputs: dict[str, Any] = {
        "resourceGroupName": "lab",
        "resourceName": "lab-aks",
        "location": "canadacentral",
        "dnsPrefix": "lab",
        "kubernetesVersion": "1.36",
        "identity": {"type": "SystemAssigned"},
        "networkProfile": {"networkPlugin": "none", "podCidr": "10.244.0.0/16"},
        "agentPoolProfiles": [
            {"name": "system", "mode": "System", "count": 2, "vmSize": "Standard_D4s_v5"},
        ],
        "tags": {"lab": "byocni"},
    }
    return copy.deepcopy({**inputs, **changes})


def pool(**changes: Any) -> dict[str, Any]:
    inputs = {
        "resourceGroupName": "lab",
        "resourceName": "lab-aks",
        "agentPoolName": "more",
        "mode": "User",
        "count": 1,
        "vmSize": "Standard_D4s_v5",
    }
    return {**inputs, **changes}


def make(
    provider: AzureNative, type: str, inputs: dict[str, Any]
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Check and create; return id, checked inputs and outputs."""
    checked, failures = provider.check(context(type), {}, inputs)
    assert failures == []
    id, outputs = provider.create(context(type), checked)
    return id, checked, outputs


def make_cluster(provider: AzureNative) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Create group and cluster."""
    make(provider, GROUP, group())
    return make(provider, CLUSTER, cluster())
