"""A cluster that the state knows and that is gone, or does not let anybody in."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.errors import CannotLookError
from doctor.finding import Finding
from doctor.patient import Patient
from labs import names

_CLUSTER = "azure-native:containerservice:ManagedCluster"


def look(patient: Patient) -> Iterator[Finding]:
    """Yield why nothing in the cluster can be read or deleted, if so."""
    stack = patient.settings.stack
    inside = [r for r in patient.state.resources if str(r["type"]).startswith("kubernetes:")]
    if patient.on_azure:
        if patient.state.has(_CLUSTER) and not patient.cluster_is_there:
            name = names.cluster_name(patient.settings)
            yield Finding(
                f"cluster {name} is in the state but not in Azure; `destroy` works, a new `up` needs the state to know",
                (f"PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh --yes --stack {stack}",),
            )
        return
    if not inside:
        return
    try:
        _ = patient.api
    except CannotLookError as error:
        yield Finding(
            f"{len(inside)} objects are in the state and cannot be seen: {error}; if the credentials have expired put "
            f"new ones into {patient.settings.kubeconfig} and run the first command, if the cluster is gone for good "
            "the other two",
            (
                f"pulumi destroy --yes --run-program --stack {stack}",
                f"PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh --yes --stack {stack}",
                f"pulumi destroy --yes --stack {stack}",
            ),
        )
