"""calico-node found the address that Kubernetes has for the node.

Only where Calico is the network: as policy engine it writes no address of its own (node/pkg/lifecycle/startup,
`configureAndCheckIPAddressSubnets`, v3.28.5; seen on real nodes with plugin `azure`).
"""

from __future__ import annotations

from checks.check import Check
from checks.lab import Lab, simulated
from checks.result import Findings, Skip, same
from checks.state import scope

_ANNOTATION = "projectcalico.org/IPv4Address"


def _run(lab: Lab) -> Findings:
    nodes = lab.nodes("linux")
    if what := simulated(nodes):
        return Skip(f"calico-node detects addresses on real nodes only; {what}")
    by_hand = f"{lab.kubectl} get nodes -o yaml"
    return [
        same(
            f"node {node['metadata']['name']}: {_ANNOTATION}",
            next((a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP"), "none"),
            (node["metadata"].get("annotations") or {}).get(_ANNOTATION, "none").partition("/")[0],
            by_hand,
        )
        for node in nodes
    ]


CHECK = Check(
    name="node-addresses",
    proves="the address that calico-node detected is the node's InternalIP",
    course="calicoctl get nodes -o wide",
    needs="read nodes; real nodes",
    run=_run,
    applies=scope.calico_addresses,
)
