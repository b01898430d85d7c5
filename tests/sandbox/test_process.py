"""Programs of the sandbox end with it, are found again after a crash, and a reused process id is never hit."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sandbox import process
from sandbox.errors import ProcessError
from sandbox.home import PROJECT, Home, write_private_json
from sandbox.process import Program, free_port, recorded, start_program, sweep
from sandbox.status import process_of, programs


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "sandbox")
    home.create()
    return home


def gone(pid: int, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


IGNORES_SIGTERM = [
    sys.executable,
    "-c",
    "import signal,time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
]


def killed(program: Program) -> None:
    program.process.kill()
    program.process.wait()


class TestProgram:
    def test_started_program_is_recorded_and_stopped_program_is_forgotten(
        self, home: Home, tmp_path: Path
    ) -> None:
        program = start_program(home, "sleeper", ["/bin/sleep", "60"], tmp_path / "log", tmp_path)
        assert program.running
        assert [(p.name, p.pid) for p in programs(home)] == [("sleeper", program.process.pid)]
        program.stop()
        assert not program.running
        assert programs(home) == []
        assert list(home.processes.iterdir()) == []

    def test_program_that_ignores_the_request_is_killed(self, home: Home, tmp_path: Path) -> None:
        program = start_program(home, "stubborn", IGNORES_SIGTERM, tmp_path / "log", tmp_path)
        while not (tmp_path / "log").read_text():
            time.sleep(0.02)
        program.stop(grace=0.2)
        assert program.process.returncode == -signal.SIGKILL

    @pytest.mark.parametrize(
        "end",
        [pytest.param(Program.stop, id="forgotten"), pytest.param(killed, id="ended")],
    )
    def test_program_that_ends_while_it_is_looked_at_is_left_out(
        self, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: Callable[[Program], None]
    ) -> None:
        stays, goes = (
            start_program(home, name, ["/bin/sleep", "60"], tmp_path / "log", tmp_path)
            for name in ("stays", "goes")
        )

        def look(record: Path) -> psutil.Process | None:
            found = recorded(record)
            if found is not None and found.pid == goes.process.pid:
                end(goes)
            return found

        monkeypatch.setattr("sandbox.status.recorded", look)
        try:
            assert [program.name for program in programs(home)] == ["stays"]
            assert process_of(home, "goes") is None
        finally:
            stays.stop()
            goes.stop()

    def test_missing_program_is_named(self, home: Home, tmp_path: Path) -> None:
        with pytest.raises(ProcessError, match="cannot start /not/there"):
            start_program(home, "x", ["/not/there"], tmp_path / "log", tmp_path)

    def test_last_words_are_the_end_of_the_log(self, home: Home, tmp_path: Path) -> None:
        program = start_program(
            home, "x", ["/bin/sh", "-c", "echo one; echo two; exit 3"], tmp_path / "log", tmp_path
        )
        program.process.wait(10)
        assert program.last_words(1) == "two"
        assert program.last_words() == "one / two"

    def test_program_sees_no_kubeconfig_of_the_user(
        self, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("KUBECONFIG", "/home/user/.kube/config")
        program = start_program(home, "x", ["/usr/bin/env"], tmp_path / "log", tmp_path)
        program.process.wait(10)
        text = (tmp_path / "log").read_text()
        assert "KUBECONFIG" not in text
        assert f"HOME={tmp_path}\n" in text


class TestNothingOutlivesTheSandbox:
    """`kill -9` of the daemon at any moment: the kernel ends its programs, and `stop` sweeps what it did not."""

    STARTER = """
import sys, threading, time
sys.path.insert(0, {project!r})
from pathlib import Path
from sandbox.home import Home
from sandbox.process import start_program
home = Home(Path({home!r}))
started = []
def handler():
    started.append(start_program(home, "child", ["/bin/sleep", "300"], Path({log!r}), Path("/")))
thread = threading.Thread(target=handler)
thread.start()
thread.join()
print(started[0].process.pid, flush=True)
time.sleep(300)
"""

    TWO_CHILDREN = """
import os, subprocess, sys
from functools import partial
sys.path.insert(0, {project!r})
from sandbox.process import die_with
orphan, child = (
    subprocess.Popen(["/bin/sleep", "60"], preexec_fn=partial(die_with, os.getpid() + off)) for off in (1, 0)
)
print(orphan.wait(10))
try:
    print(child.wait(0.5))
except subprocess.TimeoutExpired:
    print("lives")
child.kill()
child.wait(10)
"""

    def starter(self, home: Home, tmp_path: Path) -> tuple[subprocess.Popen[str], int]:
        code = self.STARTER.format(project=str(PROJECT), home=str(home.root), log=str(tmp_path / "log"))
        parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert parent.stdout is not None
        return parent, int(parent.stdout.readline())

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
    def test_child_lives_past_its_thread_and_dies_with_its_killed_parent(
        self, home: Home, tmp_path: Path
    ) -> None:
        parent, child = self.starter(home, tmp_path)
        assert not gone(child, 0.3)  # the thread that asked for it has ended by now
        parent.kill()
        parent.wait()
        assert parent.stdout is not None
        parent.stdout.close()
        assert gone(child)

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
    def test_child_whose_parent_ended_before_the_kernel_was_told_ends_by_itself(self) -> None:
        # In a process of its own: this one may have used gRPC, which does not survive every fork.
        code = self.TWO_CHILDREN.format(project=str(PROJECT))
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert said.split() == ["1", "lives"]

    def test_sweep_ends_what_a_crash_left_and_only_that(self, home: Home) -> None:
        stray = subprocess.Popen(["/bin/sleep", "300"])
        other = subprocess.Popen(["/bin/sleep", "300"])
        started = psutil.Process(stray.pid).create_time()
        write_private_json(home.processes / "1.json", {"pid": stray.pid, "name": "stray", "started": started})
        reused = {"pid": other.pid, "name": "old", "started": psutil.Process(other.pid).create_time() - 500}
        write_private_json(home.processes / "2.json", reused)
        try:
            assert sweep(home) == 1
            assert gone(stray.pid)
            stray.wait()
            assert other.poll() is None
            assert list(home.processes.iterdir()) == []
        finally:
            other.kill()
            other.wait()

    @pytest.fixture
    def stubborn(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
        """A stray that SIGTERM does not end."""
        monkeypatch.setattr(process, "_STRAY_SECONDS", 0.1)
        stray = subprocess.Popen(IGNORES_SIGTERM, stdout=subprocess.PIPE)
        assert stray.stdout is not None
        stray.stdout.readline()
        started = psutil.Process(stray.pid).create_time()
        write_private_json(home.processes / "1.json", {"pid": stray.pid, "name": "stray", "started": started})
        yield stray.pid
        stray.kill()
        stray.wait()
        stray.stdout.close()

    def test_sweep_kills_a_stray_that_does_not_listen(self, home: Home, stubborn: int) -> None:
        assert sweep(home) == 1
        assert gone(stubborn, 0.1)
        assert list(home.processes.iterdir()) == []

    def test_stray_that_survives_sigkill_too_stays_on_record_for_the_next_sweep(
        self, home: Home, stubborn: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as busy:
            busy.setattr(process, "_KILLED_SECONDS", 0.1)
            busy.setattr(psutil.Process, "kill", lambda _: None)  # the kernel cannot end it now
            assert sweep(home) == 0
        assert [program.name for program in programs(home)] == ["stray"]
        assert sweep(home) == 1
        assert gone(stubborn, 0.1)

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1}'])
    def test_broken_record_is_no_process(self, home: Home, text: str) -> None:
        record = home.processes / "1.json"
        record.write_text(text)
        assert recorded(record) is None


def test_private_files_are_readable_by_their_owner_only(home: Home) -> None:
    old = os.umask(0)
    try:
        write_private_json(home.root / "deep" / "secret.json", {"a": 1})
    finally:
        os.umask(old)
    assert (home.root / "deep" / "secret.json").stat().st_mode & 0o777 == 0o600
    assert json.loads((home.root / "deep" / "secret.json").read_text()) == {"a": 1}
    assert [path.name for path in (home.root / "deep").iterdir()] == ["secret.json"]


def test_free_port_is_free_and_on_loopback() -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", free_port()))
