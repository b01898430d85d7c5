"""A project as it is in a git revision, without touching the work tree.

Only what a lab is made of is read, into a temporary folder: stack files, `apps/`, `policies/`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from reach.errors import ReachError, shown

WORK_TREE = "."
"""Stands for the files as they are now, committed or not."""

_WANTED = ("apps", "policies")
_MAX_FILES = 2_000
_MAX_BYTES = 4 * 1024 * 1024
_GIT_SECONDS = 30


@contextmanager
def project_at(root: Path, revision: str) -> Iterator[Path]:
    """Yield a folder that holds the project as of a revision.

    Raises:
        ReachError: if there is no such revision, or git cannot be used.
    """
    if revision == WORK_TREE:
        yield root
        return
    commit = ""
    if _can_be_asked(revision):
        found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        commit = found.decode().strip()
    if not commit:
        raise ReachError(
            f"'{shown(revision)}' is not a revision of this repository; name a commit, branch or tag"
        )
    with TemporaryDirectory(prefix="reach-") as folder:
        target = Path(folder).resolve()
        names = _git(root, "ls-tree", "-r", "-z", "--name-only", commit, "--", ".").split(b"\0")
        wanted = [name.decode("utf-8", "replace") for name in names if _is_wanted(name)]
        if len(wanted) > _MAX_FILES:
            raise ReachError(
                f"{shown(revision)} has {len(wanted)} manifests but at most {_MAX_FILES} are read"
            )
        for name in wanted:
            file = (target / name).resolve()
            if not file.is_relative_to(target):
                raise ReachError(
                    f"{shown(revision)} holds the path '{shown(name)}', which leads out of the project"
                )
            file.parent.mkdir(parents=True, exist_ok=True)
            content = _git(root, "show", f"{commit}:./{name}")
            if len(content) > _MAX_BYTES:
                raise ReachError(
                    f"{shown(name)} has {len(content)} bytes in {shown(revision)}; keep it small"
                )
            file.write_bytes(content)
        yield target


def _can_be_asked(text: str) -> bool:
    """Tell whether a program can be given this text: no argument holds a NUL or half of a pair of surrogates."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _is_wanted(name: bytes) -> bool:
    top, _, rest = name.partition(b"/")
    if not rest:
        return top.startswith(b"Pulumi.") and top.endswith(b".yaml")
    return top.decode("utf-8", "replace") in _WANTED and name.endswith((b".yaml", b".yml"))


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, timeout=_GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ReachError(
            f"git cannot be used: {shown(error)}; install it, or repair the repository"
        ) from error
    if done.returncode not in (0, 1):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ReachError(f"git {arguments[0]} failed: {shown(said[-1] if said else done.returncode)}")
    return done.stdout
