"""Reports of node status are asked for, one a node."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.compare import differences
from checks.lab import Lab
from checks.result import Row, holds
from checks.state import scope
from labs.bgp import render_node_status
from labs.node_names import names_in


def reported_nodes(lab: Lab) -> list[str]:
    """Return the nodes that report: those of the stack, or every Linux node."""
    return names_in(lab.settings.node_names) or sorted(
        node["metadata"]["name"] for node in lab.nodes("linux")
    )


def _run(lab: Lab) -> list[Row]:
    rows = []
    for node in reported_nodes(lab):
        wanted = render_node_status(node, lab.settings)
        name = wanted["metadata"]["name"]
        found = lab.api.get(f"{paths.calico(lab.settings)}/caliconodestatuses/{name}")
        different = differences(wanted["spec"], (found or {}).get("spec"))
        actual = "not there" if found is None else "; ".join(f"{d[0]} is {d[2]}" for d in different) or "so"
        group = str(lab.settings.calico_api_group).partition("/")[0]
        by_hand = f"{lab.kubectl} get caliconodestatuses.{group} {name} -o yaml"
        rows.append(
            holds(f"CalicoNodeStatus {name}", "as rendered from the settings", actual, not different, by_hand)
        )
    return rows


CHECK = Check(
    name="node-status-requests",
    proves="every node is asked for reports on its agents, BGP peers and routes",
    course="kubectl apply -f caliconodestatus.yaml",
    needs="read nodes and caliconodestatuses",
    run=_run,
    applies=scope.bgp_on_existing,
)
