"""Real nodes leave nothing: not when stopped, not when killed at any moment; and the host stays as it was."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sandbox import daemon, engine
from sandbox.home import PROJECT, SANDBOX_VARIABLE, Home
from sandbox.nodes.choice import NodesKind
from sandbox.status import programs
from sandbox.tools import Toolbox
from tests.e2e.harness import make_project
from tests.e2e_real import machine
from tests.e2e_real.conftest import kubectl_of
from tests.e2e_real.kubectl import wait_for
from tests.e2e_real.machine import Traces

_SECONDS = 240.0


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the sandbox's programs have for temporary files, so that a listing shows theirs alone."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def own(tmp_path: Path, scratch: Path, toolbox: Toolbox) -> Iterator[Home]:
    home = Home(tmp_path / "sandbox")
    engine.prepare(home, toolbox)
    daemon.start(home, nodes=NodesKind.REAL)
    yield home
    daemon.stop(home)


@pytest.fixture
def coming_up(own: Home, toolbox: Toolbox, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A `pulumi up` of the smallest byocni under way."""
    project = make_project(tmp_path / "calico-labs")
    engine.prepare(own, toolbox, project)
    process = subprocess.Popen(
        [str(own.root / "bin" / "pulumi"), "up", "--stack", "dev", "--yes", "--skip-preview"],
        cwd=project,
        # Its own place for temporary files: what a Pulumi that is cut off leaves there is not the sandbox's.
        env={**engine.full_environment(own), "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    yield process
    # Its sandbox is gone, and what it waits for never comes; the wrapper around Pulumi would not pass a signal on.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(60)


def labctl(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "labctl", *arguments],
        cwd=PROJECT,
        env={**os.environ, SANDBOX_VARIABLE: str(home.root)},
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )


def traces(home: Home) -> Traces:
    running = daemon.running(home)
    assert running is not None
    return machine.traces_of(running.pid)


def nothing_is_left(home: Home, had: Traces, scratch: Path | None = None) -> None:
    """List processes, namespaces, mounts, cgroups and files; interfaces are part of what `machine.host` compares."""
    assert had.processes
    deadline = time.monotonic() + 30
    while left := [*machine.processes_of(home), *had.left()]:
        assert time.monotonic() < deadline, left
        time.sleep(0.3)
    assert programs(home) == []
    assert machine.groups_of(home) == []
    assert not any(mount.startswith(str(home.root)) for mount in machine.mounts())
    assert list(home.clusters.glob("*/nodes/*")) == []
    assert scratch is None or list(scratch.iterdir()) == []


def nodes_have(home: Home, what: str) -> bool:
    return bool(list(home.clusters.glob(f"*/nodes/*/{what}")))


def calico_decides(home: Home) -> bool:
    """Tell whether a pod has an interface of Calico's: everything on the node runs by then."""
    files = home.clusters.glob("*/nodes/*/root/var/lib/cni/results/*")
    return any("k8s-pod-network" in file.name for file in files)


MOMENTS: dict[str, Callable[[Home], bool]] = {
    "control plane starts": lambda home: bool(list(home.clusters.glob("*/ports.json"))),
    "first node starts": lambda home: nodes_have(home, "node.json"),
    "first pod starts": lambda home: nodes_have(home, "root/var/lib/kubelet/pods/*"),
    "pods run on Calico's network": calico_decides,
}


class TestCrash:
    """kill -9 of the sandbox, then `labctl sandbox stop`."""

    @pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.replace(" ", "-").replace("'", ""))
    def test_a_killed_sandbox_leaves_nothing(
        self, own: Home, coming_up: subprocess.Popen[str], moment: str, scratch: Path
    ) -> None:
        before = machine.host()
        wait_for(moment, lambda: MOMENTS[moment](own), seconds=_SECONDS, pause=0.02)
        running, had = daemon.running(own), traces(own)
        assert running is not None
        os.kill(running.pid, signal.SIGKILL)
        labctl(own, "sandbox", "stop")
        nothing_is_left(own, had, scratch)
        assert machine.host() == before
        assert coming_up.args

    def test_a_sandbox_killed_while_a_node_leaves_leaves_nothing(
        self, own: Home, coming_up: subprocess.Popen[str], scratch: Path
    ) -> None:
        before = machine.host()
        wait_for("a pod", lambda: MOMENTS["first pod starts"](own), seconds=_SECONDS, pause=0.02)
        running, had = daemon.running(own), traces(own)
        assert running is not None
        (folder,) = own.clusters.glob("*/nodes/*/node.json")
        # Asked to stop, it takes its nodes away one by one; killed halfway, it has begun to and not ended.
        running.terminate()
        wait_for("the first step", lambda: not folder.exists() or not running.is_running(), pause=0.005)
        if running.is_running():
            os.kill(running.pid, signal.SIGKILL)
        labctl(own, "sandbox", "stop")
        nothing_is_left(own, had, scratch)
        assert machine.host() == before
        assert coming_up.args


class TestInterrupt:
    """Ctrl-C in the terminal where `make up` runs, then `labctl sandbox stop`."""

    def test_an_interrupted_start_leaves_nothing(
        self, tmp_path: Path, scratch: Path, toolbox: Toolbox
    ) -> None:
        home, before = Home(tmp_path / "sandbox"), machine.host()
        assert toolbox.paths
        process = subprocess.Popen(
            [sys.executable, "-m", "labctl", "up", "--stack", "dev", "--nodes", "real"],
            cwd=PROJECT,
            env={**os.environ, SANDBOX_VARIABLE: str(home.root)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_for("a node", lambda: nodes_have(home, "node.json"), seconds=_SECONDS, pause=0.05)
            had = traces(home)
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: everybody in the foreground hears it
            assert process.wait(180) != 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(60)
            labctl(home, "sandbox", "stop")
        assert not [p for p in psutil.process_iter(["pid"]) if _group_of(p.pid) == process.pid]
        nothing_is_left(home, had, scratch)
        assert machine.host() == before


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


class TestStop:
    """Two sandboxes at once, stopped in order; what one does is nothing to the other, nor to the host."""

    def test_a_stopped_sandbox_leaves_nothing_and_its_neighbour_alone(
        self, own: Home, coming_up: subprocess.Popen[str], toolbox: Toolbox, tmp_path: Path, scratch: Path
    ) -> None:
        before = machine.host()
        wait_for("pods", lambda: MOMENTS["first pod starts"](own), seconds=_SECONDS)
        other = Home(tmp_path / "other")
        engine.prepare(other, toolbox)
        daemon.start(other, nodes=NodesKind.REAL)
        try:
            others = traces(other)
            kubectl = kubectl_of(own, toolbox)
            labctl(other, "sandbox", "stop")
            nothing_is_left(other, others)  # temporary files may be its neighbour's
            assert kubectl.items("nodes")
            assert machine.host() == before
        finally:
            daemon.stop(other)
        had = traces(own)
        labctl(own, "sandbox", "stop")
        nothing_is_left(own, had, scratch)
        assert machine.host() == before
        assert coming_up.args
