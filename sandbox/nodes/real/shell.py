"""Short commands, run to their end; the error names the command and its own last line."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from sandbox.errors import ProcessError

_SECONDS = 60


def run(arguments: Sequence[str], text: str | None = None, seconds: float = _SECONDS) -> str:
    """Run the command and return what it printed.

    Raises:
        ProcessError: it failed, is not there, or took too long.
    """
    shown = " ".join(arguments[:8])
    try:
        result = subprocess.run(
            list(arguments), input=text, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ProcessError(f"`{shown}` did not end within {seconds:.0f} s") from error
    except OSError as error:
        raise ProcessError(f"cannot run `{shown}`: {error}") from error
    if result.returncode != 0:
        lines = (result.stderr or result.stdout).strip().splitlines()
        raise ProcessError(f"`{shown}` failed: {lines[-1] if lines else f'status {result.returncode}'}")
    return result.stdout
