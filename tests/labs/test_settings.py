"""The one place that asks Pulumi for its configuration: nothing that the engine hands over is missed or
shown."""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi.runtime
import pytest

from labs.errors import SettingsError
from labs.reading import defaults
from labs.settings import LabSettings, read_settings

Read = Callable[[dict[str, Any]], LabSettings]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Read settings as a program does whose configuration is the given one; other tests' is out of sight."""
    monkeypatch.setattr(pulumi, "get_stack", lambda: "byocni")
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)

    def run(config: dict[str, Any]) -> LabSettings:
        def inside() -> LabSettings:
            pulumi.runtime.set_all_config(config)
            return read_settings()

        return contextvars.copy_context().run(inside)

    return run


def test_without_configuration_the_defaults_hold(read: Read) -> None:
    assert read({}) == defaults("byocni")


def test_values_that_the_engine_hands_over_are_read(read: Read) -> None:
    settings = read({"calico-labs:nodeCount": "3", "azure-native:location": "westeurope"})
    assert (settings.node_count, settings.location) == (3, "westeurope")


def test_values_of_the_language_hosts_variable_are_read(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"calico-labs:nodeCount": "4"}))
    assert read({}).node_count == 4


def test_values_of_a_variable_for_one_key_are_read(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_CALICO_LABS_NODECOUNT", "5")
    assert read({}).node_count == 5


def test_values_that_a_test_sets_unserialised_are_read(read: Read) -> None:
    settings = read({"calico-labs:nodeCount": 6, "calico-labs:images": {"customer": "nginx"}})
    assert (settings.node_count, dict(settings.images)) == (6, {"customer": "nginx"})


def test_prevent_unknown_keys_wherever_they_come_from(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"calico-labs:nodecount": "4"}))
    with pytest.raises(SettingsError) as error:
        read({"calico-labs:ownr": "me"})
    assert [violation.remedy for violation in error.value.violations] == [
        "did you mean calico-labs:nodeCount",
        "did you mean calico-labs:owner",
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="cut-off"),
        pytest.param("[" * 100_000, id="deeper-than-python-recurses"),
        pytest.param("[1]", id="list"),
        pytest.param("7", id="number"),
    ],
)
def test_prevent_a_broken_variable_without_showing_it(
    read: Read, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", text)
    with pytest.raises(SettingsError) as error:
        read({})
    assert str(error.value) == (
        "1 setting cannot be read:\n"
        "  PULUMI_CONFIG is '(hidden)' but it is not a JSON object; unset it and let the engine fill it "
        "(it may hold secrets, so its text is not shown)"
    )
