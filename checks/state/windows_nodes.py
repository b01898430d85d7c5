"""The Windows pool is there and Calico is told to look after it."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, same
from checks.state import scope


def _run(lab: Lab) -> list[Row]:
    nodes = lab.nodes("windows")
    rows = [
        same(
            "number of Windows nodes",
            lab.settings.windows_node_count,
            len(nodes),
            f"{lab.kubectl} get nodes -l kubernetes.io/os=windows",
        )
    ]
    if scope.own_operator(lab):
        found = lab.api.get(f"{paths.OPERATOR}/installations/default") or {}
        network = found.get("spec", {}).get("calicoNetwork") or {}
        by_hand = f"{lab.kubectl} get installation default -o yaml"
        rows.append(
            same("Installation default: windowsDataplane", "HNS", network.get("windowsDataplane"), by_hand)
        )
    return rows


CHECK = Check(
    name="windows-nodes",
    proves="the Windows pool has its nodes, and Calico drives their networking service",
    course="az aks nodepool add --os-type Windows",
    needs="read nodes and installations",
    run=_run,
    applies=scope.windows,
)
