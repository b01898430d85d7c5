"""Resource groups: made and deleted by the user, or by AKS for the nodes of a cluster.

Owns `Microsoft.Resources/resourceGroups`. Deleting a group deletes what is in it, clusters included.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from sandbox.arm.catalog import REGIONS, normal_region
from sandbox.arm.errors import bad_request, conflict, not_simulated
from sandbox.arm.ids import RESOURCE_GROUP, ResourceId, parse
from sandbox.arm.operations import Pace
from sandbox.arm.provider import Azure, Request, Response, no_such_action
from sandbox.arm.store import Resource

# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
GROUP_VERSION = "2024-03-01"
_NAME = re.compile(r"[\w().-]{0,89}[\w()-]")


class ResourceGroups:
    """The resource type."""

    type = RESOURCE_GROUP
    # The SDK's; 2020-10-01 is what azure-native looks up a group's location with.
    api_versions = (GROUP_VERSION, "2020-10-01")

    def __init__(self, azure: Azure, delete_inside: Callable[[ResourceId], None]) -> None:
        self._azure = azure
        self._delete_inside = delete_inside
        """Deletes one managed cluster, whatever goes on with it."""

    def put(self, request: Request) -> Response:
        id = request.id
        existing = self._azure.store.get(id)
        if existing is not None:
            self._azure.group(id)
        elif not _NAME.fullmatch(id.group):
            # The code of Resource Manager; the words are ours.
            message = (
                f"The provided resource group name '{id.group}' has these invalid characters or ends with a"
                " period, or it is longer than 90 characters."
            )
            raise bad_request("InvalidResourceGroup", message)
        location = _location(request.body)
        if existing is not None and existing["location"] != location:
            message = (
                f"Invalid resource group location '{location}'. The Resource group already exists in location"
                f" '{existing['location']}'."
            )
            raise conflict("InvalidResourceGroupLocation", message)
        group = new_group(existing["name"] if existing else id.group, id, location)
        for name in ("tags", "managedBy"):
            if request.body.get(name):
                group[name] = request.body[name]
        self._azure.pace.take(Pace.GROUP)
        self._azure.store.put(id, group)
        return Response(HTTPStatus.OK if existing else HTTPStatus.CREATED, group)

    def get(self, request: Request) -> Response:
        return Response(HTTPStatus.OK, self._azure.found(request.id))

    def delete(self, request: Request) -> Response:
        id = request.id
        group = self._azure.group(id)
        if group.get("managedBy") and self._azure.store.get(parse(group["managedBy"])) is not None:
            raise not_simulated(
                f"resource group '{group['name']}' belongs to {group['managedBy']} and losing it would break"
                " that",
                "delete the cluster instead",
            )
        self._delete(id, group)
        return Response(HTTPStatus.OK)

    def resume(self) -> None:
        """Finish deleting what was being deleted when the stand-in ended: every request for it is refused."""
        for group in self._azure.store.of_type(self.type):
            if group["properties"]["provisioningState"] == "Deleting":
                self._delete(parse(group["id"]), group)

    def _delete(self, id: ResourceId, group: Resource) -> None:
        group["properties"]["provisioningState"] = "Deleting"
        self._azure.store.put(id, group)
        try:
            self._delete_all(id)
        except BaseException:
            group["properties"]["provisioningState"] = "Succeeded"
            self._azure.store.put(id, group)
            raise
        self._azure.pace.take(Pace.GROUP)
        self._azure.store.delete(id)

    def post(self, request: Request) -> Response:
        raise no_such_action(request)

    def _delete_all(self, id: ResourceId) -> None:
        clusters = [
            parse(item["id"])
            for item in self._azure.store.below(id, "Microsoft.ContainerService/managedClusters")
        ]
        if clusters:
            with ThreadPoolExecutor(max_workers=len(clusters)) as pool:
                list(pool.map(self._delete_inside, clusters))


def _location(body: Any) -> str:
    location = normal_region(str(body.get("location") or ""))
    if not location:
        # Resource Manager's words for a PUT without location; not looked up anew.
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    if location not in REGIONS:
        message = (
            f"The provided location '{location}' is not available for resource group. List of available"
            f" regions is '{','.join(REGIONS)}'."
        )
        raise bad_request("LocationNotAvailableForResourceGroup", message)
    return location


def new_group(name: str, id: ResourceId, location: str) -> Resource:
    """Return a resource group as Azure answers it."""
    return {
        "id": str(ResourceId(id.subscription, name)),
        "name": name,
        "type": RESOURCE_GROUP,
        "location": location,
        "properties": {"provisioningState": "Succeeded"},
    }
