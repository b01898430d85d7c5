"""Time and memory of commands, taken so that two things can be compared: in turns, as medians."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Ratio:
    """One figure: ours, the baseline's, and what was aimed at."""

    what: str
    baseline: str
    ours_value: float
    baseline_value: float
    unit: str
    runs: int
    aim: float | None

    @property
    def ratio(self) -> float:
        return self.ours_value / self.baseline_value


def seconds(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def in_turns(runs: int, *actions: Callable[[], object]) -> list[float]:
    """Return the median seconds of each action, taken in turns so that a noisy minute hits them alike."""
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(runs):
        for taken, action in zip(times, actions, strict=True):
            taken.append(seconds(action))
    return [statistics.median(taken) for taken in times]


def peak_of_program(command: list[str], folder: Path, environment: dict[str, str]) -> int:
    """Run a `pulumi` command; return the peak resident bytes of the Pulumi program it ran.

    The program is the Python process of the language host (`pulumi-language-python-exec`); its high-water mark is
    read from the kernel (`VmHWM`), so a short peak between two looks is not missed. Linux only.
    """
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0
    ended = threading.Event()
    root = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            children = root.children(recursive=True)
        except psutil.Error:
            break
        for child in children:
            try:
                if any("pulumi-language-python-exec" in part for part in child.cmdline()):
                    peak = max(peak, _high_water(child.pid))
            except psutil.Error:
                continue
        ended.wait(0.02)
    if process.wait() != 0 or peak == 0:
        raise RuntimeError(f"{' '.join(command)} failed, or its program was not seen")
    return peak


def _high_water(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def machine() -> str:
    """Describe the machine in one line."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line for line in cpuinfo.read_text(encoding="utf-8").splitlines() if line.startswith("model name")
        ]
        model = names[0].split(":", 1)[1].strip() if names else model
    memory = psutil.virtual_memory().total / 2**30
    release = platform.release().partition("-")[0]
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {platform.system()} {release}, "
        f"Python {sys.version.split()[0]}"
    )
