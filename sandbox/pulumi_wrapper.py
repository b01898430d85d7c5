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
import threading
import time
from collections.abc import Sequence
from pathlib import Path

_SALT = re.compile(rb"^encryptionsalt:.*\n?", re.M)
_OPTION = re.compile(r"(?:--cwd=|-C=?)(.+)", re.S)
_SECONDS = 1.0  # until everybody in a process group has got a signal, on a busy machine too


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


def _salted(file: Path) -> bool:
    with contextlib.suppress(OSError):  # one that cannot be read is another user's, or gone
        return _SALT.search(file.read_bytes()) is not None
    return False


def _take_salt_out(file: Path) -> None:
    part = file.with_name(f"{file.name}.part")
    part.write_bytes(_SALT.sub(b"", file.read_bytes()))
    part.chmod(file.stat().st_mode)
    part.replace(file)


class _Terminations:
    """Passes a SIGTERM on that was sent to this process alone; one that was sent to the process group reaches Pulumi by
    itself, and a second one would make it break off instead of finishing what is under way.

    Nothing tells the two apart but another process of the group: the witness ends by a SIGTERM that all of them got.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._witness = self._new_witness()
        self._news, self._tell = os.pipe()
        signal.signal(signal.SIGTERM, lambda *_: os.write(self._tell, b"."))

    def pass_on_to(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        threading.Thread(target=self._watch, daemon=True).start()

    @staticmethod
    def _new_witness() -> subprocess.Popen[bytes]:
        # It ends with this process, whose end of the pipe it reads from; Ctrl-C does not end it.
        script = "trap '' INT; read -r _"
        return subprocess.Popen(["/bin/sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def end(self) -> None:
        self._witness.kill()
        self._witness.wait()

    def _watch(self) -> None:
        assert self._child is not None
        while os.read(self._news, 1):
            time.sleep(_SECONDS)
            if self._witness.poll() is None:
                self._child.terminate()
                continue
            self._witness = self._new_witness()
            os.set_blocking(self._news, False)
            with contextlib.suppress(BlockingIOError):
                os.read(self._news, 1000)  # `timeout` signals the process and then its group
            os.set_blocking(self._news, True)


def main(program: str, arguments: Sequence[str]) -> int:
    """Run the program and return its exit code."""
    folder = project_folder(arguments, Path.cwd())
    clean = [file for file in folder.glob("Pulumi.*.yaml") if not _salted(file)]
    # Ctrl-C reaches Pulumi by itself, as everything in the foreground; it is waited for.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda *_: None)
    terminations = _Terminations()
    process = subprocess.Popen([program, *arguments])
    terminations.pass_on_to(process)
    code = process.wait()
    terminations.end()
    for file in clean:
        if _salted(file):
            _take_salt_out(file)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
