"""What runs in a sandbox, for people and for tests: read from the records, not from the daemon's word."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.home import Home
from sandbox.nodes.choice import NodesKind, remembered
from sandbox.nodes.real.images import images
from sandbox.process import recorded

_ALWAYS = (
    "Real: Pulumi's engine, etcd, kube-apiserver, controller manager, scheduler, the Tigera operator.",
    "Stood in for: Azure (resource groups, AKS) and Pulumi's two provider plugins.",
)
_ABOUT = {
    NodesKind.SIMULATED: (
        "Simulated: nodes and pods (KWOK). No packet flows, so traffic is not checked here.",
        "CRDs are those of Calico v3.32.1; the operator is v1.28.1, the newest whose Go module builds.",
    ),
    NodesKind.REAL: (
        "Real too: nodes (containerd, kubelet, kube-proxy, CoreDNS) and Calico on them, which decides every packet.",
        "Calico is v3.28.5 with its own CRDs, under the image names v3.24.1 that operator v1.28.1 asks for.",
        "Both are the newest whose Go modules build.",
        "Its policy API was given `spec.tier`, which came with v3.30; the only tier it takes is `default`.",
        "Demo applications are small programs of this project behind the published image names.",
    ),
}


def what_is_real(home: Home) -> tuple[str, ...]:
    """Return what this sandbox runs for real and what it stands in for, in words."""
    return (*_ALWAYS, *_ABOUT[remembered(home)])


def image_origins(home: Home, tool: Callable[[str], Path]) -> list[tuple[str, str]]:
    """Return each image of real nodes and what is in it; none for simulated nodes, which run nothing."""
    if remembered(home) is not NodesKind.REAL:
        return []
    return [(image.name, image.origin) for image in images(tool)]


@dataclass(frozen=True)
class Running:
    """One program of the sandbox that runs now."""

    name: str
    pid: int
    memory: int
    """Resident bytes; for a node, of everything on it."""


def programs(home: Home) -> list[Running]:
    """Return the programs that run, by name."""
    found = []
    for record in home.processes.glob("*.json"):
        process = recorded(record)
        if process is not None:
            with contextlib.suppress(OSError, psutil.Error):  # it ended just now, and its record with it
                name = str(json.loads(record.read_text(encoding="utf-8"))["name"])
                found.append(Running(name, process.pid, _memory(process)))
    return sorted(found, key=lambda program: program.name)


def process_of(home: Home, start: str) -> int | None:
    """Return the process id of the first program whose name begins so, if it runs."""
    return next((program.pid for program in programs(home) if program.name.startswith(start)), None)


def _memory(process: psutil.Process) -> int:
    total = int(process.memory_info().rss)
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            total += int(child.memory_info().rss)
    return total
