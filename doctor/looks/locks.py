"""Locks of runs that are over: a killed `pulumi` leaves one, and every later command is refused.

Seen in file backends only; any other backend says so itself when a command is refused, with the same remedy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psutil

from doctor.backend_files import folder_of
from doctor.errors import CannotLookError
from doctor.finding import Finding
from doctor.patient import Patient


def look(patient: Patient) -> Iterator[Finding]:
    """Yield one finding for each lock."""
    stack = patient.settings.stack
    for path in sorted(_folder(patient).glob("*.json")):
        try:
            lock = json.loads(path.read_text(encoding="utf-8"))
            host, pid, since = lock["hostname"], int(lock["pid"]), lock["timestamp"][:19]
            whose = f"{lock['username']}@{host}, process {pid}, since {since}"
        except FileNotFoundError:
            continue  # its run has ended since
        except (OSError, ValueError, KeyError, TypeError):
            yield Finding(
                f"the stack is locked by a file that cannot be read ({path.name}); every `up` and `destroy` is "
                "refused, and if no run goes on this takes it away",
                (f"pulumi cancel --yes --stack {stack}",),
            )
            continue
        if host == patient.host and _runs(pid):
            yield Finding(f"the stack is locked by a run that still goes on ({whose}); wait for it to end")
        else:
            yield Finding(
                f"the stack is locked by a run that is over ({whose}); every `up` and `destroy` is refused",
                (f"pulumi cancel --yes --stack {stack}",),
            )


def _folder(patient: Patient) -> Path:
    folder = folder_of(patient.environment)
    if folder is None:
        raise CannotLookError(
            "they can be seen in file backends only; if a command says that the stack is locked, run "
            f"`pulumi cancel --stack {patient.settings.stack}`"
        )
    return folder / "locks" / "organization" / "calico-labs" / patient.settings.stack


def _runs(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return "pulumi" in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
