"""A managed cluster without its pools: what AKS fills in, what it refuses, what cannot change.

Owns the body of `Microsoft.ContainerService/managedClusters` but `networkProfile` (`networks.py`) and
`agentPoolProfiles` (`pools.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from sandbox.arm import networks
from sandbox.arm.catalog import (
    REGIONS,
    Version,
    default_version,
    normal_region,
    parse_version,
    resolve_version,
    upgrades,
)
from sandbox.arm.errors import bad_request, conflict, missing_parameter, property_change
from sandbox.arm.ids import ResourceId
from sandbox.arm.pool_systems import check_windows_cluster, check_windows_profile
from sandbox.arm.provider import new_etag, stable_guid
from sandbox.arm.store import Resource

TYPE = "Microsoft.ContainerService/managedClusters"
TENANT = "00000000-0000-0000-0000-0000000000aa"
_NAME = re.compile(r"[a-zA-Z0-9]([-_a-zA-Z0-9]{0,61}[a-zA-Z0-9])?")
# kubernetes-sigs/cluster-api-provider-azure, AzureManagedControlPlane validation of DNSPrefix
_DNS_PREFIX = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-]{0,52}[a-zA-Z0-9]")
_READ_ONLY = frozenset(
    [
        "agentPoolProfiles",
        "provisioningState",
        "powerState",
        "fqdn",
        "privateFQDN",
        "azurePortalFQDN",
        "currentKubernetesVersion",
        "maxAgentPools",
        "resourceUID",
        "status",
    ]
)
_FIXED = [
    "dnsPrefix",
    "fqdnSubdomain",
    "nodeResourceGroup",
    "diskEncryptionSetID",
    "enableRBAC",
    "linuxProfile",
]


def complete(
    id: ResourceId,
    body: Mapping[str, Any],
    api_version: str,
    existing: Resource | None,
    subnet: IPv4Network = networks.MANAGED_SUBNET,
) -> Resource:
    """Return the cluster as Azure would answer it, but for what only a running cluster knows.

    Raises:
        ArmError: the cluster, or the change of it, is one that AKS refuses.
    """
    if not _NAME.fullmatch(id.name):
        # Pattern of the REST specification; words ours.
        raise _invalid("resourceName")
    location = _check_location(id, normal_region(str(body.get("location") or "")), existing)
    asked = body.get("properties") or {}
    old = existing["properties"] if existing else {}
    properties = {key: value for key, value in asked.items() if value is not None and key not in _READ_ONLY}
    for key in _FIXED:
        if key in old:
            properties.setdefault(key, old[key])
    _check_names(id, properties)
    properties.setdefault("nodeResourceGroup", _node_group_name(id, location))
    version = _version(id, properties, old)
    properties["currentKubernetesVersion"] = str(version)
    properties["networkProfile"] = networks.complete(
        properties.get("networkProfile") or {}, api_version, subnet
    )
    if "kubeProxyConfig" in old.get("networkProfile", {}):
        # A request that leaves it out changes nothing; an assumption, from what PUT does with other fields of AKS.
        properties["networkProfile"].setdefault("kubeProxyConfig", old["networkProfile"]["kubeProxyConfig"])
    _complete_windows(properties, old)
    _check_accounts(properties)
    properties.setdefault("enableRBAC", True)
    properties.setdefault("disableLocalAccounts", False)
    properties.setdefault("supportPlan", "KubernetesOfficial")
    properties.setdefault("autoUpgradeProfile", {"nodeOSUpgradeChannel": "NodeImage"})
    properties.setdefault("oidcIssuerProfile", {"enabled": False})
    properties.setdefault("securityProfile", {})
    properties.setdefault("storageProfile", _STORAGE)
    properties.setdefault("metricsProfile", {"costAnalysis": {"enabled": False}})
    properties.setdefault("nodeProvisioningProfile", {"mode": "Manual", "defaultNodePools": "Auto"})
    properties["servicePrincipalProfile"] = properties.get("servicePrincipalProfile") or {"clientId": "msi"}
    properties["maxAgentPools"] = 100
    properties["powerState"] = {"code": "Running"}
    properties["resourceUID"] = stable_guid(id.key, "uid").replace("-", "")[:24]
    properties.setdefault("identityProfile", {"kubeletidentity": _kubelet_identity(id, properties)})
    if existing:
        _check_change(old, properties)
    cluster: Resource = {
        "id": existing["id"] if existing else str(id),
        "name": existing["name"] if existing else id.name,
        "type": TYPE,
        "location": location,
        "eTag": new_etag(),
        "sku": {"name": "Base", "tier": "Free", **(body.get("sku") or {})},
        "identity": _identity(id, body),
        "properties": properties,
    }
    for name in ("tags", "kind", "extendedLocation"):
        if body.get(name):
            cluster[name] = body[name]
    return cluster


_STORAGE = {
    "diskCSIDriver": {"enabled": True},
    "fileCSIDriver": {"enabled": True},
    "snapshotController": {"enabled": True},
}


def _check_location(id: ResourceId, location: str, existing: Resource | None) -> str:
    if not location:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    if location not in REGIONS:
        message = (
            f"The provided location '{location}' is not available for resource type '{TYPE}'. List of"
            f" available regions for the resource type is '{','.join(REGIONS)}'."
        )
        raise bad_request("LocationNotAvailableForResourceType", message)
    if existing and existing["location"] != location:
        message = (
            f"The resource '{existing['name']}' already exists in location '{existing['location']}' in"
            f" resource group '{id.group}'. A resource with the same name cannot be created in location"
            f" '{location}'. Please select a new resource name."
        )
        raise conflict("InvalidResourceLocation", message)
    return location


def _check_names(id: ResourceId, properties: Mapping[str, Any]) -> None:
    prefix = properties.get("dnsPrefix")
    if prefix is None and not properties.get("fqdnSubdomain"):
        raise missing_parameter("dnsPrefix")
    if prefix is not None and not _DNS_PREFIX.fullmatch(prefix):
        raise _invalid("dnsPrefix")
    if str(properties.get("nodeResourceGroup", "")).lower() == id.group.lower():
        # Code from AKS's list of error codes, words ours.
        message = f"The node resource group '{id.group}' must not be the resource group of the cluster."
        raise bad_request("NodeResourceGroupSameAsResourceGroup", message, "nodeResourceGroup")


def _node_group_name(id: ResourceId, location: str) -> str:
    """AKS cuts the name after 80 characters (https://learn.microsoft.com/azure/aks/faq)."""
    return f"MC_{id.group}_{id.name}_{location}"[:80]


def _version(id: ResourceId, properties: dict[str, Any], old: Mapping[str, Any]) -> Version:
    """Return the control plane's version; the same wish, or one for the same minor, never upgrades (SDK)."""
    current = parse_version(old["currentKubernetesVersion"]) if old else None
    asked = properties.setdefault("kubernetesVersion", old.get("kubernetesVersion") or str(default_version()))
    if current and asked in (old["kubernetesVersion"], str(current), f"1.{current.minor}"):
        return current
    version = resolve_version(asked)
    if version is None:
        # MicrosoftDocs/SupportArticles-docs, "K8sVersionNotSupported"; full words in pulumi-azure-native pull
        # 3550.
        message = (
            f"Managed cluster {id.name} is on version {asked} which is not supported in this region. Please"
            " use [az aks get-versions] command to get the supported version list in this region. For more"
            " information, please check https://aka.ms/supported-version-list"
        )
        raise bad_request("K8sVersionNotSupported", message)
    if current and version not in upgrades(current):
        available = " ".join(str(item) for item in reversed(upgrades(current)))
        message = (
            f"Upgrading Kubernetes version {current} to {version} is not allowed. Available upgrades:"
            f" [{available}]. Please see https://aka.ms/aks-supported-k8s-ver for version details."
        )
        raise bad_request("OperationNotAllowed", message)
    return version


def _complete_windows(properties: dict[str, Any], old: Mapping[str, Any]) -> None:
    """Keep the profile of the first PUT; the password is checked and forgotten, Azure never returns it."""
    profile = properties.get("windowsProfile") or old.get("windowsProfile")
    if not profile:
        return
    check_windows_profile(profile)
    kept = {"enableCSIProxy": True, **profile}
    kept.pop("adminPassword", None)
    properties["windowsProfile"] = kept
    # The profile alone is refused, before any Windows pool: the `az aks create` of Azure/AKS issue 2839.
    check_windows_cluster(properties)


def _check_accounts(properties: Mapping[str, Any]) -> None:
    """Seen: https://github.com/cilium/cilium/pull/48265 (2026-09), without a code."""
    if properties.get("disableLocalAccounts") and not properties.get("aadProfile"):
        message = (
            "Since kubernetes version 1.25, disableLocalAccounts can only be set on Azure AD integration"
            " enabled cluster. Please integrate your cluster with AAD."
        )
        raise bad_request("BadRequest", message)


def _identity(id: ResourceId, body: Mapping[str, Any]) -> dict[str, Any]:
    asked = body.get("identity") or {}
    kind = asked.get("type")
    if kind == "SystemAssigned":
        return {"type": kind, "principalId": stable_guid(id.key, "principal"), "tenantId": TENANT}
    if kind == "UserAssigned":
        users = {
            name: {"clientId": stable_guid(name, "client"), "principalId": stable_guid(name, "principal")}
            for name in asked.get("userAssignedIdentities") or {}
        }
        return {"type": kind, "userAssignedIdentities": users}
    if (body.get("properties") or {}).get("servicePrincipalProfile"):
        return {"type": "None"}
    raise missing_parameter("servicePrincipalProfile")


def _kubelet_identity(id: ResourceId, properties: Mapping[str, Any]) -> dict[str, str]:
    resource = (
        f"/subscriptions/{id.subscription}/resourcegroups/{properties['nodeResourceGroup']}"
        f"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{id.name}-agentpool"
    )
    return {
        "clientId": stable_guid(id.key, "kubelet client"),
        "objectId": stable_guid(id.key, "kubelet object"),
        "resourceId": resource,
    }


def _check_change(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    for name in _FIXED:
        if old.get(name) != new.get(name):
            raise property_change(name)
    before, after = old.get("windowsProfile"), new.get("windowsProfile")
    if (before or {}).get("adminUsername") != (after or {}).get("adminUsername"):
        # A profile cannot be added later either: https://github.com/Azure/AKS/issues/1545
        raise property_change("windowsProfile.adminUsername" if before else "windowsProfile")
    networks.check_change(old["networkProfile"], new["networkProfile"])


def _invalid(name: str) -> Exception:
    """Seen for dnsPrefix, without the second sentence, which pool names have (Azure/AKS issue 3300)."""
    message = (
        f"The value of parameter {name} is invalid. Please see https://aka.ms/aks-naming-rules for more"
        " details."
    )
    return bad_request("InvalidParameter", message, name)
