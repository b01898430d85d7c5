"""What is being deleted in the cluster and does not go: held by finalizers that nobody takes away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from checks.api import Body
from checks.errors import ApiError
from checks.lab import condition
from doctor.errors import CannotLookError
from doctor.finding import Finding
from doctor.kinds import full_name, held, namespaced_kinds
from doctor.patient import Patient

_OPERATOR = "/apis/operator.tigera.io/v1"
_DEPLOYMENT = "/apis/apps/v1/namespaces/tigera-operator/deployments/tigera-operator"
_PATIENCE = timedelta(minutes=10)
"""How long the operator may take to clear up; it waits for pods on every node."""
_UNDISCOVERED = "NamespaceDeletionDiscoveryFailure"
_NO_FINALIZERS = """--type merge --patch '{"metadata":{"finalizers":null}}'"""


def look(patient: Patient) -> Iterator[Finding]:
    """Yield each object that is held; in a cluster that is not there nothing is."""
    if not patient.cluster_is_there:
        return
    try:
        yield from _operator_objects(patient)
        yield from _namespaces(patient)
    except ApiError as error:
        raise CannotLookError(str(error)) from error


def _operator_objects(patient: Patient) -> Iterator[Finding]:
    """The operator gives up its finalizers when it has taken down what it made, if it runs."""
    for plural in ("installations", "apiservers"):
        for item in held(patient.api, f"{_OPERATOR}/{plural}"):
            metadata = item["metadata"]
            patch = patient.kubectl(f"patch {plural}.operator.tigera.io {metadata['name']} {_NO_FINALIZERS}")
            why, commands = _remedy(patient, metadata["deletionTimestamp"], patch)
            yield Finding(
                f"{item['kind']} {metadata['name']} is being deleted and waits for "
                f"{', '.join(metadata['finalizers'])}, which {why}",
                commands,
            )


def _remedy(patient: Patient, since: str, patch: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return why an object of the operator is held, and what to do; taking its finalizers away comes last."""
    deployment = patient.api.get(_DEPLOYMENT)
    if deployment is None:
        return "only the operator takes away, and it is not there any more", patch
    if not deployment["spec"].get("replicas"):
        scale = "-n tigera-operator scale deployment tigera-operator --replicas 1"
        return "only the operator takes away, and it was scaled to nothing", patient.kubectl(scale)
    waited = patient.now - datetime.fromisoformat(since)
    if waited < _PATIENCE:
        return "the operator takes away once what it made is gone; it is there, so wait some minutes", ()
    return f"the operator has not taken away in {int(waited.total_seconds()) // 60} minutes", patch


def _namespaces(patient: Patient) -> Iterator[Finding]:
    """A namespace goes when everything in it is gone."""
    api = patient.api
    going = [item for item in api.list("/api/v1/namespaces") if item["metadata"].get("deletionTimestamp")]
    if not going:
        return
    kinds, silent = namespaced_kinds(api)
    for namespace in going:
        metadata = namespace["metadata"]
        name = metadata["name"]
        if metadata.get("finalizers"):
            yield Finding(
                f"namespace {name} is being deleted and waits for {', '.join(metadata['finalizers'])}",
                patient.kubectl(f"patch namespace {name} {_NO_FINALIZERS}"),
            )
        for root, plural in kinds:
            for item in held(api, f"{root}/namespaces/{name}/{plural}"):
                one, finalizers = item["metadata"]["name"], ", ".join(item["metadata"]["finalizers"])
                kind = full_name(root, plural)
                yield Finding(
                    f"namespace {name} is being deleted and waits for {plural} {one}, which waits for {finalizers}",
                    patient.kubectl(f"-n {name} patch {kind} {one} {_NO_FINALIZERS}"),
                )
    yield from _silent_apis(patient, going, silent)


def _silent_apis(patient: Patient, going: list[Body], silent: list[str]) -> Iterator[Finding]:
    """Kubernetes deletes no namespace while it cannot ask every API for what is in it."""
    held = [item for item in going if condition(item, _UNDISCOVERED).get("status") == "True"]
    if not held:
        return
    names = ", ".join(item["metadata"]["name"] for item in held)
    for api in silent:
        group, _, version = api.partition("/")
        yield Finding(
            f"namespaces are being deleted ({names}) and wait for the API {api}, whose server does not answer "
            f"({_UNDISCOVERED}); if that server is not to come back, this takes the API away",
            patient.kubectl(f"delete apiservice {version}.{group}"),
        )
