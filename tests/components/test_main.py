"""The program itself: it reads, checks, composes and exports, and a mistake costs one message and no
resource."""

from __future__ import annotations

import ast
import runpy
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.settings import _get_rpc_manager

from labs import next_steps
from labs.errors import LabError
from tests.components.conftest import run
from tests.components.recorder import Recorder

MOST_LINES = 40
MAIN = Path(__file__).resolve().parents[2] / "__main__.py"


class Program:
    """The program, and what it came to: the names of its outputs, and how many registrations had begun by then."""

    def __init__(self) -> None:
        self.outputs: set[str] = set()
        self.begun = 0

    def __call__(self) -> pulumi.Output[None]:
        return pulumi.Output.from_input(self._run(runpy.run_path(str(MAIN))["main"]()))

    async def _run(self, main: Awaitable[Mapping[str, Any]]) -> None:
        self.outputs = set(await main)
        self.begun = len(_get_rpc_manager().rpcs)


Configure = Callable[..., None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Set the stack's configuration: the given values and nothing from outside; undone afterwards."""
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    pulumi.runtime.get_root_resource().outputs.clear()

    def set_values(**values: str) -> None:
        pulumi.runtime.set_all_config({f"calico-labs:{key}": value for key, value in values.items()})

    yield set_values
    set_values()


def test_an_empty_stack_file_named_after_a_lab_builds_it(recorder: Recorder, configure: Configure) -> None:
    configure()
    program = Program()
    run(program)
    assert recorder.one(":ManagedCluster").inputs["resourceName"] == "calico-labs-byocni"
    assert program.outputs == {
        "resourceGroup",
        "clusterName",
        "fqdn",
        "calicoVersion",
        "podCidr",
        "ipPlan",
        "getCredentialsCommand",
        "appUrl",
        "nextSteps",
        next_steps.KUBECONFIG_OUTPUT,
        next_steps.APPLICATION_OUTPUT,
    }


def test_every_registration_has_begun_when_the_sdk_starts_to_wait(
    recorder: Recorder, configure: Configure
) -> None:
    """Else it waits for outputs instead, all of them again after each: quadratic (pulumi 3.255, wait_for_rpcs)."""
    configure()
    program = Program()
    run(program)
    assert program.begun >= len(recorder.registrations) > 30


def test_pulumi_is_given_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr(pulumi, "run", given.append)
    names = runpy.run_path(str(MAIN), run_name="__main__")
    assert given == [names["main"]]


def test_a_value_that_cannot_be_read_is_one_message_and_no_resource(
    recorder: Recorder, configure: Configure
) -> None:
    configure(nodeCount="many")
    with pytest.raises(pulumi.RunError) as caught:
        run(Program())
    assert isinstance(caught.value.__cause__, LabError)
    assert str(caught.value) == str(caught.value.__cause__)
    assert "calico-labs:nodeCount is 'many'" in str(caught.value)
    assert recorder.registrations == []


def test_values_that_do_not_go_together_are_one_message_and_no_resource(
    recorder: Recorder, configure: Configure
) -> None:
    configure(encapsulation="IPIP")
    with pytest.raises(pulumi.RunError) as caught:
        run(Program())
    assert "calico-labs:encapsulation is 'IPIP'" in str(caught.value)
    assert recorder.registrations == []


def test_it_declares_no_resource_itself_and_stays_short() -> None:
    text = MAIN.read_text()
    assert len(text.splitlines()) < MOST_LINES
    imported = {
        node.module for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) and node.module
    }
    assert imported == {
        "__future__",
        "collections.abc",
        "typing",
        "components.compose",
        "components.event_log",
        "labs",
        "labs.errors",
        "labs.settings",
    }
