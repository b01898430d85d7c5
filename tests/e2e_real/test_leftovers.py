"""Real nodes leave nothing: not when stopped, not when killed at any moment; and the host's network stays its own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import daemon, engine
from sandbox.home import Home
from sandbox.nodes.choice import NodesKind
from sandbox.status import programs
from sandbox.tools import Toolbox
from tests.e2e.harness import make_project
from tests.e2e_real import machine
from tests.e2e_real.conftest import kubectl_of
from tests.e2e_real.kubectl import wait_for


@pytest.fixture
def own(tmp_path: Path, toolbox: Toolbox) -> Iterator[Home]:
    home = Home(tmp_path / "sandbox")
    engine.prepare(home, toolbox)
    daemon.start(home, nodes=NodesKind.REAL)
    yield home
    daemon.stop(home)


@pytest.fixture
def coming_up(own: Home, toolbox: Toolbox, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A `pulumi up` of byocni under way."""
    project = make_project(tmp_path / "calico-labs")
    engine.prepare(own, toolbox, project)
    process = subprocess.Popen(
        [str(own.root / "bin" / "pulumi"), "up", "--stack", "dev", "--yes", "--skip-preview"],
        cwd=project,
        env=engine.full_environment(own),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)


def nothing_is_left(home: Home) -> None:
    wait_for("the end of every process", lambda: not machine.processes_of(home), seconds=15)
    assert programs(home) == []
    assert machine.groups_of(home) == []
    assert not any(mount.startswith(str(home.root)) for mount in machine.mounts())
    assert list(home.clusters.glob("*/nodes/*")) == []


def node_starts(home: Home) -> bool:
    return bool(list(home.clusters.glob("*/nodes/*/node.json")))


def node_runs(home: Home) -> bool:
    return bool(list(home.clusters.glob("*/nodes/*/root/var/lib/kubelet/pods/*")))


MOMENTS: dict[str, Callable[[Home], bool]] = {
    "control plane starts": lambda home: bool(list(home.clusters.glob("*/ports.json"))),
    "first node starts": node_starts,
    "pods run": node_runs,
}


class TestCrash:
    """kill -9 of the sandbox, then `labctl sandbox stop`."""

    @pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.replace(" ", "-"))
    def test_a_killed_sandbox_leaves_nothing(
        self, own: Home, coming_up: subprocess.Popen[str], moment: str
    ) -> None:
        before = machine.host_network(), machine.mounts()
        wait_for(moment, lambda: MOMENTS[moment](own), seconds=90, pause=0.02)
        running = daemon.running(own)
        assert running is not None
        os.kill(running.pid, signal.SIGKILL)
        time.sleep(0.5)
        daemon.stop(own)
        nothing_is_left(own)
        after = machine.host_network(), machine.mounts()
        assert after == before
        assert coming_up.args


class TestStop:
    """Two sandboxes at once, stopped in order; what one does is nothing to the other, nor to the host."""

    def test_a_stopped_sandbox_leaves_nothing_and_its_neighbour_alone(
        self, own: Home, coming_up: subprocess.Popen[str], toolbox: Toolbox, tmp_path: Path
    ) -> None:
        before = machine.host_network(), machine.mounts()
        wait_for("pods", lambda: node_runs(own), seconds=90)
        other = Home(tmp_path / "other")
        engine.prepare(other, toolbox)
        daemon.start(other, nodes=NodesKind.REAL)
        try:
            kubectl = kubectl_of(own, toolbox)
            daemon.stop(other)
            nothing_is_left(other)
            assert kubectl.items("nodes")
            during = machine.host_network()
            assert during == before[0]
        finally:
            daemon.stop(other)
        daemon.stop(own)
        nothing_is_left(own)
        assert (machine.host_network(), machine.mounts()) == before
        assert coming_up.args
