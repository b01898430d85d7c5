"""What becomes of one node keeps no other from starting or ending."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.errors import ProcessError
from sandbox.nodes import Node
from sandbox.nodes.real import nodes
from sandbox.nodes.real.nodes import RealNodes


class FakeNode:
    """Starts and stops as it is told to."""

    attached = True

    def __init__(self, node: Node, around: object) -> None:
        self.node = node
        self.running = False
        self.error: Exception | None = None

    def start(self) -> None:
        if self.error:
            raise self.error
        self.running = True

    def stop(self) -> None:
        self.running = False
        if self.error:
            raise self.error


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RealNodes:
    """Nodes a, b and c, which run; the folder of their files is there."""
    monkeypatch.setattr(nodes, "RealNode", FakeNode)
    monkeypatch.setattr(RealNodes, "_surroundings", lambda self: None)
    plane: Any = SimpleNamespace(folder=tmp_path)
    (tmp_path / "nodes").mkdir()
    made = RealNodes(plane, plane, plane, plane, plane)
    for index, name in enumerate("abc"):
        made.join(Node(name, f"10.224.0.{index + 4}", "system", "Linux", "Standard_D2s_v5", "1.34.1", {}))
    return made


def fake(real: RealNodes, name: str) -> Any:
    return real._nodes[name]


ERRORS = [
    pytest.param(ProcessError("a process of a node still uses it"), id="of the sandbox"),
    pytest.param(OSError(28, "No space left on device"), id="of the machine"),
]


class TestOneThatFails:
    @pytest.mark.parametrize("error", ERRORS)
    def test_start_brings_the_others_back_and_names_it_at_the_end(
        self, three: RealNodes, error: Exception
    ) -> None:
        for name in "abc":
            fake(three, name).running = False
        fake(three, "a").error = error
        with pytest.raises(ProcessError, match=f"^node a: {re.escape(str(error))}$"):
            three.start()
        assert [fake(three, name).running for name in "abc"] == [False, True, True]

    def test_every_one_that_fails_is_named(self, three: RealNodes) -> None:
        for name in "ac":
            fake(three, name).running = False
            fake(three, name).error = ProcessError("no")
        with pytest.raises(ProcessError, match=r"^node a: no; node c: no$"):
            three.start()

    @pytest.mark.parametrize("error", ERRORS)
    def test_stop_ends_the_others_and_can_be_tried_again(
        self, three: RealNodes, error: Exception, tmp_path: Path
    ) -> None:
        fake(three, "a").error = error
        with pytest.raises(ProcessError, match=f"^node a: {re.escape(str(error))}$"):
            three.stop()
        assert [fake(three, name).running for name in "abc"] == [False, False, False]
        fake(three, "a").error = None
        three.stop()
        assert three.names() == set()
        assert not (tmp_path / "nodes").exists()


def test_a_node_that_runs_is_not_started_again(three: RealNodes) -> None:
    for name in "abc":
        fake(three, name).error = ProcessError("must not be called")
    three.start()
