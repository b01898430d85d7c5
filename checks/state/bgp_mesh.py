"""The full mesh is there, or, with route reflectors, it is off and the peering is there."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, same
from checks.state import scope
from labs.bgp import REFLECTOR_LABEL, reflectors, render_peering


def _run(lab: Lab) -> list[Row]:
    chosen = sorted(reflectors(lab.settings))
    folder, group = paths.calico(lab.settings), str(lab.settings.calico_api_group).partition("/")[0]
    configuration = lab.api.get(f"{folder}/bgpconfigurations/default") or {}
    peering = render_peering(lab.settings)["metadata"]["name"]
    labelled = [
        n["metadata"]["name"] for n in lab.nodes() if REFLECTOR_LABEL in (n["metadata"].get("labels") or {})
    ]
    return [
        same(
            "full mesh of nodes",
            not chosen,
            (configuration.get("spec") or {}).get("nodeToNodeMeshEnabled", True),
            f"{lab.kubectl} get bgpconfigurations.{group} default -o yaml",
        ),
        same(
            "nodes that reflect routes",
            ", ".join(chosen) or "none",
            ", ".join(sorted(labelled)) or "none",
            f"{lab.kubectl} get nodes -l {REFLECTOR_LABEL}",
        ),
        same(
            f"BGPPeer {peering}",
            "there" if chosen else "not there",
            "there" if lab.api.get(f"{folder}/bgppeers/{peering}") else "not there",
            f"{lab.kubectl} get bgppeers.{group}",
        ),
    ]


CHECK = Check(
    name="bgp-mesh",
    proves="nodes peer with each other, or with the stack's route reflectors alone",
    course="route reflectors instead of the full mesh",
    needs="read nodes, bgpconfigurations and bgppeers",
    run=_run,
    applies=scope.bgp_on_existing,
)
