"""Virtual networks and their subnets: ranges inside ranges, and who still uses them.

Owns `Microsoft.Network/virtualNetworks` and the subnets in it, as far as a cluster needs them. Knows no peering, no
gateways and no security groups.
"""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import IPv4Network
from typing import Any

from sandbox.arm.catalog import normal_region
from sandbox.arm.errors import ArmError, bad_request, not_found, not_simulated
from sandbox.arm.ids import ResourceId, parse
from sandbox.arm.provider import Azure, Request, Response, new_etag, no_such_action
from sandbox.arm.store import Resource

VNET_TYPE = "Microsoft.Network/virtualNetworks"
SUBNET_TYPE = "Microsoft.Network/virtualNetworks/subnets"
AZURE_KEEPS = 5
"""Addresses of each subnet (AKS docs, concepts-network-ip-address-planning)."""

_KNOWN_VNET = frozenset({"addressSpace", "subnets", "enableDdosProtection", "enableVmProtection"})
_ADDED_BY_THE_SDK = ("privateEndpointNetworkPolicies", "privateLinkServiceNetworkPolicies")
_KNOWN_SUBNET = frozenset({"addressPrefix", "addressPrefixes", *_ADDED_BY_THE_SDK})


class VirtualNetworks:
    """The resource type."""

    type = VNET_TYPE
    api_versions = ("2024-05-01",)

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def put(self, request: Request) -> Response:
        id = request.id
        self._azure.group(id)
        asked = request.body.get("properties") or {}
        _only(asked, _KNOWN_VNET, "virtual network")
        ranges = [_range(text) for text in (asked.get("addressSpace") or {}).get("addressPrefixes") or []]
        if not ranges:
            # Words ours; Azure demands an address space or a pool to take one from.
            raise bad_request("InvalidRequestFormat", f"Virtual network '{id.name}' has no address space.")
        existing = self._azure.store.get(id)
        for subnet in self._azure.store.below(id, SUBNET_TYPE):
            _check_inside(subnet["name"], _range(subnet["properties"]["addressPrefix"]), id.name, ranges)
        vnet: Resource = {
            "id": existing["id"] if existing else str(id),
            "name": existing["name"] if existing else id.name,
            "type": VNET_TYPE,
            "location": normal_region(str(request.body.get("location") or "")),
            "etag": new_etag(),
            "properties": {
                "addressSpace": {"addressPrefixes": [str(item) for item in ranges]},
                "enableDdosProtection": False,
                "provisioningState": "Succeeded",
            },
        }
        if request.body.get("tags"):
            vnet["tags"] = request.body["tags"]
        self._azure.store.put(id, vnet)
        return Response(HTTPStatus.OK if existing else HTTPStatus.CREATED, self._answer(id))

    def get(self, request: Request) -> Response:
        self._azure.found(request.id)
        return Response(HTTPStatus.OK, self._answer(request.id))

    def delete(self, request: Request) -> Response:
        self._azure.group(request.id)
        for subnet in self._azure.store.below(request.id, SUBNET_TYPE):
            refuse_if_used(self._azure, parse(subnet["id"]))
        self._azure.store.delete(request.id)
        return Response(HTTPStatus.NO_CONTENT)

    def post(self, request: Request) -> Response:
        raise no_such_action(request)

    def _answer(self, id: ResourceId) -> Resource:
        vnet = self._azure.found(id)
        vnet["properties"]["subnets"] = [
            {key: subnet[key] for key in ("id", "name", "etag", "properties")}
            for subnet in self._azure.store.below(id, SUBNET_TYPE)
        ]
        return vnet


class Subnets:
    """The resource type."""

    type = SUBNET_TYPE
    api_versions = ("2024-05-01",)

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def put(self, request: Request) -> Response:
        id = request.id
        self._azure.group(id)
        vnet = self._azure.store.get(id.parent)
        if vnet is None:
            raise not_found(
                "ParentResourceNotFound", f"The parent resource '{id.parent}' could not be found."
            )
        asked = request.body.get("properties") or {}
        _only(asked, _KNOWN_SUBNET, "subnet")
        wanted = _range(asked.get("addressPrefix") or (asked.get("addressPrefixes") or [""])[0])
        space = [IPv4Network(text) for text in vnet["properties"]["addressSpace"]["addressPrefixes"]]
        _check_inside(id.name, wanted, vnet["name"], space)
        for other in self._azure.store.below(id.parent, SUBNET_TYPE):
            if other["name"] != id.name and wanted.overlaps(_range(other["properties"]["addressPrefix"])):
                # https://github.com/MicrosoftDocs/azure-docs/pull/123869 (2024-07)
                message = (
                    f"Subnet '{id.name}' is not valid because its IP address range overlaps with that of an existing"
                    f" subnet in virtual network '{vnet['name']}'."
                )
                raise bad_request("NetcfgSubnetRangesOverlap", message)
        existing = self._azure.store.get(id)
        if existing and existing["properties"]["addressPrefix"] != str(wanted):
            refuse_if_used(self._azure, id)
        subnet: Resource = {
            "id": existing["id"] if existing else str(id),
            "name": existing["name"] if existing else id.name,
            "type": SUBNET_TYPE,
            "etag": new_etag(),
            "properties": {
                "addressPrefix": str(wanted),
                "provisioningState": "Succeeded",
                **{name: asked[name] for name in _ADDED_BY_THE_SDK if name in asked},
            },
        }
        self._azure.store.put(id, subnet)
        return Response(HTTPStatus.OK if existing else HTTPStatus.CREATED, subnet)

    def get(self, request: Request) -> Response:
        return Response(HTTPStatus.OK, self._azure.found(request.id))

    def delete(self, request: Request) -> Response:
        self._azure.group(request.id)
        refuse_if_used(self._azure, request.id)
        self._azure.store.delete(request.id)
        return Response(HTTPStatus.NO_CONTENT)

    def post(self, request: Request) -> Response:
        raise no_such_action(request)


def refuse_if_used(azure: Azure, subnet: ResourceId) -> None:
    """Refuse the loss of a subnet that nodes are in; the code is Azure's, the words are ours.

    Raises:
        ArmError: a pool names it.
    """
    for pool in azure.store.of_type("Microsoft.ContainerService/managedClusters/agentPools"):
        used = pool["properties"].get("vnetSubnetID")
        if used and str(used).lower() == subnet.key:
            message = f"Subnet {subnet.name} is in use by {pool['id']} and cannot be deleted."
            raise bad_request("InUseSubnetCannotBeDeleted", message)


def subnet_range(azure: Azure, subnet_id: str) -> IPv4Network:
    """Return the range of a pool's subnet.

    Raises:
        ArmError: there is no such subnet.
    """
    try:
        found = azure.store.get(parse(subnet_id))
    except ArmError:
        found = None
    if found is None or found["type"] != SUBNET_TYPE:
        # Words ours.
        raise bad_request("InvalidParameter", f"The subnet '{subnet_id}' does not exist.", "vnetSubnetID")
    return IPv4Network(found["properties"]["addressPrefix"])


def check_capacity(subnet: IPv4Network, name: str, pools: dict[str, dict[str, Any]], azure_cni: bool) -> None:
    """Refuse pools whose addresses the subnet does not have.

    Seen: https://github.com/Azure/AKS/issues/3653 (2023-05). A surge node does not count here.

    Raises:
        ArmError: there are too few.
    """
    wanted = sum(
        int(pool["count"]) * (1 + (int(pool["maxPods"]) if azure_cni else 0)) for pool in pools.values()
    )
    free = subnet.num_addresses - AZURE_KEEPS
    if wanted > free:
        message = (
            f"Pre-allocated IPs {wanted} exceeds IPs available {free} in Subnet Cidr {subnet}, Subnet Name {name}."
            " http://aka.ms/aks/insufficientsubnetsize"
        )
        raise bad_request("InsufficientSubnetSize", message, "agentPoolProfile.count")


def _check_inside(name: str, wanted: IPv4Network, vnet: str, space: list[IPv4Network]) -> None:
    if not any(wanted.subnet_of(item) for item in space):
        # https://github.com/MicrosoftDocs/azure-docs/pull/123869 (2024-07)
        message = (
            f"Subnet '{name}' is not valid because its IP address range is outside the IP address range of virtual"
            f" network '{vnet}'."
        )
        raise bad_request("NetcfgSubnetRangeOutsideVnet", message)


def _range(text: str) -> IPv4Network:
    try:
        return IPv4Network(text if "/" in str(text) else "")
    except ValueError:
        # Words ours.
        raise bad_request("InvalidAddressPrefixFormat", f"Address prefix {text} is not valid.") from None


def _only(asked: dict[str, Any], known: frozenset[str], what: str) -> None:
    for name in asked:
        if name not in known:
            raise not_simulated(f"the {what} has '{name}'", "leave it out")
