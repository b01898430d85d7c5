"""`labctl`'s arguments: every command and option with any word, while nothing can be started."""

from __future__ import annotations

import contextlib
import io
import os
import random
import subprocess
from pathlib import Path
from typing import Any
from unittest import mock

import click
from hypothesis import strategies as st

from labctl import cli
from sandbox.errors import SandboxError
from sandbox.home import PROJECT
from tests.fuzz.junk import anything, edit_text, words
from tests.fuzz.target import ACCEPTED, REFUSED, FindingError, Target
from tests.fuzz.targets.files import folder

_EXIT_CODES = (0, 1, 2, 3)


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += _commands(command, (*path, name))
        else:
            found.append(((*path, name), command))
    return found


_COMMANDS = _commands(cli.main)
_STACKS = tuple(sorted(path.name.split(".")[1] for path in PROJECT.glob("Pulumi.*.yaml")))


def _as_argument(word: str) -> str:
    """Return what the operating system can hand over: no NUL, and never half of a pair of surrogates."""
    return os.fsdecode(word.encode("utf-8", "replace").replace(b"\0", b""))


_words = st.one_of(
    st.sampled_from(
        [*_STACKS, "customer", "summary", "80", "udp/53", "outside", "1", "json", "HEAD", ".", "192.0.2.1:53"]
    ),
    words,
    anything,
).map(_as_argument)


_GOOD = (
    ["reach", "explain", "byocni", "customer", "summary", "80"],
    ["reach", "lint", "nke", "--format", "json"],
    ["check", "byocni", "--list"],
    ["sandbox", "status", "--help"],
)


@st.composite
def _inputs(draw: st.DrawFn) -> list[str]:
    if draw(st.integers(0, 3)) == 0:
        return list(draw(st.sampled_from(_GOOD)))
    path, command = draw(st.sampled_from(_COMMANDS))
    arguments = list(path)
    for parameter in draw(st.lists(st.sampled_from(command.params), max_size=4)) if command.params else []:
        if isinstance(parameter, click.Option):
            arguments.append(draw(st.sampled_from(parameter.opts)))
            if not parameter.is_flag:
                arguments.append(draw(_words))
        else:
            arguments.append(draw(_words))
    if draw(st.integers(0, 4)) == 0:
        arguments.insert(draw(st.integers(0, len(arguments))), draw(_words))
    return arguments


def _never(*_: object, **__: object) -> Any:
    raise SandboxError("nothing is started here; start it with `labctl sandbox start`")


def _programs(arguments: Any, **options: Any) -> Any:
    """Let git run, and nothing else."""
    if arguments[0] != "git":
        raise FileNotFoundError(2, "No such file or directory", arguments[0])
    return _run(arguments, **options)


def _write(path: Path, *_: object, **__: object) -> int:
    """Refuse to write: an option can name any file of this machine."""
    raise PermissionError(13, "Permission denied", str(path))


def _open_to_read(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
    if set(mode) & set("wax+"):
        raise PermissionError(13, "Permission denied", str(path))
    return _open(path, mode, *arguments, **options)


_run = subprocess.run
_open = Path.open
_REPLACED = (
    *((f"labctl.{room}.ensure", _never) for room in ("lab", "preview_commands", "sandbox_commands")),
    *((f"sandbox.daemon.{name}", _never) for name in ("start", "stop")),
    *((f"sandbox.engine.{name}", _never) for name in ("pulumi", "show_pulumi", "prepare")),
    *((f"sandbox.plain_clusters.{name}", _never) for name in ("start", "remove")),
    ("labctl.sandbox_commands.prepare_images", _never),
    ("subprocess.run", _programs),
    ("pathlib.Path.open", _open_to_read),
    *((f"pathlib.Path.{name}", _write) for name in ("write_text", "write_bytes", "unlink", "mkdir", "touch")),
)


def _judge(arguments: Any) -> str:
    written = io.StringIO()
    with contextlib.ExitStack() as around:
        for name, instead in _REPLACED:
            around.enter_context(mock.patch(name, instead))
        around.enter_context(mock.patch.dict(os.environ, {"CALICO_LABS_SANDBOX": str(folder() / "sandbox")}))
        around.enter_context(mock.patch("sys.argv", ["labctl", *arguments]))
        around.enter_context(contextlib.redirect_stdout(written))
        around.enter_context(contextlib.redirect_stderr(written))
        around.enter_context(contextlib.chdir(folder()))
        code: object = 0
        try:
            cli.run()
        except SystemExit as end:
            code = end.code or 0
    if code not in _EXIT_CODES:
        raise FindingError(f"ended with {code!r}: {written.getvalue()[-500:]}")
    if "Traceback" in written.getvalue():
        raise FindingError(f"a traceback: {written.getvalue()[-2000:]}")
    return ACCEPTED if code in (0, 1) else REFUSED


def _vary(arguments: Any, chance: random.Random) -> list[str]:
    changed = list(arguments)
    place = chance.randint(1, len(changed))
    word = _as_argument(edit_text(chance.choice(changed), chance))
    if chance.random() < 0.5 and place < len(changed):
        changed[place] = word
    else:
        changed.insert(place, word)
    return changed[:12]


TARGET = Target("arguments", "arguments of `labctl`", _inputs(), _judge, _vary)
