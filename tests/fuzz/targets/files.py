"""One file with the text of an input, in memory where the system has a place for that: 100,000 are written."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

_MEMORY = Path("/dev/shm")


@cache
def folder() -> Path:
    """Return this process's folder, removed at its end."""
    made = Path(tempfile.mkdtemp(prefix="calico-labs-fuzz-", dir=_MEMORY if _MEMORY.is_dir() else None))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def written(name: str, text: str) -> Path:
    """Return the file of that name with this text; half a surrogate pair becomes bytes that are not UTF-8."""
    path = folder() / name
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path
