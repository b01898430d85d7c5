"""The functions: credentials of a cluster, and who one is."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from sandbox.plugins.azure_native.provider import AzureNative
from sandbox.plugins.server import ProviderError
from tests.sandbox.azure_native.native_inputs import SUBSCRIPTION, make_cluster

ADMIN = "azure-native:containerservice:listManagedClusterAdminCredentials"
USER = "azure-native:containerservice:listManagedClusterUserCredentials"
MONITORING = "azure-native:containerservice:listManagedClusterMonitoringUserCredentials"
NAMES = {"resourceGroupName": "lab", "resourceName": "lab-aks"}


@pytest.mark.parametrize(
    ("token", "name"),
    [(ADMIN, "clusterAdmin"), (USER, "clusterUser"), (MONITORING, "clusterMonitoringUser")],
    ids=["admin", "user", "monitoring"],
)
def test_credentials_are_answered_as_the_sdk_expects(provider: AzureNative, token: str, name: str) -> None:
    make_cluster(provider)
    answer = provider.invoke(token, NAMES)
    (kubeconfig,) = answer["kubeconfigs"]
    assert kubeconfig["name"] == name
    assert yaml.safe_load(base64.b64decode(kubeconfig["value"]))["clusters"][0]["name"] == "lab-aks"


def test_format_is_for_the_user_credentials(provider: AzureNative) -> None:
    make_cluster(provider)
    assert provider.invoke(USER, {**NAMES, "format": "exec", "serverFqdn": None})["kubeconfigs"]


def test_client_config_tells_the_subscription(lonely: AzureNative) -> None:
    assert lonely.invoke("azure-native:authorization:getClientConfig", {}) == {
        "clientId": "00000000-0000-0000-0000-0000000000c1",
        "objectId": "00000000-0000-0000-0000-0000000000b0",
        "subscriptionId": "00000000-0000-0000-0000-000000000000",
        "tenantId": "00000000-0000-0000-0000-0000000000aa",
    }


def test_credentials_of_a_missing_cluster_are_refused(provider: AzureNative) -> None:
    with pytest.raises(ProviderError) as refused:
        provider.invoke(ADMIN, NAMES)
    path = f"{SUBSCRIPTION}/resourceGroups/lab/providers/Microsoft.ContainerService/managedClusters/lab-aks"
    assert str(refused.value) == (
        f'request failed {path}/listClusterAdminCredential: Status=404 Code="ResourceGroupNotFound"'
        " Message=\"Resource group 'lab' could not be found.\""
    )


CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "no such function": (
        "azure-native:storage:listStorageAccountKeys",
        {},
        (
            "Invoke type azure-native:storage:listStorageAccountKeys not found: the azure-native stand-in does not"
            " have it"
        ),
    ),
    "missing argument": (
        ADMIN,
        {"resourceGroupName": "lab"},
        f"{ADMIN}: missing required argument 'resourceName'",
    ),
    "unknown argument": (ADMIN, {**NAMES, "format": "exec"}, f"{ADMIN}: unknown argument 'format'"),
    "wrong type": (ADMIN, {**NAMES, "serverFqdn": 1}, f"{ADMIN}: 'serverFqdn' should be of type 'string'"),
    "wrong format": (
        USER,
        {**NAMES, "format": "yaml"},
        f"{USER}: 'format' is 'yaml' but must be one of 'azure', 'exec'",
    ),
    "argument for nothing": (
        "azure-native:authorization:getClientConfig",
        {"x": "y"},
        "azure-native:authorization:getClientConfig: unknown argument 'x'",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_wrong_call_is_refused(lonely: AzureNative, case: tuple[str, dict[str, Any], str]) -> None:
    token, args, message = case
    with pytest.raises(ProviderError) as refused:
        lonely.invoke(token, args)
    assert str(refused.value) == message
