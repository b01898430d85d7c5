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
_STACK = re.compile(r"(?:--stack=|-s=?)(.+)", re.S)
_OPTION = re.compile(r"(?:--cwd=|-C=?)(.+)", re.S)


def project_folder(arguments: Sequence[str], here: Path) -> Path:
    """Return the folder whose stack files the command uses: Pulumi searches upwards for its project."""
    start = here
    words = iter(arguments)
    for word in words:
        if word == "--":
            break
        if word in ("--cwd", "-C"):
            start = here / next(words, "")
        elif option := _OPTION.fullmatch(word):
            start = here / option[1]
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / "Pulumi.yaml").is_file()), start)


def stack_files(arguments: Sequence[str], folder: Path) -> list[Path]:
    """Return the file of the stack that the command names, else all: others may be in use by another command."""
    words = iter(arguments)
    for word in words:
        if word == "--":
            break
        found = _STACK.fullmatch(word)
        name = next(words, "") if word in ("--stack", "-s") else found[1] if found else ""
        if name:
            return [folder / f"Pulumi.{name.rpartition('/')[2]}.yaml"]
    return list(folder.glob("Pulumi.*.yaml"))


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
