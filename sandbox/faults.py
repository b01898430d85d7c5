"""Arms faults in the running sandbox's Azure, and tells which are armed. What they are is `sandbox/arm/faults.py`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sandbox import door
from sandbox.arm.faults import FAULTS_TYPE, FAULTS_VERSION, Fault, Kind
from sandbox.home import Home

_PATH = f"/resourceGroups/sandbox/providers/{FAULTS_TYPE}/armed"


def armed(home: Home) -> list[Fault]:
    """Return the faults that will still happen, in the order in which they were armed.

    Raises:
        SandboxError: the sandbox does not run.
    """
    return _read(door.call(home, "GET", _PATH, FAULTS_VERSION))


def arm(home: Home, *faults: Fault) -> list[Fault]:
    """Arm faults behind those that are armed, and return them all.

    Raises:
        SandboxError: the sandbox does not run, or a fault cannot be meant.
    """
    body = {"properties": {"faults": [asdict(fault) for fault in (*armed(home), *faults)]}}
    return _read(door.call(home, "PUT", _PATH, FAULTS_VERSION, body))


def disarm(home: Home) -> None:
    """Take all faults back.

    Raises:
        SandboxError: the sandbox does not run.
    """
    door.call(home, "DELETE", _PATH, FAULTS_VERSION)


def _read(answer: dict[str, Any]) -> list[Fault]:
    return [Fault(**{**item, "kind": Kind(item["kind"])}) for item in answer["properties"]["faults"]]
