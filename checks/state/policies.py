"""Each policy file is an object of the cluster, rule by rule; one check a file, named after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from checks import paths
from checks.check import Check
from checks.compare import differences, unexpected_rules
from checks.lab import Lab
from checks.result import Row, holds
from labs.manifests import Manifest

_AS_FILE = "as in the file"
NOT_THERE = "not there"


def rows_of(lab: Lab, policy: Manifest) -> list[Row]:
    """Compare one policy with its object."""
    found = lab.api.get(paths.of(policy))
    by_hand = f"{lab.kubectl} get {paths.resource(policy)} -o yaml"
    place = f" in {policy.namespace}" if policy.namespace else ""
    what = f"{policy.kind} {policy.name}{place}"
    if found is None:
        return [holds(what, _AS_FILE, NOT_THERE, False, by_hand)]
    different = [
        *differences({"spec": policy.body["spec"]}, found),
        *unexpected_rules(policy.body["spec"], found.get("spec") or {}),
    ]
    if not different:
        return [holds(what, _AS_FILE, _AS_FILE, True, by_hand)]
    return [
        Row(f"{what}: {path}", expected, actual, False, reproduce=by_hand)
        for path, expected, actual in different
    ]


def names(lab: Lab) -> Sequence[str]:
    """Return the name of each policy's check: its file's, and its own where a file holds several."""
    stems = Counter(policy.path.stem for policy in lab.policies)
    return [
        f"policy/{policy.path.stem}" + (f"/{policy.name}" if stems[policy.path.stem] > 1 else "")
        for policy in lab.policies
    ]


def checks(lab: Lab) -> Sequence[Check]:
    """Return one check for each object of the stack's policy files."""
    return [
        Check(
            name=name,
            proves=f"the cluster has what policies/{policy.path.parent.name}/{policy.path.name} says, rule by rule",
            course="kubectl apply of the network policies",
            needs="read networkpolicies and globalnetworkpolicies",
            run=lambda lab, policy=policy: rows_of(lab, policy),  # type: ignore[misc]
        )
        for name, policy in zip(names(lab), lab.policies, strict=True)
    ]
