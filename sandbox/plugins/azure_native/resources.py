"""The resource types: where they are in Azure, how they are named, what replaces them.

Owns what neither the SDK's classes nor Azure's answers tell; in the real provider this is its generated
metadata.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from sandbox.plugins.azure_native import previews
from sandbox.plugins.server import ProviderError


@dataclass(frozen=True)
class Kind:
    """One resource type."""

    type: str
    path: str
    """ARM path after the subscription; `{}` names are inputs."""
    api_version: str
    """The SDK's default version of this resource."""
    auto_name: str
    """The input that is made up when it is not given."""
    top: frozenset[str]
    """Inputs that stand at the top of the body; all others go below `properties`."""
    flat: bool
    """Whether outputs are the answer with `properties` dissolved in it; a resource group keeps them apart."""
    replaces: frozenset[str]
    """Paths without indices whose change makes a new resource; the names in `path` do so too."""

    scoped: bool = False
    """Whether the path begins with the whole id of another resource, in the input `scope`."""

    @property
    def path_inputs(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.path))

    def id(self, subscription: str, inputs: Mapping[str, Any]) -> str:
        names = {name: quote(str(inputs[name]), safe="") for name in self.path_inputs}
        if self.scoped:
            return self.path.format_map({**names, "scope": inputs["scope"]})
        return f"/subscriptions/{subscription}" + self.path.format_map(names)

    def parse_id(self, id: str) -> dict[str, str]:
        """Return the inputs that are part of the id.

        Raises:
            ProviderError: the id is of another type.
        """
        pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", self.path)
        if self.scoped:
            pattern = pattern.replace("(?P<scope>[^/]+)", "(?P<scope>/.+)")
        found = re.fullmatch(pattern if self.scoped else f"/subscriptions/[^/]+{pattern}", id, re.IGNORECASE)
        if found is None:
            raise ProviderError(f"'{id}' is not an id of {self.type}, which has the form {self.path}")
        return found.groupdict()


_CLUSTER = (
    "/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters/{resourceName}"
)

_VNET = "/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}"

_KINDS = (
    Kind(
        type="azure-native:resources:ResourceGroup",
        path="/resourceGroups/{resourceGroupName}",
        api_version="2024-03-01",
        auto_name="resourceGroupName",
        top=frozenset({"location", "managedBy", "tags"}),
        flat=False,
        replaces=frozenset({"location"}),
    ),
    Kind(
        type="azure-native:containerservice:ManagedCluster",
        path=_CLUSTER,
        api_version="2025-09-01",
        auto_name="resourceName",
        top=frozenset({"extendedLocation", "identity", "kind", "location", "sku", "tags"}),
        flat=True,
        # networkProfile by its members since pulumi-azure-native pull request 4771 (2026-07).
        replaces=frozenset(
            {
                "diskEncryptionSetID",
                "dnsPrefix",
                "fqdnSubdomain",
                "linuxProfile",
                "location",
                "networkProfile.dnsServiceIP",
                "networkProfile.networkDataplane",
                "networkProfile.networkMode",
                "networkProfile.networkPlugin",
                "networkProfile.networkPluginMode",
                "networkProfile.networkPolicy",
                "networkProfile.outboundType",
                "networkProfile.podCidr",
                "networkProfile.serviceCidr",
                "networkProfile.serviceCidrs",
                "nodeResourceGroup",
                "windowsProfile",
            }
        ),
    ),
    Kind(
        type="azure-native:containerservice:AgentPool",
        path=f"{_CLUSTER}/agentPools/{{agentPoolName}}",
        api_version="2025-09-01",
        auto_name="agentPoolName",
        top=frozenset(),
        flat=True,
        replaces=frozenset({"gpuInstanceProfile", "networkProfile.nodePublicIPTags", "vmSize"}),
    ),
    Kind(
        type="azure-native:network:VirtualNetwork",
        path=f"{_VNET}",
        api_version="2024-05-01",
        auto_name="virtualNetworkName",
        top=frozenset({"extendedLocation", "location", "tags"}),
        flat=True,
        replaces=frozenset({"location"}),
    ),
    Kind(
        type="azure-native:network:Subnet",
        path=f"{_VNET}/subnets/{{subnetName}}",
        api_version="2024-05-01",
        auto_name="subnetName",
        top=frozenset(),
        flat=True,
        replaces=frozenset(),
    ),
    Kind(
        type="azure-native:authorization:RoleAssignment",
        path="{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
        api_version="2022-04-01",
        auto_name="roleAssignmentName",
        top=frozenset(),
        flat=True,
        replaces=frozenset({"principalId", "principalType", "roleDefinitionId"}),
        scoped=True,
    ),
)
KINDS = {kind.type: kind for kind in _KINDS}


def kind_of(token: str) -> Kind:
    """Return the kind of a type token; one of a preview package is the same kind, asked for by that API version.

    Raises:
        ProviderError: the stand-in does not have it.
    """
    kind = KINDS.get(token)
    package, _, rest = token.partition(":")
    if kind is None and package in previews.PACKAGES:
        stable = KINDS.get(f"azure-native:{rest}")
        kind = stable and replace(stable, api_version=previews.PACKAGES[package])
    if kind is None:
        known = ", ".join(sorted(KINDS))
        raise ProviderError(f"Resource type {token} not found: the azure-native stand-in has only {known}")
    return kind
