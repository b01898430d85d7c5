"""What a resource type is to the server: four operations on one resource, over what all types share.

Owns the shapes of a request and an answer, and `Azure`, the things that resource types work with. Does not
own HTTP.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Protocol

from sandbox.arm.errors import ArmError, not_found
from sandbox.arm.ids import ResourceId
from sandbox.arm.operations import Operations, Pace
from sandbox.arm.store import Resource, Store
from sandbox.clusters.spec import ClusterSpec, PoolSpec

_NAMESPACE = uuid.UUID("7c2a3f7e-4d0b-4c3f-9a51-0d6c1f0b9e55")


class ClusterHost(Protocol):
    """What runs clusters: `sandbox.clusters.Clusters`, or a fake in tests. All raise `SandboxError`."""

    def start(self, spec: ClusterSpec) -> None: ...

    def stop(self, id: str) -> None: ...

    def kubeconfig(self, id: str) -> str: ...

    def rotate(self, id: str) -> None: ...

    def set_pool(self, id: str, pool: PoolSpec) -> None: ...

    def remove_pool(self, id: str, name: str) -> None: ...

    def fqdn(self, id: str) -> str: ...


@dataclass(frozen=True)
class Request:
    """One request, after authentication."""

    method: str
    id: ResourceId
    api_version: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """One answer; no body for `204 No Content`."""

    status: HTTPStatus
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Azure:
    """What the resource types share."""

    store: Store
    clusters: ClusterHost
    operations: Operations
    pace: Pace

    def group(self, id: ResourceId) -> Resource:
        """Return the resource group around `id`.

        Raises:
            ArmError: there is none, or it is being deleted.
        """
        group = self.store.get(id.group_id)
        if group is None:
            raise not_found("ResourceGroupNotFound", f"Resource group '{id.group}' could not be found.")
        if group["properties"]["provisioningState"] == "Deleting":
            message = (
                f"The resource group '{group['name']}' is in deprovisioning state and cannot perform this"
                " operation."
            )
            raise ArmError(HTTPStatus.CONFLICT, "ResourceGroupBeingDeleted", message)
        return group

    def canonical(self, id: ResourceId, type: str) -> ResourceId:
        """Return the id in the spelling of `type` and of the group's own name, whatever the request's was."""
        namespace, *types = type.split("/")
        return replace(id, group=self.group(id)["name"], namespace=namespace, types=tuple(types))

    def found(self, id: ResourceId) -> Resource:
        """Return the resource.

        Raises:
            ArmError: it is not there, or its group is not.
        """
        resource = self.store.get(id)
        if resource is not None:
            return resource
        if self.store.get(id.group_id) is None:
            raise not_found("ResourceGroupNotFound", f"Resource group '{id.group}' could not be found.")
        path = "/".join(f"{type}/{name}" for type, name in zip(id.types, id.names, strict=True))
        message = (
            f"The Resource '{id.namespace}/{path}' under resource group '{id.group}' was not found. For more"
            " details please go to https://aka.ms/ARMResourceNotFoundFix"
        )
        raise not_found("ResourceNotFound", message)


class ResourceType(Protocol):
    """One resource type."""

    @property
    def type(self) -> str: ...

    @property
    def api_versions(self) -> tuple[str, ...]: ...

    def put(self, request: Request) -> Response: ...

    def get(self, request: Request) -> Response: ...

    def delete(self, request: Request) -> Response: ...

    def post(self, request: Request) -> Response: ...


def stable_guid(*parts: str) -> str:
    """Return a GUID that depends on nothing but `parts`, for what Azure invents once a resource."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts).lower()))


def new_etag() -> str:
    return str(uuid.uuid4())


def no_such_action(request: Request) -> ArmError:
    message = f"The resource type '{request.id.type}' has no action '{request.id.action}'."
    return not_found("InvalidResourceType", message)
