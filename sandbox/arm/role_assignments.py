"""Role assignments: somebody may do something within a scope.

Owns `Microsoft.Authorization/roleAssignments`. The stand-in asks nobody for a role: everything else works without
them, and what is checked is that an assignment names a scope, a role and somebody that exist.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from sandbox.arm.errors import bad_request, conflict, not_found
from sandbox.arm.ids import ResourceId, parse
from sandbox.arm.provider import Azure, Request, Response, no_such_action
from sandbox.arm.store import Resource

ROLE_ASSIGNMENT_TYPE = "Microsoft.Authorization/roleAssignments"
_GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_DEFINITION = re.compile(
    rf"/subscriptions/{_GUID}/providers/Microsoft\.Authorization/roleDefinitions/{_GUID}", re.I
)


class RoleAssignments:
    """The resource type."""

    type = ROLE_ASSIGNMENT_TYPE
    api_versions = ("2022-04-01",)

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def put(self, request: Request) -> Response:
        id = request.id
        self._check_scope(id)
        if not re.fullmatch(_GUID, id.name.lower()):
            # Words ours.
            message = (
                f"The role assignment ID '{id.name}' is not valid. The role assignment ID must be a GUID."
            )
            raise bad_request("InvalidRoleAssignmentId", message)
        asked = request.body.get("properties") or {}
        if not _DEFINITION.fullmatch(str(asked.get("roleDefinitionId"))):
            # Words ours.
            message = f"The role definition '{asked.get('roleDefinitionId')}' does not exist."
            raise not_found("RoleDefinitionDoesNotExist", message)
        principals = self._principals()
        if asked.get("principalId") not in principals:
            # Code and first sentence from memory, unverified: look one up in a real answer of Azure.
            message = f"Principal {asked.get('principalId')} does not exist in the directory."
            raise bad_request("PrincipalNotFound", message)
        existing = self._azure.store.get(id)
        if existing and any(
            existing["properties"][key] != asked[key] for key in ("principalId", "roleDefinitionId")
        ):
            # Words ours: a role assignment cannot change, only go.
            message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            raise conflict("RoleAssignmentUpdateNotPermitted", message)
        role: Resource = {
            "id": str(id),
            "name": id.name,
            "type": ROLE_ASSIGNMENT_TYPE,
            "properties": {
                "roleDefinitionId": asked["roleDefinitionId"],
                "principalId": asked["principalId"],
                "principalType": asked.get("principalType", "User"),
                "scope": id.scope,
            },
        }
        self._azure.store.put(id, role)
        return Response(HTTPStatus.OK if existing else HTTPStatus.CREATED, role)

    def get(self, request: Request) -> Response:
        role = self._azure.store.get(request.id)
        if role is None:
            raise not_found(
                "RoleAssignmentNotFound", f"The role assignment '{request.id.name}' is not found."
            )  # words ours
        return Response(HTTPStatus.OK, role)

    def delete(self, request: Request) -> Response:
        self._azure.store.delete(request.id)
        return Response(HTTPStatus.NO_CONTENT)

    def post(self, request: Request) -> Response:
        raise no_such_action(request)

    def _check_scope(self, id: ResourceId) -> None:
        self._azure.found(parse(id.scope) if id.scope else id.group_id)

    def _principals(self) -> set[str]:
        clusters = self._azure.store.of_type("Microsoft.ContainerService/managedClusters")
        return {str(cluster["identity"].get("principalId")) for cluster in clusters} - {"None"}
