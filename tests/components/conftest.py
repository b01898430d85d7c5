"""Fresh mocks for every test of the components, and a way to run a program on them to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from labs.reading import defaults
from labs.settings import LabSettings
from tests.components.recorder import LabMocks, Recorder

STACK = "byocni"


@pytest.fixture(autouse=True)
def recorder() -> Recorder:
    """Replace engine and providers; autouse, so that no test can reach a real one."""
    return use_mocks()


def use_mocks(preview: bool = False) -> Recorder:
    """Point the Pulumi runtime at a new recorder and return it."""
    mocks = LabMocks()
    monitor = Recorder(mocks)
    pulumi.runtime.set_mocks(mocks, project="calico-labs", stack=STACK, preview=preview, monitor=monitor)
    return monitor


def run(program: Callable[[], Any]) -> Any:
    """Run a program on the mocks until every resource is registered; return what it returned.

    Pulumi's decorator waits for all registrations and for the returned output, and raises what went wrong in
    either.
    """
    returned: list[Any] = []

    @pulumi.runtime.test
    def wrapped() -> Any:
        returned.append(program())
        return returned[0] if isinstance(returned[0], pulumi.Output) else None

    wrapped()
    return returned[0]


def resolved(outputs: dict[str, Any]) -> dict[str, tuple[Any, bool]]:
    """Return the value of each output, and whether it is secret."""
    found: dict[str, tuple[Any, bool]] = {}

    @pulumi.runtime.test
    def wait() -> pulumi.Output[Any]:
        return pulumi.Output.from_input([_noted(found, name, value) for name, value in outputs.items()])

    wait()
    assert set(found) == set(outputs), "an output never came to a value"
    return found


def _noted(found: dict[str, tuple[Any, bool]], name: str, value: Any) -> pulumi.Output[None]:
    output = pulumi.Output.from_input(value)

    async def note() -> None:
        found[name] = (await output.future(), await output.is_secret())

    return pulumi.Output.from_input(note())


@pytest.fixture
def settings() -> LabSettings:
    """The settings of an empty stack file named byocni."""
    return defaults(STACK)
