"""What runs in a sandbox, for people and for tests: read from the records, not from the daemon's word."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sandbox.home import Home
from sandbox.process import recorded

WHAT_IS_REAL = (
    "Real: Pulumi's engine, etcd, kube-apiserver, controller manager, scheduler, the Tigera operator.",
    "Stood in for: Azure (resource groups, AKS) and Pulumi's two provider plugins.",
    "Simulated: nodes and pods (KWOK). No packet flows, so traffic is not checked here.",
    "CRDs are those of Calico v3.32.1; the operator is v1.28.1, the newest whose Go module builds.",
)


@dataclass(frozen=True)
class Running:
    """One program of the sandbox that runs now."""

    name: str
    pid: int
    memory: int
    """Resident bytes."""


def programs(home: Home) -> list[Running]:
    """Return the programs that run, by name."""
    found = []
    for record in home.processes.glob("*.json"):
        process = recorded(record)
        if process is not None:
            name = str(json.loads(record.read_text(encoding="utf-8"))["name"])
            found.append(Running(name, process.pid, int(process.memory_info().rss)))
    return sorted(found, key=lambda program: program.name)
