"""Runs of Pulumi that are watched and hit: killed, interrupted, or left alone while something else is killed."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox import engine
from tests.e2e.harness import Lab

_SECONDS = 600.0


@dataclass(frozen=True)
class Moment:
    """When to hit: after so many lines of the engine's event log, and so many seconds."""

    lines: int
    seconds: float = 0.0


class Run:
    """One `pulumi up` or `pulumi destroy`, event by event."""

    def __init__(self, lab: Lab, operation: str, *arguments: str) -> None:
        self.lines: list[str] = []
        self._news: queue.Queue[str | None] = queue.Queue()
        self._shell = subprocess.Popen(
            [
                *(str(lab.home.root / "bin" / "pulumi"), operation, "--yes", "--skip-preview", "--json"),
                *("--stack", lab.stack, *arguments),
            ],
            cwd=lab.project,
            env=engine.full_environment(lab.home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._shell.stdout is not None
        with self._shell.stdout as lines:
            for line in lines:
                self._news.put(line)
        self._news.put(None)

    def reach(self, moment: Moment) -> bool:
        """Wait for a moment; False if the run ended before."""
        while len(self.lines) < moment.lines:
            line = self._news.get(timeout=_SECONDS)
            if line is None:
                self._news.put(None)
                return False
            self.lines.append(line)
        time.sleep(moment.seconds)
        return self._shell.poll() is None

    def kill(self) -> None:
        """Kill the engine as the kernel would, with no chance to write anything, and wait until all of it is gone."""
        family = psutil.Process(self._shell.pid).children(recursive=True)
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.name() == "pulumi":
                    process.send_signal(signal.SIGKILL)
        self.end()
        # Plugins and the program notice by themselves; nothing of a killed run may work on. Pulumi's language host does
        # nothing any more either, but looks for its engine every five minutes only.
        hosts = [process for process in family if _is_language_host(process)]
        _, alive = psutil.wait_procs([p for p in family if p not in hosts], timeout=60)
        assert alive == [], [process.cmdline() for process in alive]
        for host in hosts:
            with contextlib.suppress(psutil.Error):
                host.kill()

    def interrupt(self, times: int = 1) -> None:
        """Press Ctrl-C: everything in the foreground gets the signal."""
        for press in range(times):
            if press:
                time.sleep(1.0)
            os.killpg(self._shell.pid, signal.SIGINT)

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        while (line := self._news.get(timeout=_SECONDS)) is not None:
            self.lines.append(line)
        self._news.put(None)
        return self._shell.wait(_SECONDS)


def _is_language_host(process: psutil.Process) -> bool:
    try:
        return any("pulumi-language-" in word for word in process.cmdline()[:1])
    except psutil.Error:
        return False


def hit(lab: Lab, operation: str, moment: Moment, *arguments: str) -> bool:
    """Kill a run at a moment; False if it ended by itself before."""
    run = Run(lab, operation, *arguments)
    try:
        if run.reach(moment):
            run.kill()
            return True
        run.end()
        return False
    except BaseException:
        run.kill()
        raise


def during(lab: Lab, operation: str, moment: Moment, deed: Callable[[], None], *arguments: str) -> int:
    """Let something happen at a moment of a run that goes on, and return its exit code."""
    run = Run(lab, operation, *arguments)
    assert run.reach(moment), "".join(run.lines[-3:])
    deed()
    return run.end()


def shell(lab: Lab, command: str) -> None:
    """Run a command as a user would paste it: in the project's folder, with the sandbox's environment."""
    environment = engine.full_environment(lab.home)
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=lab.project,
        env={**environment, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout[-2000:]}\n{result.stderr[-2000:]}"
