"""What Pulumi writes, as resources: secrets stay secret, unknowns stay unknown, and only what is deployed counts."""

from __future__ import annotations

from typing import Any

import pytest

from guardrails.sources import from_preview, from_state, value_of
from guardrails.stack_resource import MISSING, UNKNOWN, Resource, Secret, leaves

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = {_SIGNATURE: "1b47061264138c4ac30d75fd1eb44270"}
_PREFIX = "urn:pulumi:s::calico-labs::"


def entry(name: str, **more: Any) -> dict[str, Any]:
    return {
        "urn": f"{_PREFIX}a:b:C::{name}",
        "type": "a:b:C",
        "custom": True,
        "inputs": {"name": name},
        **more,
    }


class TestState:
    def test_components_default_providers_and_what_waits_for_deletion_are_left_out(self) -> None:
        default = f"{_PREFIX}pulumi:providers:kubernetes::default_4_34_2"
        resources = [
            entry("kept", provider=f"{_PREFIX}pulumi:providers:a::p::id"),
            entry("component", custom=False),
            entry("old", delete=True),
            {"urn": default, "type": "pulumi:providers:kubernetes", "custom": True},
        ]
        [found] = from_state({"version": 3, "deployment": {"resources": resources}})
        assert (found.name, found.provider) == ("kept", f"{_PREFIX}pulumi:providers:a::p")

    def test_empty_state_has_no_resource(self) -> None:
        assert from_state({"version": 3, "deployment": {"manifest": {}}}) == []


class TestPreview:
    def test_replacement_counts_once_and_what_is_deleted_not_at_all(self) -> None:
        steps = [
            {"op": "create-replacement", "urn": entry("a")["urn"], "newState": entry("a", inputs={"x": 1})},
            {"op": "replace", "urn": entry("a")["urn"], "newState": entry("a", inputs={"x": 2})},
            {"op": "delete-replaced", "urn": entry("a")["urn"], "oldState": entry("a")},
            {"op": "delete", "urn": entry("b")["urn"], "oldState": entry("b")},
            {"op": "same", "urn": entry("c")["urn"], "newState": entry("c")},
        ]
        assert [(r.name, r.props) for r in from_preview({"steps": steps})] == [
            ("a", {"x": 2}),
            ("c", {"name": "c"}),
        ]


class TestValues:
    def test_secret_is_marked_whether_its_value_is_there_or_not(self) -> None:
        assert value_of({**_SECRET, "value": "x"}) == Secret("x")
        assert value_of({**_SECRET, "ciphertext": "v1:..."}) == Secret(None)
        assert value_of("[secret]") == Secret(None)

    def test_every_unknown_of_the_engine_is_one_of_ours(self) -> None:
        assert value_of("04da6b54-80e4-46f7-96ec-b56ff0331ba9") is UNKNOWN
        assert value_of({_SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"}) is UNKNOWN
        assert value_of(
            {_SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": 1, "secret": True}
        ) == Secret(1)

    def test_what_is_inside_a_secret_is_secret_and_inside_an_unknown_unknown(self) -> None:
        resource = Resource("u", "t", "n", {"a": Secret({"b": "x"}), "c": UNKNOWN})
        assert resource.at("a.b") == Secret("x")
        assert resource.at("c.d") is UNKNOWN
        assert resource.at("e") is MISSING
        assert list(leaves(resource.props)) == [("a.b", "x", True), ("c", UNKNOWN, False)]


@pytest.mark.parametrize(
    ("type", "default"),
    [
        (
            "azure-native_containerservice_v20260502preview:containerservice:ManagedCluster",
            "azure-native:containerservice:ManagedCluster",
        ),
        ("azure-native_network_v20240501:network:Subnet", "azure-native:network:Subnet"),
        ("azure-native:network:Subnet", "azure-native:network:Subnet"),
        ("kubernetes:core/v1:Service", "kubernetes:core/v1:Service"),
    ],
)
def test_a_resource_of_another_api_version_is_judged_like_any_other(type: str, default: str) -> None:
    assert Resource("u", type, "n", {}).type == default
