"""The daemon's start and stop, with a stand-in for the daemon that only says that it serves."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import daemon, engine
from sandbox.home import Home
from sandbox.nodes.choice import NodesKind
from sandbox.tools import Toolbox

_SERVES_LATER = """
import json, os, pathlib, psutil, time
home = pathlib.Path({root!r})
record = {{"pid": os.getpid(), "started": psutil.Process().create_time()}}
(home / "daemon.json").write_text(json.dumps(record))
time.sleep(1)
(home / "arm.json").write_text("{{}}")
time.sleep(600)
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


def test_stop_of_a_sandbox_that_never_was_makes_no_folder(tmp_path: Path) -> None:
    assert daemon.stop(Home(tmp_path / "none")) == 0
    assert not (tmp_path / "none").exists()
