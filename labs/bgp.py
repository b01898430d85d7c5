"""The bodies of the BGP part of the NKE lab: a node's status, and route reflectors instead of the full mesh.

Calico's default is a full mesh: every node peers with every other one. With reflectors all nodes peer with those
alone. The mesh is switched off last, when the other peerings are there, or routes would be lost in between.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from labs.errors import Violation, shown
from labs.node_names import names_in
from labs.rules.wording import refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings

REFLECTOR_LABEL = "route-reflector"
"""Label of the nodes that reflect routes."""

_CLUSTER_ID = "244.0.0.1"
"""Identifies the reflectors to each other; any unused IPv4 address does (Calico docs, configuring/bgp)."""


def render_node_status(node: str, settings: LabSettings) -> dict[str, Any]:
    """Return the request for one node's reports; calico-node on that node answers in its status."""
    return {
        "apiVersion": str(settings.calico_api_group),
        "kind": "CalicoNodeStatus",
        "metadata": {"name": f"{node}-status"},
        "spec": {
            "node": node,
            "classes": ["Agent", "BGP", "Routes"],
            "updatePeriodSeconds": settings.node_status_seconds,
        },
    }


def reflectors(settings: LabSettings) -> Sequence[str]:
    """Return the nodes that reflect routes; none: full mesh."""
    return names_in(settings.route_reflectors)


def unknown_reflectors(settings: LabSettings, nodes: Sequence[str]) -> Iterator[Violation]:
    """Yield the reflectors that are none of the cluster's Linux nodes."""
    for name in reflectors(settings):
        if name not in nodes:
            close = difflib.get_close_matches(name, nodes, n=1)
            yield refusal(
                settings,
                "route_reflectors",
                f"the cluster has no Linux node '{shown(name)}'",
                f"did you mean '{close[0]}'" if close else "set it to names that `kubectl get nodes` prints",
                "the patch would make a node of that name, and the full mesh would end",
            )


def render_reflector(node: str) -> dict[str, Any]:
    """Return the patch that makes a node a route reflector."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node,
            "labels": {REFLECTOR_LABEL: "true"},
            "annotations": {"projectcalico.org/RouteReflectorClusterID": _CLUSTER_ID},
        },
    }


def render_peering(settings: LabSettings) -> dict[str, Any]:
    """Return the peering of every node with every reflector."""
    return {
        "apiVersion": str(settings.calico_api_group),
        "kind": "BGPPeer",
        "metadata": {"name": "nodes-with-route-reflectors"},
        "spec": {"nodeSelector": "all()", "peerSelector": f"{REFLECTOR_LABEL} == 'true'"},
    }


def render_no_mesh(settings: LabSettings) -> dict[str, Any]:
    """Return the configuration that ends the full mesh; without it Calico's default holds, which is the mesh."""
    return {
        "apiVersion": str(settings.calico_api_group),
        "kind": "BGPConfiguration",
        "metadata": {"name": "default"},
        "spec": {"nodeToNodeMeshEnabled": False},
    }
