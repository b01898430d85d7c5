"""Every node reports its BGP peers established, those of the mesh or of the reflectors, and routes to others' pods."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from checks import paths
from checks.api import Body
from checks.check import Check
from checks.lab import Lab, simulated
from checks.result import Findings, Row, Skip, holds, same
from checks.state import scope
from checks.state.node_status_requests import reported_nodes
from labs.bgp import reflectors

_LEARNED = ("NodeMesh", "BGPPeer")


def _peers(lab: Lab, node: str) -> int:
    """Return how many peers a node has: every other one, or the reflectors."""
    others = [n["metadata"]["name"] for n in lab.nodes("linux") if n["metadata"]["name"] != node]
    chosen = reflectors(lab.settings)
    if not chosen or node in chosen:
        return len(others)
    return len([other for other in others if other in chosen])


def _pods_elsewhere(lab: Lab, node: str) -> dict[str, str]:
    """Return address -> node of every pod of another Linux node that has an address of its own."""
    others = {n["metadata"]["name"] for n in lab.nodes("linux")} - {node}
    return {
        str(pod["status"]["podIP"]): str(pod["spec"]["nodeName"])
        for pod in lab.api.list("/api/v1/pods")
        if pod["spec"].get("nodeName") in others
        and not pod["spec"].get("hostNetwork")
        and pod["status"].get("podIP")
        and pod["status"].get("phase") == "Running"
    }


def _not_reached(lab: Lab, node: str, routes: Sequence[Body]) -> list[str]:
    """Return the pods of other nodes to which no route of the kernel leads by way of their node's address.

    Asked by pod and not by node: a node whose pods are all in its own network has no block, and nobody a route to it.
    """
    addresses = {
        n["metadata"]["name"]: next(
            (a["address"] for a in n["status"]["addresses"] if a["type"] == "InternalIP"), ""
        )
        for n in lab.nodes("linux")
    }
    learned = [
        (ip_network(str(route["destination"])), route.get("gateway"))
        for route in routes
        if route.get("type") == "FIB" and (route.get("learnedFrom") or {}).get("sourceType") in _LEARNED
    ]
    return [
        f"{address} on {owner}"
        for address, owner in sorted(_pods_elsewhere(lab, node).items())
        if not any(ip_address(address) in block and way == addresses[owner] for block, way in learned)
    ]


def _rows(lab: Lab, node: str, status: Body) -> list[Row]:
    group = str(lab.settings.calico_api_group).partition("/")[0]
    by_hand = f"{lab.kubectl} get caliconodestatuses.{group} {node}-status -o yaml"
    bgp, routes = status.get("bgp") or {}, status.get("routes") or {}
    peers = _peers(lab, node)
    kinds = sorted({str(peer.get("type")) for peer in bgp.get("peersV4") or []})
    wanted = "NodePeer" if reflectors(lab.settings) else "NodeMesh"
    missed = _not_reached(lab, node, routes.get("routesV4") or [])
    return [
        same(f"node {node}: established peers", peers, bgp.get("numberEstablishedV4", 0), by_hand),
        same(f"node {node}: other peers", 0, bgp.get("numberNotEstablishedV4", 0), by_hand),
        same(f"node {node}: type of peers", wanted if peers else "none", ", ".join(kinds) or "none", by_hand),
        holds(
            f"node {node}: pods of other nodes without a route that was learned",
            "none",
            ", ".join(missed) or "none",
            not missed,
            by_hand,
        ),
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
    proves="all BGP peers are established, of the expected type, and learned routes lead to all pods of other nodes",
    course="kubectl get caliconodestatus -o yaml",
    needs="read nodes, pods and caliconodestatuses; real nodes",
    run=_run,
    applies=scope.bgp_on_existing,
)
