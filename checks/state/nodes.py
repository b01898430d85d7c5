"""Every node is Ready and none is missing. Course: "kubectl get nodes", NotReady before Calico, Ready after."""

from __future__ import annotations

from checks.check import Check
from checks.lab import Lab, condition
from checks.result import Row, same
from labs.enums import ClusterKind


def _run(lab: Lab) -> list[Row]:
    by_hand = f"{lab.kubectl} get nodes"
    found = lab.nodes()
    rows = [
        same(
            f"node {node['metadata']['name']}: Ready", "True", condition(node, "Ready").get("status"), by_hand
        )
        for node in found
    ]
    if lab.settings.cluster is ClusterKind.AKS:
        wanted = lab.settings.node_count + lab.settings.windows_node_count
        rows.append(same("number of nodes", wanted, len(found), by_hand))
    return rows


CHECK = Check(
    name="nodes",
    proves="every node that the stack asks for is there and Ready",
    course="nodes are NotReady without a CNI and Ready once Calico is installed",
    needs="read nodes",
    run=_run,
)
