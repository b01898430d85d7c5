"""The BGP objects of the NKE lab, whole."""

from __future__ import annotations

from dataclasses import replace

from labs.bgp import reflectors, render_no_mesh, render_node_status, render_peering, render_reflector
from labs.enums import CalicoApiGroup
from tests.labs.cases import NKE


def test_a_node_is_asked_for_everything_that_the_course_looks_at() -> None:
    assert render_node_status("worker-0", NKE) == {
        "apiVersion": "projectcalico.org/v3",
        "kind": "CalicoNodeStatus",
        "metadata": {"name": "worker-0-status"},
        "spec": {"node": "worker-0", "classes": ["Agent", "BGP", "Routes"], "updatePeriodSeconds": 10},
    }


def test_where_there_is_no_api_server_the_objects_go_into_calicos_own_group() -> None:
    old = replace(NKE, calico_api_group=CalicoApiGroup.V1, node_status_seconds=0)
    bodies = [render_node_status("a", old), render_peering(old), render_no_mesh(old)]
    assert {body["apiVersion"] for body in bodies} == {"crd.projectcalico.org/v1"}
    assert bodies[0]["spec"]["updatePeriodSeconds"] == 0


def test_reflectors_are_the_named_nodes() -> None:
    assert list(reflectors(NKE)) == []
    assert list(reflectors(replace(NKE, route_reflectors="a, b"))) == ["a", "b"]


def test_a_reflector_is_a_node_with_a_label_that_the_peering_selects() -> None:
    node = render_reflector("a")
    assert node["metadata"] == {
        "name": "a",
        "labels": {"route-reflector": "true"},
        "annotations": {"projectcalico.org/RouteReflectorClusterID": "244.0.0.1"},
    }
    assert render_peering(NKE)["spec"] == {
        "nodeSelector": "all()",
        "peerSelector": "route-reflector == 'true'",
    }


def test_the_full_mesh_is_ended_by_one_field_of_the_default_configuration() -> None:
    assert render_no_mesh(NKE) == {
        "apiVersion": "projectcalico.org/v3",
        "kind": "BGPConfiguration",
        "metadata": {"name": "default"},
        "spec": {"nodeToNodeMeshEnabled": False},
    }
