"""The daemon's start and stop, with a stand-in for the daemon that only says that it serves."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import daemon, engine
from sandbox.errors import SandboxError
from sandbox.home import Home
from sandbox.nodes.choice import NodesKind
from sandbox.tools import Toolbox

_SERVES_LATER = """
import pathlib, time
home = pathlib.Path({root!r})
time.sleep(1)
(home / "arm.json").write_text("{{}}")
time.sleep(600)
"""


_SERVES_TRULY = """
import pathlib
from sandbox.daemon import _serve
from sandbox.home import Home
from sandbox.nodes.choice import NodesKind
from sandbox.tools import Toolbox
_serve(Home(pathlib.Path({root!r})), 0.0, Toolbox(), NodesKind.SIMULATED)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    home = Home(tmp_path / "sandbox")

    def command(home: Home, delay: float, kind: NodesKind) -> list[str]:
        return [sys.executable, "-c", _SERVES_LATER.format(root=str(home.root))]

    monkeypatch.setattr(daemon, "command", command)
    yield home
    daemon.stop(home)


def test_two_starts_at_once_make_one_daemon(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    """`labctl up` in two terminals: the second one used to end the first one's daemon, which did not serve yet."""
    started: list[bool] = []
    threads = [threading.Thread(target=lambda: started.append(daemon.start(home))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(started) == [False, True]
    assert daemon.running(home) is not None
    assert capfd.readouterr().err == (
        "another process prepares, starts or stops this sandbox; waiting for it to end\n"
    )


def test_sandbox_is_not_prepared_while_another_process_starts_it(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[bool] = []
    monkeypatch.setattr(engine, "_wrap_pulumi", lambda home, box: served.append(home.arm_endpoint.exists()))
    monkeypatch.setattr(engine, "_install_plugin", lambda home, name: None)
    monkeypatch.setattr(engine, "_create_stack", lambda home, project, stack: None)
    (tmp_path / "Pulumi.dev.yaml").touch()
    starting = threading.Thread(target=daemon.start, args=(home,))
    starting.start()
    while not home.daemon_record.exists():
        pass
    engine.prepare(home, Toolbox(), tmp_path)
    starting.join(60)
    assert served == [True]


def test_daemon_is_on_record_before_anybody_waits_for_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It records itself only after seconds; if its starter is killed before that, nobody would find it."""
    wait = daemon._wait_until_serving
    found: list[bool] = []

    def look(home: Home, process: subprocess.Popen[bytes]) -> None:
        known = daemon.running(home)
        found.append(known is not None and known.pid == process.pid)
        wait(home, process)

    monkeypatch.setattr(daemon, "_wait_until_serving", look)
    daemon.start(home)
    assert found == [True]


def test_start_waits_longer_for_a_sandbox_with_clusters(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "_START_SECONDS", 0)
    with pytest.raises(SandboxError, match="the sandbox did not start within 0 s"):
        daemon.start(home)
    (home.clusters / "lab-aks-12345678").mkdir()
    assert daemon.start(home)


def test_daemon_that_ends_while_it_starts_is_told_in_its_last_words(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = [sys.executable, "-c", "import sys; print('building', file=sys.stderr); sys.exit('no room')"]
    monkeypatch.setattr(daemon, "command", lambda *_: ends)
    with pytest.raises(SandboxError) as caught:
        daemon.start(home)
    assert str(caught.value) == "the sandbox ended while starting: no room"
    assert daemon.running(home) is None
    assert not home.daemon_record.exists()


def test_daemon_without_its_folder_ends_by_itself(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody could find it to stop it."""
    serves = [sys.executable, "-c", _SERVES_TRULY.format(root=str(home.root))]
    monkeypatch.setattr(daemon, "command", lambda *_: serves)
    daemon.start(home)
    known = daemon.running(home)
    assert known is not None
    process = daemon._started[known.pid]
    try:
        shutil.rmtree(home.root)
        assert process.wait(60) == 0
    finally:
        process.kill()


def test_running_sandbox_is_not_taken_for_one_with_another_delay(home: Home) -> None:
    assert daemon.start(home, 240.0)
    assert [daemon.start(home, 240.0), daemon.start(home)] == [False, False]
    with pytest.raises(SandboxError) as caught:
        daemon.start(home, 2.5)
    assert str(caught.value) == (
        "the sandbox runs with a delay of 240 s but --delay is '2.5'; stop it first with `labctl sandbox stop`"
    )


def test_daemon_that_survives_being_killed_stays_on_record(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.start(home)
    with monkeypatch.context() as patch:
        patch.setattr(daemon, "end", lambda *_: None)
        with pytest.raises(SandboxError, match=r"the sandbox \(process \d+\) does not end"):
            daemon.stop(home)
    assert daemon.running(home) is not None


def test_stop_of_a_sandbox_that_never_was_makes_no_folder(tmp_path: Path) -> None:
    assert daemon.stop(Home(tmp_path / "none")) == 0
    assert not (tmp_path / "none").exists()
