"""Programs of the sandbox: started so that nothing outlives it, found again after a crash.

Three nets, because each has a hole: the kernel ends a child when the daemon dies (Linux only), the daemon ends its
children when it stops, and `labctl sandbox stop` ends what the records name (a record holds the start time, so that a
reused process id is never hit).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from sandbox.errors import ProcessError
from sandbox.home import Home, write_private_json

_PR_SET_PDEATHSIG = 1
_START_TIME_TOLERANCE = 1.0  # seconds; psutil's figure is rounded to the clock tick
_STRAY_SECONDS = 2.0
_KILLED_SECONDS = 5.0


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Spawner:
    """Starts every child from one thread that lives as long as the daemon.

    PR_SET_PDEATHSIG fires when the *thread* that forked ends (prctl(2)); a request handler's thread ends with its
    request, and would take a cluster along.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[
            tuple[Future[subprocess.Popen[bytes]], list[str], Path, dict[str, str], Path]
        ]
        self._jobs = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def start(
        self, arguments: list[str], log: Path, environment: dict[str, str], folder: Path
    ) -> Future[subprocess.Popen[bytes]]:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="spawner", daemon=True)
                self._thread.start()
        result: Future[subprocess.Popen[bytes]] = Future()
        self._jobs.put((result, arguments, log, environment, folder))
        return result

    def _run(self) -> None:
        while True:
            result, arguments, log, environment, folder = self._jobs.get()
            try:
                with log.open("ab") as output:
                    result.set_result(
                        subprocess.Popen(
                            arguments,
                            stdin=subprocess.DEVNULL,
                            stdout=output,
                            stderr=output,
                            cwd=folder,
                            env=environment,
                            start_new_session=True,
                            # C calls, looked up beforehand: safe between fork and exec even with threads.
                            preexec_fn=partial(die_with, os.getpid()) if sys.platform == "linux" else None,  # noqa: PLW1509
                        )
                    )
            except OSError as error:
                result.set_exception(ProcessError(f"cannot start {arguments[0]}: {error}"))


_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_spawner = _Spawner()


def die_with(parent: int) -> None:
    """Between fork and exec: have the kernel end this process with the thread that forked it (Linux only)."""
    assert _LIBC is not None
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel was told
        os._exit(1)


@dataclass
class Program:
    """One running program of the sandbox."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    record: Path

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def stop(self, grace: float = 5.0) -> None:
        """Ask the program to end, insist after `grace` seconds, and forget it."""
        if self.running:
            self.process.terminate()
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.record.unlink(missing_ok=True)

    def last_words(self, lines: int = 3) -> str:
        """Return the end of the program's log, for an error message."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "(no log)"
        return " / ".join(text.strip().splitlines()[-lines:])[-600:] or "(empty log)"


def start_program(
    home: Home,
    name: str,
    arguments: list[str],
    log: Path,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Program:
    """Start a program that ends with the calling process, and record it.

    Raises:
        ProcessError: the program cannot be started.
    """
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    full = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(folder), **(environment or {})}
    process = _spawner.start(arguments, log, full, folder).result()
    record = home.processes / f"{process.pid}.json"
    with contextlib.suppress(psutil.Error):
        write_private_json(
            record, {"pid": process.pid, "name": name, "started": psutil.Process(process.pid).create_time()}
        )
    return Program(name, process, log, record)


def recorded(record: Path) -> psutil.Process | None:
    """Return the live process a record names, or None if it has ended (or its number went to another)."""
    try:
        data = json.loads(record.read_text(encoding="utf-8"))
        process = psutil.Process(int(data["pid"]))
        if abs(process.create_time() - float(data["started"])) > _START_TIME_TOLERANCE:
            return None
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None


def end(process: psutil.Process, grace: float) -> None:
    """End a process that may not be a child of ours: ask, then insist."""
    with contextlib.suppress(psutil.Error):
        process.terminate()
        try:
            process.wait(grace)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(_KILLED_SECONDS)


def sweep(home: Home) -> int:
    """End every recorded program that still runs; return how many there were.

    What survives (a disk that does not answer holds it in the kernel) keeps its record, so that it can be found again.
    """
    ended = 0
    for record in sorted(home.processes.glob("*.json")):
        process = recorded(record)
        if process is not None:
            end(process, _STRAY_SECONDS)
            if recorded(record) is not None:
                continue
            ended += 1
        record.unlink(missing_ok=True)
    return ended
