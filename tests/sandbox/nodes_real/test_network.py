"""The network of real nodes is whole or made again; the namespaces themselves are an e2e test."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.errors import ProcessError
from sandbox.home import Home
from sandbox.nodes.real import network
from sandbox.nodes.real.network import Network


class FakeProgram:
    """Runs until it is stopped."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.running = True
        self.process = SimpleNamespace(pid=1)

    def stop(self) -> None:
        self.running = False


class FakeForwarder:
    """Refuses to start as often as it is told to."""

    refusals = 0
    serving = 0

    def __init__(self, port: int, namespace: Path) -> None:
        self._serves = False

    def start(self) -> None:
        if FakeForwarder.refusals:
            FakeForwarder.refusals -= 1
            raise ProcessError("port 6443 is taken")
        self._serves = True
        FakeForwarder.serving += 1

    def stop(self) -> None:
        FakeForwarder.serving -= self._serves
        self._serves = False


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    monkeypatch.setattr(Network, "_namespace", lambda self, name: FakeProgram(name))
    monkeypatch.setattr(network, "run", lambda *_: "")
    monkeypatch.setattr(network, "Forwarder", FakeForwarder)
    monkeypatch.setattr(FakeForwarder, "refusals", 0)
    monkeypatch.setattr(FakeForwarder, "serving", 0)
    return Network(Home(tmp_path), "lab", tmp_path, "10.224.0.0/16")


def programs(network: Network) -> list[Any]:
    return list(network.programs())


def whole(network: Network) -> bool:
    running = [program.name for program in programs(network) if program.running]
    return running == ["router", "client"] and FakeForwarder.serving == 1


class TestStart:
    """`start` is called each round that the control plane has a program that ended, and must end that."""

    @pytest.mark.parametrize("ended", [0, 1], ids=["router", "client"])
    def test_a_network_of_which_a_program_ended_is_made_again(self, made: Network, ended: int) -> None:
        made.start(6443)
        before = programs(made)
        before[ended].running = False
        made.start(6443)
        assert whole(made)
        assert not any(program.running for program in before)

    def test_a_network_that_runs_is_left_alone(self, made: Network) -> None:
        made.start(6443)
        before = programs(made)
        made.start(6443)
        assert programs(made) == before
        assert whole(made)

    def test_a_start_that_broke_off_is_done_again(
        self, made: Network, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(FakeForwarder, "refusals", 1)
        with pytest.raises(ProcessError, match="is taken"):
            made.start(6443)
        made.start(6443)
        assert whole(made)
