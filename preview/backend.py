"""One throw-away backend: base brought up on paper in it, head previewed over that state.

Owns folders and commands. What the answers mean is for `changes.py`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labs import stack_files
from labs.errors import shown
from preview import foreign, stand_ins
from preview.errors import PreviewError
from sandbox import engine
from sandbox.home import PROJECT, Home
from sandbox.tools import Toolbox

_STACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ")
"""Variables that a previewed program may know."""
_COPIED = ("Pulumi.yaml",)
_LEFT_OUT = (".git", ".github", ".venv", ".sandbox")


@dataclass(frozen=True)
class Outcome:
    """What the engine said about one stack."""

    base_state: dict[str, Any] = field(default_factory=dict)
    """Exported deployment of base; empty: there is no such stack in base."""
    preview: dict[str, Any] = field(default_factory=dict)
    """JSON of head's preview; empty: there is no such stack in head."""
    base_errors: tuple[str, ...] = ()
    head_errors: tuple[str, ...] = ()


def stacks_of(source: Path) -> list[str]:
    """Return the stacks that a revision has files for.

    Raises:
        PreviewError: a stack file has a name that Pulumi would not take.
    """
    found = stack_files.stacks_of(source)
    for stack in found:
        if not _STACK.fullmatch(stack):
            raise PreviewError(
                f"stack is {shown(stack)!r} but that is no name of a stack; rename Pulumi.<stack>.yaml "
                "(letters, digits, `_`, `.` and `-`)"
            )
    return found


def wanted_of(named: Sequence[str], *sources: Path) -> list[str]:
    """Return the stacks that are named, or all that the sources have files for: each once, in the order of their names.

    Raises:
        PreviewError: there is no stack, or none of a name.
    """
    known = sorted({stack for source in sources for stack in stacks_of(source)})
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise PreviewError(
            f"stack is {unknown[0]!r} but there is no Pulumi.{unknown[0]}.yaml; "
            f"choose one of {', '.join(known) or 'none'}"
        )
    if not known:
        raise PreviewError("there is no Pulumi.<stack>.yaml; there is nothing to preview")
    return sorted(set(named) or known)


class Backend:
    """A Pulumi home, a file backend and the two revisions as projects."""

    def __init__(self, root: Path, box: Toolbox, base: Path, head: Path) -> None:
        self._root = root
        self._box = box
        self._sources = {"base": base, "head": head}
        self._home = Home(root / "home")

    def prepare(self, stacks: Sequence[str]) -> None:
        """Make projects, stacks and plugins. The plugins last: the sandbox's own are installed along the way."""
        for stack in stacks:
            usable = [
                side for side in self._sources if self.has(side, stack) and not self._refused(side, stack)
            ]
            for side in usable:
                self._make_project(side, stack)
            if usable:
                engine.prepare(self._home, self._box, self._folder(usable[-1], stack))
        for name, (package, _) in engine.PLUGINS.items():
            for launcher in self._home.pulumi_home.glob(f"plugins/resource-{name}-v*/pulumi-resource-{name}"):
                launcher.write_text(
                    f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(PROJECT))} exec {shlex.quote(sys.executable)} "
                    f'-m preview.plugins.{package} "$@"\n',
                    encoding="utf-8",
                )

    def has(self, side: str, stack: str) -> bool:
        return (self._sources[side] / f"Pulumi.{stack}.yaml").is_file()

    def run(self, stack: str) -> Outcome:
        """Bring base up, preview head over it."""
        state: dict[str, Any] = {}
        base_errors = self._refused("base", stack)
        if self.has("base", stack) and not base_errors:
            up = self._pulumi("base", stack, "up", "--yes", "--skip-preview", "--json")
            if up.returncode != 0:
                base_errors = self._errors(_events(up.stdout), up.stderr)
            else:
                exported = self._pulumi("base", stack, "stack", "export")
                if exported.returncode != 0:
                    base_errors = self._errors((), exported.stderr)
                else:
                    state = json.loads(exported.stdout)["deployment"]
        if not self.has("head", stack):
            return Outcome(base_state=state, base_errors=base_errors)
        if refused := self._refused("head", stack):
            return Outcome(state, {}, base_errors, refused)
        previewed = self._pulumi("head", stack, "preview", "--json", "--show-sames")
        try:
            document = json.loads(previewed.stdout)
        except ValueError:
            document = {}
        errors: tuple[str, ...] = ()
        if previewed.returncode != 0:
            errors = self._errors(document.get("diagnostics") or [], previewed.stderr)
        return Outcome(state, document, base_errors, errors)

    def _refused(self, side: str, stack: str) -> tuple[str, ...]:
        """Return what in the revision's own files asks for more than a preview gives."""
        if not self.has(side, stack):
            return ()
        source = self._sources[side]
        return (*foreign.project_refusals(source), *foreign.stack_refusals(source, stack))

    def _pulumi(self, side: str, stack: str, *arguments: str) -> Any:
        return engine.pulumi(
            self._home,
            [*arguments, "--stack", stack, "--non-interactive"],
            self._folder(side, stack),
            self._environment(),
        )

    def _environment(self) -> dict[str, str]:
        """Return what the revision's program gets to see: no credential of whoever previews it, and a home of its own.

        It could still look for files by their full paths; docs/previews.md says where foreign code may be previewed.
        """
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {**kept, **engine.environment(self._home), "HOME": str(self._home.root / "nobody")}

    def _folder(self, side: str, stack: str) -> Path:
        return self._root / side / stack

    def _make_project(self, side: str, stack: str) -> None:
        """One folder a stack: the engine writes to stack files, and two run at a time."""
        source, folder = self._sources[side], self._folder(side, stack)
        folder.mkdir(parents=True)
        for entry in sorted(source.iterdir()):
            if entry.name not in _LEFT_OUT and not re.fullmatch(r"Pulumi(\..*)?\.yaml", entry.name):
                (folder / entry.name).symlink_to(entry)
        for name in (*_COPIED, f"Pulumi.{stack}.yaml"):
            (folder / name).write_bytes((source / name).read_bytes())
        (folder / ".venv").symlink_to(PROJECT / ".venv")
        stand_ins.complete(folder, stack, stand_ins.declared_keys(folder))

    def _errors(self, diagnostics: Sequence[Any], stderr: str) -> tuple[str, ...]:
        found = [
            str(item["message"]).strip()
            for item in diagnostics
            if isinstance(item, dict) and item.get("severity") == "error"
        ]
        texts = [text for text in found if "program exited with non-zero exit code" not in text] or [
            stderr.strip()
        ]
        # Where the throw-away folder is differs between runs, and the report must not.
        return tuple(
            dict.fromkeys(text.replace(str(self._root), "").removeprefix("error: ") for text in texts)
        )


def _events(stdout: str) -> list[Any]:
    events = [json.loads(line) for line in stdout.splitlines() if line.startswith("{")]
    return [event["diagnosticEvent"] for event in events if "diagnosticEvent" in event]
