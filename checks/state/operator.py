"""The Tigera operator is up: what it installed keeps being looked after."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, same
from checks.state import scope

_PATH = paths.workload("tigera-operator", "deployments", "tigera-operator")


def _run(lab: Lab) -> list[Row]:
    found = lab.api.get(_PATH) or {}
    by_hand = f"{lab.kubectl} -n tigera-operator get deployment tigera-operator"
    return [
        same(
            "Deployment tigera-operator: ready",
            max(1, found.get("spec", {}).get("replicas", 1)),
            found.get("status", {}).get("readyReplicas", 0),
            by_hand,
        )
    ]


CHECK = Check(
    name="operator",
    proves="the Tigera operator runs",
    course="helm install calico projectcalico/tigera-operator",
    needs="read deployments of tigera-operator",
    run=_run,
    applies=scope.own_operator,
)
