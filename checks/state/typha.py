"""Typha has as many copies as the operator's own rule gives for the number of nodes."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, same
from checks.state import scope

_PATH = paths.workload(paths.CALICO_SYSTEM, "deployments", "calico-typha")


def replicas(nodes: int) -> int:
    """Return how many copies the operator wants; Windows nodes count.

    Source: tigera/operator pkg/common/autoscale.go:32 at v1.42.4, read 2026-11-22.
    """
    if nodes <= 2:
        return 1
    if nodes <= 4:
        return 2
    return max(3, nodes // 200 + 2)


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
