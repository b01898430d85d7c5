"""No policy decides about the application that no file of the stack holds.

Policies that a stack's settings leave out must be gone, and so must what somebody tried by hand: `up` would not show
either of them.
"""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds
from labs.enums import CalicoManagement

_KUBERNETES = "networking.k8s.io/v1"
_CLUSTER_WIDE = "policy.networking.k8s.io/v1alpha2"
"""Has Deny and Pass; Calico obeys it since v3.32, whose CRD serves this version alone."""


def _run(lab: Lab) -> list[Row]:
    known = {(policy.api_version, policy.kind, policy.namespace, policy.name) for policy in lab.policies}
    calico = lab.settings.calico_management is CalicoManagement.OPERATOR
    rows = []
    for namespace in lab.namespaces:
        versions = [_KUBERNETES, *([str(lab.settings.calico_api_group)] if calico else [])]
        for version in versions:
            found = lab.api.list(paths.collection(version, "NetworkPolicy", namespace))
            what = f"NetworkPolicy of {version} in {namespace}"
            rows.append(_row(lab, known, version, what, namespace, found))
    if calico:
        version = str(lab.settings.calico_api_group)
        found = lab.api.list(paths.collection(version, "GlobalNetworkPolicy"))
        rows.append(_row(lab, known, version, "GlobalNetworkPolicy", None, found))
    found = lab.api.list(f"/apis/{_CLUSTER_WIDE}/clusternetworkpolicies")
    rows.append(_row(lab, known, _CLUSTER_WIDE, "ClusterNetworkPolicy", None, found))
    return rows


def _row(
    lab: Lab,
    known: set[tuple[str, str, str | None, str]],
    version: str,
    what: str,
    namespace: str | None,
    found: list[dict[str, object]],
) -> Row:
    kind = what.partition(" ")[0]
    names = [str(item["metadata"]["name"]) for item in found]  # type: ignore[index]
    # Objects written straight to Calico's storage carry their tier in front of the name.
    extra = sorted(
        name
        for name in names
        if not {(version, kind, namespace, n) for n in (name, name.removeprefix("default."))} & known
    )
    place = f"-n {namespace}" if namespace else ""
    resources = "networkpolicies,globalnetworkpolicies.projectcalico.org"
    if version == _CLUSTER_WIDE:
        resources = "clusternetworkpolicies.policy.networking.k8s.io"
    by_hand = f"{lab.kubectl} get {resources} {place}".rstrip()
    return holds(f"{what}: not of this stack", "none", ", ".join(extra) or "none", not extra, by_hand)


CHECK = Check(
    name="policies-alone",
    proves="nothing but the stack's policy files decides about the application",
    course="deleting the policies of a step before the next",
    needs="read networkpolicies, globalnetworkpolicies and clusternetworkpolicies",
    run=_run,
    applies=lambda lab: bool(lab.namespaces),
)
