"""Status reports and route reflectors: the mesh ends last and comes back first."""

from __future__ import annotations

from components.calico_bgp import CalicoBgp, CalicoBgpArgs
from labs.bgp import render_no_mesh, render_node_status, render_peering, render_reflector
from tests.components.conftest import resolved, run
from tests.components.recorder import Recorder
from tests.labs.cases import NKE


def baseline(*reflectors: str) -> CalicoBgpArgs:
    return {
        "node_statuses": [render_node_status(node, NKE) for node in ("a", "b")],
        "reflectors": [render_reflector(node) for node in reflectors],
        "peering": render_peering(NKE),
        "no_mesh": render_no_mesh(NKE),
        "wait_minutes": 3,
    }


def test_each_node_is_asked_for_its_status(recorder: Recorder) -> None:
    component = run(lambda: CalicoBgp("bgp", baseline()))
    asked = recorder.all(":CalicoNodeStatus")
    assert [(r.name, r.inputs["spec"]["node"]) for r in asked] == [
        ("bgp-a-status", "a"),
        ("bgp-b-status", "b"),
    ]
    assert {r.timeouts for r in asked} == {("3m", "3m", "3m")}
    assert resolved({"nodes": component.reported_nodes}) == {"nodes": (["a", "b"], False)}


def test_without_reflectors_the_mesh_is_left_alone(recorder: Recorder) -> None:
    run(lambda: CalicoBgp("bgp", baseline()))
    assert [r.type for r in recorder.registrations if r.custom] == [
        "kubernetes:projectcalico.org/v3:CalicoNodeStatus"
    ] * 2


def test_the_mesh_ends_after_the_peering_and_that_after_the_reflectors(recorder: Recorder) -> None:
    run(lambda: CalicoBgp("bgp", baseline("a", "b")))
    reflectors = {r.urn for r in recorder.all(":NodePatch")}
    peering = recorder.one(":BGPPeer")
    assert len(reflectors) == 2
    assert reflectors <= set(peering.dependencies)
    assert peering.urn in recorder.one(":BGPConfiguration").dependencies


def test_nodes_are_patched_and_the_configuration_is_owned(recorder: Recorder) -> None:
    """A patch that holds the required spec cannot be deleted, and the mesh would stay off."""
    run(lambda: CalicoBgp("bgp", baseline("a")))
    assert recorder.all(":BGPConfigurationPatch") == []
    assert recorder.all(":Node") == []
