"""The functions of the SDK that labs use: credentials of a cluster, and who one is.

Owns their arguments and answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.azure_native.client import ArmClient
from sandbox.plugins.azure_native.resources import KINDS
from sandbox.plugins.server import ProviderError

_CREDENTIALS = {
    "azure-native:containerservice:listManagedClusterAdminCredentials": "listClusterAdminCredential",
    "azure-native:containerservice:listManagedClusterUserCredentials": "listClusterUserCredential",
    "azure-native:containerservice:listManagedClusterMonitoringUserCredentials": (
        "listClusterMonitoringUserCredential"
    ),
}
_CLIENT_CONFIG = "azure-native:authorization:getClientConfig"
_QUERY = {"serverFqdn": "server-fqdn", "format": "format"}


def invoke(client: ArmClient, subscription: str, token: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Run one function.

    Raises:
        ProviderError: there is no such function, its arguments are wrong, or Azure refuses.
    """
    given = {name: value for name, value in args.items() if value is not None}
    if token == _CLIENT_CONFIG:
        _check(token, given, required=(), optional=())
        return client_config(subscription)
    if token not in _CREDENTIALS:
        raise ProviderError(f"Invoke type {token} not found: the azure-native stand-in does not have it")
    optional = ("serverFqdn", "format") if token.endswith("ClusterUserCredentials") else ("serverFqdn",)
    _check(token, given, required=("resourceGroupName", "resourceName"), optional=optional)
    if given.get("format", "azure") not in ("azure", "exec"):
        raise ProviderError(f"{token}: 'format' is '{given['format']}' but must be one of 'azure', 'exec'")
    kind = KINDS["azure-native:containerservice:ManagedCluster"]
    id = f"{kind.id(subscription, given)}/{_CREDENTIALS[token]}"
    query = {_QUERY[name]: str(given[name]) for name in optional if name in given}
    try:
        return client.call("POST", id, kind.api_version, {}, query)
    except ProviderError as error:
        raise ProviderError(f"request failed {id}: {error}") from error


def client_config(subscription: str) -> dict[str, Any]:
    """Return who the sandbox's user is; the ids are made up and the same everywhere."""
    return {
        "clientId": "00000000-0000-0000-0000-0000000000c1",
        "objectId": "00000000-0000-0000-0000-0000000000b0",
        "subscriptionId": subscription,
        "tenantId": "00000000-0000-0000-0000-0000000000aa",
    }


def _check(token: str, args: Mapping[str, Any], required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    for name in required:
        if name not in args:
            raise ProviderError(f"{token}: missing required argument '{name}'")
    for name, value in args.items():
        if name not in (*required, *optional):
            raise ProviderError(f"{token}: unknown argument '{name}'")
        if not isinstance(value, str):
            raise ProviderError(f"{token}: '{name}' should be of type 'string'")
