"""Look for a program on PATH at a good version."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from sandbox.tools.pins import Tool

_VERSION = re.compile(r"\bv?(\d+)\.(\d+)(?:\.(\d+))?")
_SECONDS = 20


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
    """Return the program of PATH (or of `path`) if its version is good and what belongs to it lies there too."""
    found = shutil.which(tool.name, path=path) if tool.take_from_path else None
    if found is None or any(shutil.which(other, path=path) is None for other in tool.also):
        return None
    version = version_of(Path(found), tool.ask_version)
    if version is None or not tool.at_least <= version or version >= tool.below:
        return None
    return Path(found).resolve()
