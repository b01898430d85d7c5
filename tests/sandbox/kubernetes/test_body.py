"""Bodies: cut to the shape of the inputs, in the server's form, with a Secret's data sealed."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.kubernetes import body
from sandbox.plugins.rpc import UNKNOWN, Secret


@pytest.mark.parametrize(
    ("live", "shape", "expected"),
    [
        pytest.param({"a": 1, "b": 2}, {"a": 9}, {"a": 1}, id="other keys go"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"b": 0}}, {"a": {"b": 1}}, id="below maps too"),
        pytest.param({"a": 1}, {"a": 1, "b": 2}, {"a": 1}, id="what the server lost stays lost"),
        pytest.param(
            {"pools": [{"cidr": "x", "blockSize": 26}]},
            {"pools": [{"cidr": "y"}]},
            {"pools": [{"cidr": "x"}]},
            id="elements pair up by position",
        ),
        pytest.param({"a": [1, 2, 3]}, {"a": [1]}, {"a": [1]}, id="added elements go"),
        pytest.param({"a": [1]}, {"a": [1, 2]}, {"a": [1]}, id="removed elements stay removed"),
        pytest.param({"a": ["x"]}, {"a": [{"b": 1}]}, {"a": ["x"]}, id="another type is kept whole"),
        pytest.param({"a": [1]}, {"a": []}, {"a": []}, id="an empty list hides all"),
        pytest.param({"a": 1.0}, {"a": 1}, {"a": 1.0}, id="numbers of either kind"),
        pytest.param({"a": None}, {"a": {"b": 1}}, {"a": None}, id="null"),
    ],
)
def test_live_state_is_cut_to_the_shape_of_the_inputs(live: Any, shape: Any, expected: Any) -> None:
    assert body.pruned(live, shape) == expected


def test_what_only_the_server_writes_is_no_input() -> None:
    written = {
        "uid": "u",
        "resourceVersion": "1",
        "generation": 2,
        "managedFields": [],
        "creationTimestamp": "t",
    }
    inputs = {"kind": "Pod", "metadata": {"name": "a", **written}}
    assert body.normalised(inputs) == {"kind": "Pod", "metadata": {"name": "a"}}
    assert inputs["metadata"]["uid"] == "u"  # type: ignore[index]


@pytest.mark.parametrize(
    ("inputs", "data"),
    [
        pytest.param({"stringData": {"a": "pass"}}, {"a": "cGFzcw=="}, id="plain text is encoded"),
        pytest.param(
            {"data": {"a": "b2xk", "b": "Yg=="}, "stringData": {"a": "new"}},
            {"a": "bmV3", "b": "Yg=="},
            id="plain text wins",
        ),
        pytest.param({"data": {"a": "Y Q=\n="}}, {"a": "YQ=="}, id="spaces go, as on the server"),
        pytest.param({"data": {"a": "%"}}, {"a": "%"}, id="the server refuses this itself"),
    ],
)
def test_a_secret_is_kept_as_the_server_stores_it(inputs: dict[str, Any], data: dict[str, str]) -> None:
    assert body.normalised({"apiVersion": "v1", "kind": "Secret", **inputs}) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "data": data,
    }


def test_a_secret_with_a_value_not_known_yet_is_left_alone() -> None:
    inputs = {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": UNKNOWN}}
    assert body.normalised(inputs) == inputs


def test_a_custom_resource_definition_loses_what_the_server_drops() -> None:
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "spec": {"preserveUnknownFields": False, "group": "g"},
        "status": {"conditions": []},
    }
    assert body.normalised(crd)["spec"] == {"group": "g"}
    assert "status" not in body.normalised(crd)


def test_dashed_keys_of_schemas_travel_with_underscores_on_the_engines_side() -> None:
    engine = {"properties": [{"x_kubernetes_int_or_string": True, "x_kubernetes_list_map_keys": ["a"]}]}
    wire = {"properties": [{"x-kubernetes-int-or-string": True, "x-kubernetes-list-map-keys": ["a"]}]}
    assert body.to_wire(engine) == wire
    assert body.checkpoint(wire, "", "") == engine


def test_outputs_carry_the_field_manager_and_not_the_managed_fields() -> None:
    live = {"kind": "Pod", "metadata": {"name": "a", "managedFields": [{}]}, "status": {"phase": "Running"}}
    assert body.checkpoint(live, "pulumi-kubernetes-1", "v1") == {
        "kind": "Pod",
        "metadata": {"name": "a"},
        "status": {"phase": "Running"},
        "__fieldManager": "pulumi-kubernetes-1",
        "__initialApiVersion": "v1",
    }
    assert live["metadata"]["managedFields"] == [{}]  # type: ignore[index]


def test_only_a_secret_is_sealed_and_its_repr_hides_the_value() -> None:
    sealed = body.sealed({"kind": "Secret", "data": {"a": "cGFzcw=="}, "type": "Opaque"})
    assert sealed == {"kind": "Secret", "data": Secret({"a": "cGFzcw=="}), "type": "Opaque"}
    assert "cGFzcw" not in repr(sealed)
    assert body.sealed({"kind": "ConfigMap", "data": {"a": "b"}}) == {"kind": "ConfigMap", "data": {"a": "b"}}


def test_an_object_is_named_while_its_name_is_not_known_yet() -> None:
    assert body.is_named({"metadata": {"name": UNKNOWN}})
    assert not body.is_named({"metadata": {}})
    assert not body.is_named({"metadata": UNKNOWN})
    assert body.full_name({"metadata": {"name": "a", "namespace": "n"}}) == "n/a"
    assert body.full_name({"metadata": {"name": "a"}}) == "a"
