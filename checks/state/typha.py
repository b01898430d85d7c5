"""Typha has as many copies as the operator's own rule gives for the number of nodes."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, same
from checks.state import scope
from labs.typha import replicas

_PATH = paths.workload(paths.CALICO_SYSTEM, "deployments", "calico-typha")


def _run(lab: Lab) -> list[Row]:
    found = lab.api.get(_PATH) or {}
    by_hand = f"{lab.kubectl} -n {paths.CALICO_SYSTEM} get deployment calico-typha"
    wanted = replicas(len(lab.nodes()))
    return [
        same("Deployment calico-typha: replicas", wanted, found.get("spec", {}).get("replicas"), by_hand),
        same(
            "Deployment calico-typha: ready", wanted, found.get("status", {}).get("readyReplicas", 0), by_hand
        ),
    ]


CHECK = Check(
    name="typha",
    proves="typha has 1 copy for 1 or 2 nodes, 2 for 3 or 4, and 3 from 5 on",
    course="dynamic scaling: typha grows with the nodes",
    needs="read nodes and deployments of calico-system",
    run=_run,
    applies=scope.any_operator,
)
