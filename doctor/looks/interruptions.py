"""Operations that a killed run has begun: what they made may be there, and the state does not know."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from checks.errors import ApiError
from doctor.azure import AKS_VERSION, BUSY, GROUP_VERSION, NETWORK_VERSION, ROLE_VERSION, state_of
from doctor.commands import import_command
from doctor.errors import CannotLookError
from doctor.finding import Finding
from doctor.kinds import full_name, path_of
from doctor.patient import Patient
from doctor.stack_state import unversioned

Resource = Mapping[str, Any]
_CLUSTER_PATH = (
    "/resourceGroups/{resourceGroupName}/providers/Microsoft.ContainerService/managedClusters/{resourceName}"
)
_NET_PATH = (
    "/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}"
)
_AZURE = {
    "azure-native:resources:ResourceGroup": ("/resourceGroups/{resourceGroupName}", GROUP_VERSION),
    "azure-native:containerservice:ManagedCluster": (_CLUSTER_PATH, AKS_VERSION),
    "azure-native:containerservice:AgentPool": (f"{_CLUSTER_PATH}/agentPools/{{agentPoolName}}", AKS_VERSION),
    "azure-native:network:VirtualNetwork": (_NET_PATH, NETWORK_VERSION),
    "azure-native:network:Subnet": (f"{_NET_PATH}/subnets/{{subnetName}}", NETWORK_VERSION),
    "azure-native:authorization:RoleAssignment": (
        "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
        ROLE_VERSION,
    ),
}
"""Type -> where its resources are, and the API version to ask with."""
_RELEASE = "kubernetes:helm.sh/v3:Release"
_UNFINISHED = frozenset({"pending-install", "pending-upgrade", "pending-rollback"})
"""Statuses in which Helm says "another operation is in progress" for ever (helm.sh/helm, pkg/action)."""


def look(patient: Patient) -> Iterator[Finding]:
    """Yield one finding for each resource that is there and not in the state, and one for the state itself."""
    if not patient.state.pending:
        return
    names = ", ".join(f"{_name(resource)} ({doing})" for doing, resource in patient.state.pending)
    for doing, resource in patient.state.pending:
        if resource["type"] == _RELEASE and patient.cluster_is_there:
            yield from _release(patient, doing, resource)
        elif doing == "creating":
            yield from _created(patient, resource)
    yield Finding(
        f"the last run was killed during {len(patient.state.pending)} operation(s): {names}; after what is above, "
        "this brings the state up to date",
        (f"pulumi refresh --yes --clear-pending-creates --stack {patient.settings.stack}",),
    )


def _created(patient: Patient, resource: Resource) -> Iterator[Finding]:
    type, name = unversioned(str(resource["type"])), _name(resource)
    if type in _AZURE:
        template, version = _AZURE[type]
        prefix = "" if template.startswith("{scope}") else patient.azure.subscription
        found = patient.azure.get(prefix + template.format_map(_plain(resource["inputs"])), version)
        if found is None:
            return
        if state_of(found) in BUSY:
            yield Finding(f"{name} is still being made by Azure ({state_of(found)}); wait, then ask again")
        else:
            delete = patient.delete_resource.format(id=shlex.quote(found["id"]))
            yield _made(patient, resource, found["id"], (delete,))
    elif type.startswith("kubernetes:") and not type.endswith("Patch") and patient.cluster_is_there:
        # A Patch is applied again without harm.
        path = _path(patient, resource)
        if path is not None:
            metadata = resource["inputs"]["metadata"]
            namespace, name = metadata.get("namespace"), metadata["name"]
            delete = f"delete {full_name(path, path.split('/')[-2])} {name}"
            id = name
            if namespace:
                delete, id = f"-n {namespace} {delete}", f"{namespace}/{name}"
            yield _made(patient, resource, id, patient.kubectl(delete))


def _release(patient: Patient, doing: str, resource: Resource) -> Iterator[Finding]:
    """A Helm release that was being installed or upgraded: its unfinished record blocks Helm, its objects do not."""
    namespace, name = resource["inputs"]["namespace"], resource["inputs"]["name"]
    secrets = patient.api.list(
        f"/api/v1/namespaces/{namespace}/secrets", labelSelector=f"owner=helm,name={name}"
    )
    statuses = {str(secret["metadata"]["labels"].get("status")) for secret in secrets}
    if doing == "creating" and "deployed" in statuses:
        yield _to_import(patient, resource, f"{namespace}/{name}")
    elif blocking := sorted(statuses & (_UNFINISHED | ({"failed"} if doing == "creating" else set()))):
        selector = f"owner=helm,name={name},status in ({','.join(blocking)})"
        yield Finding(
            f"Helm release {name} was half installed, and Helm refuses to touch it; without its record the next `up` "
            "does it anew, over what is there",
            patient.kubectl(f"-n {namespace} delete secret --selector '{selector}'"),
        )


def _path(patient: Patient, resource: Resource) -> str | None:
    """Return where a Kubernetes object is, or None if it is not there."""
    inputs = resource["inputs"]
    metadata = inputs["metadata"]
    namespace, name = str(metadata.get("namespace") or ""), str(metadata["name"])
    try:
        path = path_of(patient.api, inputs["apiVersion"], inputs["kind"], namespace, name)
        return None if path is None or patient.api.get(path) is None else path
    except ApiError as error:
        raise CannotLookError(str(error)) from error


def _made(patient: Patient, resource: Resource, id: str, delete: tuple[str, ...]) -> Finding:
    """A resource that is there and not in the state; one that took the place of another cannot be imported."""
    if patient.state.has_lost(str(resource["urn"])):
        return Finding(
            f"{_name(resource)} was deleted to be replaced, and its successor was made, but the state does not know: "
            "`up` would refuse to make it again; deleted, the next `up` makes it",
            delete,
        )
    return _to_import(patient, resource, id)


def _to_import(patient: Patient, resource: Resource, id: str) -> Finding:
    return Finding(
        f"{_name(resource)} was made, but the state does not know: `up` would refuse to make it again, `destroy` would "
        "leave it",
        (import_command(patient, resource, id),),
    )


def _name(resource: Resource) -> str:
    return str(resource["urn"]).rpartition("::")[2]


def _plain(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {key: value for key, value in inputs.items() if isinstance(value, str)}
