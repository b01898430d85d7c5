"""Runs Pulumi; afterwards takes the salt out of every stack file that had none before.

Pulumi writes it there on each command that needs it (pkg/cmd/pulumi/stack/secrets.go, "should-save") and has no switch
against that. Run by path, so it imports the standard library only: `engine.py` puts it on PATH as `pulumi`.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_SALT = re.compile(rb"^encryptionsalt:.*\n?", re.M)


def value_of(arguments: Sequence[str], long: str, short: str) -> str:
    """Return the value that a command gives to an option, the last if there are several; empty: none."""
    joined = re.compile(rf"(?:{long}=|{short}=?)(.+)", re.S)
    found = ""
    words = iter(arguments)
    for word in words:
        if word == "--":
            break
        if word in (long, short):
            found = next(words, "")
        elif match := joined.fullmatch(word):
            found = match[1]
    return found


def project_folder(arguments: Sequence[str], here: Path) -> Path:
    """Return the folder whose stack files the command uses: Pulumi searches upwards for its project."""
    start = (here / value_of(arguments, "--cwd", "-C")).resolve()
    return next((folder for folder in (start, *start.parents) if (folder / "Pulumi.yaml").is_file()), start)


def stack_files(arguments: Sequence[str], folder: Path) -> list[Path]:
    """Return the file of the stack that the command names, else all: others may be in use by another command."""
    name = value_of(arguments, "--stack", "-s").rpartition("/")[2]
    return [folder / f"Pulumi.{name}.yaml"] if name else list(folder.glob("Pulumi.*.yaml"))


def _salted(file: Path) -> bool:
    with contextlib.suppress(OSError):  # one that cannot be read is another user's, or gone
        return _SALT.search(file.read_bytes()) is not None
    return False


def _take_salt_out(file: Path) -> None:
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    part.write_bytes(_SALT.sub(b"", file.read_bytes()))
    part.chmod(file.stat().st_mode)
    part.replace(file)


def main(program: str, arguments: Sequence[str]) -> int:
    """Run the program and return its exit code."""
    folder = project_folder(arguments, Path.cwd())
    clean = [file for file in stack_files(arguments, folder) if not _salted(file)]
    # Both reach Pulumi by themselves, from a terminal or from whoever signals the whole group, as `timeout` does.
    # Passed on they would come twice, and Pulumi would break off instead of finishing what is under way.
    for sent in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(sent) is not signal.SIG_IGN:
            signal.signal(sent, lambda *_: None)
    code = subprocess.Popen([program, *arguments]).wait()
    for file in clean:
        if _salted(file):
            _take_salt_out(file)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
