"""What is in Azure and costs money: an expired lab, a group that no stack knows, nodes without a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from doctor.azure import BUSY, state_of
from doctor.commands import import_command
from doctor.finding import Finding
from doctor.patient import Patient
from doctor.stack_state import unversioned
from labs import names
from labs.tags import MANAGED_BY

_GROUP = "azure-native:resources:ResourceGroup"
_CLUSTER = "azure-native:containerservice:ManagedCluster"
_COMPONENT = "calico-labs:azure:AksCluster"


def look(patient: Patient) -> Iterator[Finding]:
    """Yield what is found of this stack in Azure; nothing for a lab on a cluster of the user's own."""
    if not patient.on_azure:
        return
    settings, azure = patient.settings, patient.azure
    name = names.resource_group_name(settings)
    cluster_name, nodes_name = names.cluster_name(settings), names.node_resource_group_name(settings)
    group, nodes = azure.group(name), azure.group(nodes_name)
    cluster = azure.cluster(name, cluster_name) if group else None
    if group is not None:
        yield from _group(patient, name, group)
    if cluster is not None:
        yield from _cluster(patient, cluster_name, cluster)
    elif nodes is not None:
        yield Finding(
            f"resource group {nodes_name} holds nodes of a cluster that is not there, and costs money",
            (patient.delete_group.format(name=nodes_name),),
        )


def _group(patient: Patient, name: str, group: dict[str, Any]) -> Iterator[Finding]:
    stack, tags = patient.settings.stack, group.get("tags") or {}
    pending = any(resource["type"] == _GROUP for _, resource in patient.state.pending)
    if not patient.state.has(_GROUP):
        if not pending:  # else the interrupted run is the finding, with a way to keep what it made
            whose = (
                "" if tags.get("managedBy") == MANAGED_BY else ", and not tagged as one of ours: look first"
            )
            yield Finding(
                f"resource group {name} is in Azure but not in the state of stack {stack}{whose}",
                (patient.delete_group.format(name=name),),
            )
        return
    expires = str(tags.get("expires", ""))
    if expires and _moment(expires, patient.now) < patient.now:
        yield Finding(
            f"the lab expired at {expires} and still costs money",
            (f"pulumi destroy --yes --stack {stack}",),
        )


def _cluster(patient: Patient, name: str, cluster: dict[str, Any]) -> Iterator[Finding]:
    state, stack = state_of(cluster), patient.settings.stack
    if state in BUSY:
        yield Finding(
            f"Azure is still at work on cluster {name} ({state}) and refuses other operations; wait, then ask again"
        )
    if not patient.state.has(_CLUSTER):
        yield from _unknown_cluster(patient, name, cluster)
    elif state == "Failed":
        yield Finding(
            f"the last operation on cluster {name} failed; the next `up` asks for it again, `destroy` takes it away",
            (f"pulumi up --yes --refresh --stack {stack}",),
        )


def _unknown_cluster(patient: Patient, name: str, cluster: dict[str, Any]) -> Iterator[Finding]:
    """A cluster whose creation nobody heard of: Azure made it, and every answer was lost."""
    stack = patient.settings.stack
    component = next((r for r in patient.state.resources if r["type"] == _COMPONENT), None)
    if component is None or any(
        unversioned(str(resource["type"])) == _CLUSTER for _, resource in patient.state.pending
    ):
        return  # then the group, or the interrupted run, is the finding
    resource = {"type": _CLUSTER, "urn": f"::{_name_of(component)}-cluster", "parent": component["urn"]}
    yield Finding(
        f"cluster {name} is in Azure but not in the state of stack {stack}: `up` would refuse to make it again; "
        "`destroy` takes it along with its group, this keeps it",
        (import_command(patient, resource, cluster["id"]),),
    )


def _name_of(resource: Mapping[str, Any]) -> str:
    return str(resource["urn"]).rpartition("::")[2]


def _moment(text: str, otherwise: datetime) -> datetime:
    """Read a tag that somebody may have changed by hand."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if found.tzinfo else otherwise
