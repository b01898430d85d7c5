"""Programs that the doctor asks: Pulumi and the Azure CLI."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from doctor.errors import CannotLookError


def ask(
    command: Sequence[str],
    seconds: float,
    otherwise: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program and return what it printed; the caller looks at the exit code.

    Raises:
        CannotLookError: it is not there or does not end in time; the message is `otherwise` with the reason.
    """
    try:
        return subprocess.run(
            list(command),
            cwd=folder,
            env=None if environment is None else dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError as error:
        raise CannotLookError(f"{otherwise}: {command[0]} is not on the PATH") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotLookError(f"{otherwise}: {error}") from error
