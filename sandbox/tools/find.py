"""Look for a program on PATH at a good version."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from sandbox.tools.pins import Tool

_VERSION = re.compile(r"\bv?(\d+)\.(\d+)(?:\.(\d+))?")
_SECONDS = 20
MARK = ".of-a-sandbox"
"""Lies in every folder that a sandbox puts on PATH: what is there was found, or wrapped, by a sandbox before. Taken as
found again, the wrapper around Pulumi would call itself without end."""


def version_of(program: Path, arguments: tuple[str, ...]) -> tuple[int, ...] | None:
    """Return the first version number the program prints, or None if it prints none."""
    try:
        answer = subprocess.run(
            [str(program), *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    for match in _VERSION.finditer(
        re.sub(r"^\d{4}/\d\d/\d\d.*$", "", answer.stdout + answer.stderr, flags=re.M)
    ):
        return tuple(int(part) for part in match.groups() if part is not None)
    return None


def on_path(tool: Tool, path: str | None = None) -> Path | None:
    """Return the program of PATH (or of `path`) if its version is good and what belongs to it lies beside it.

    Links are not followed: /snap/bin/kubectl leads to /usr/bin/snap, which looks at the name that it is called by.
    """
    path = _without_sandboxes(os.environ.get("PATH", os.defpath) if path is None else path)
    found = shutil.which(tool.name, path=path) if tool.take_from_path else None
    if found is None:
        return None
    program = Path(found).absolute()
    if any(shutil.which(other, path=str(program.parent)) is None for other in tool.also):
        return None
    version = version_of(program, tool.ask_version)
    if version is None or not tool.at_least <= version or version >= tool.below:
        return None
    return program


def _without_sandboxes(path: str) -> str:
    folders = path.split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not (Path(folder) / MARK).exists())
