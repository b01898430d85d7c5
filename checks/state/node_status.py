"""Every node reports its BGP peers established, those of the mesh or of the reflectors, and a route to each other."""

from __future__ import annotations

from checks import paths
from checks.api import Body
from checks.check import Check
from checks.lab import Lab, simulated
from checks.result import Findings, Row, Skip, holds, same
from checks.state import scope
from checks.state.node_status_requests import reported_nodes
from labs.bgp import reflectors


def _peers(lab: Lab, node: str) -> int:
    """Return how many peers a node has: every other one, or the reflectors."""
    others = [n["metadata"]["name"] for n in lab.nodes("linux") if n["metadata"]["name"] != node]
    chosen = reflectors(lab.settings)
    if not chosen or node in chosen:
        return len(others)
    return len([other for other in others if other in chosen])


def _rows(lab: Lab, node: str, status: Body) -> list[Row]:
    group = str(lab.settings.calico_api_group).partition("/")[0]
    by_hand = f"{lab.kubectl} get caliconodestatuses.{group} {node}-status -o yaml"
    bgp, routes = status.get("bgp") or {}, status.get("routes") or {}
    kinds = sorted({str(peer.get("type")) for peer in bgp.get("peersV4") or []})
    wanted = "NodePeer" if reflectors(lab.settings) else "NodeMesh"
    sources = [(route.get("learnedFrom") or {}).get("sourceType") for route in routes.get("routesV4") or []]
    learned = sum(source in ("NodeMesh", "BGPPeer") for source in sources)
    others = len(lab.nodes("linux")) - 1
    return [
        same(
            f"node {node}: established peers", _peers(lab, node), bgp.get("numberEstablishedV4", 0), by_hand
        ),
        same(f"node {node}: other peers", 0, bgp.get("numberNotEstablishedV4", 0), by_hand),
        same(
            f"node {node}: type of peers", wanted if others else "none", ", ".join(kinds) or "none", by_hand
        ),
        holds(f"node {node}: learned routes", f"{others} or more", learned, learned >= others, by_hand),
    ]


def _run(lab: Lab) -> Findings:
    nodes = lab.nodes("linux")
    if what := simulated(nodes):
        return Skip(f"BGP is spoken on real nodes only; {what}")
    rows = []
    for node in reported_nodes(lab):
        found = lab.api.get(f"{paths.calico(lab.settings)}/caliconodestatuses/{node}-status") or {}
        rows += _rows(lab, node, found.get("status") or {})
    return rows


CHECK = Check(
    name="node-status",
    proves="all BGP peers are established, of the expected type, and every other node is reached by a learned route",
    course="kubectl get caliconodestatus -o yaml",
    needs="read nodes and caliconodestatuses; real nodes",
    run=_run,
    applies=scope.bgp_on_existing,
)
