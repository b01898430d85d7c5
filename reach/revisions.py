"""The files of a git revision, without touching the work tree: for a report of a change, and for a project to judge.

Git is given commit ids only, found with `--end-of-options`: a branch can be named like an option or like a command.
"""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from reach.errors import ReachError, shown

WORK_TREE = "."
"""Stands for the files as they are now, committed or not."""

_WANTED = ("apps", "policies")
_MAX_FILES = 2_000
_MAX_BYTES = 4 * 1024 * 1024
_GIT_SECONDS = 60


@contextmanager
def project_at(root: Path, revision: str) -> Iterator[Path]:
    """Yield a folder that holds what a lab is made of as of a revision: stack files, `apps/`, `policies/`.

    Raises:
        ReachError: if there is no such revision, or git cannot be used.
    """
    if revision == WORK_TREE:
        yield root
        return
    commit = commit_of(root, revision)
    with TemporaryDirectory(prefix="reach-") as folder:
        target = Path(folder).resolve() / "project"
        extract(root, commit, target, _is_wanted, most_files=_MAX_FILES, most_bytes=_MAX_BYTES)
        yield target


def _is_wanted(name: str) -> bool:
    top, _, rest = name.partition("/")
    if not rest:
        return top.startswith("Pulumi.") and top.endswith(".yaml")
    return top in _WANTED and name.endswith((".yaml", ".yml"))


def commit_of(root: Path, revision: str) -> str:
    """Return the id of a commit.

    Raises:
        ReachError: if there is none of that name, or git cannot be used.
    """
    commit = b""
    if _can_be_asked(revision):
        commit = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not commit:
        raise ReachError(
            f"revision is '{shown(revision)}' but git finds no commit by that name; name a commit, branch or tag "
            "(a shallow clone may lack it: fetch-depth 0)"
        )
    return commit.decode().strip()


def _can_be_asked(text: str) -> bool:
    """Tell whether a program can be given this text: no argument holds a NUL or half of a pair of surrogates."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def extract(
    root: Path,
    commit: str,
    target: Path,
    wanted: Callable[[str], bool] = lambda _: True,
    *,
    most_files: int | None = None,
    most_bytes: int | None = None,
) -> None:
    """Write the files of a commit that are wanted into a new folder.

    Object by object and not by `git archive`, which leaves out what the commit's own .gitattributes tell it to: a
    change could hide from its preview. Links are left out, as the program has none and one could lead anywhere.

    Raises:
        ReachError: if git cannot read it, there is too much of it, or a path leads out of the folder.
    """
    target.mkdir(parents=True)
    files: list[tuple[str, str]] = []
    for entry in git(root, "ls-tree", "-r", "-z", commit).decode("utf-8", "surrogateescape").split("\0"):
        about, _, name = entry.partition("\t")
        if about.startswith("100") and wanted(name):
            files.append((about.split(" ")[2], name))
    if most_files is not None and len(files) > most_files:
        raise ReachError(f"{commit} has {len(files)} manifests but at most {most_files} are read")
    request = "".join(f"{object_id}\n" for object_id, _ in files).encode()
    stream = io.BytesIO(git(root, "cat-file", "--batch", given=request))
    for object_id, name in files:
        found = stream.readline().decode().split(" ")
        if found[:2] != [object_id, "blob"]:
            raise ReachError(
                f"git could not read '{shown(name)}' of commit {commit}; the clone is not complete"
            )
        content = stream.read(int(found[2]))
        stream.read(1)
        if most_bytes is not None and len(content) > most_bytes:
            raise ReachError(f"{shown(name)} has {len(content)} bytes in {commit}; keep it small")
        path = target / name
        if not path.resolve().is_relative_to(target.resolve()):
            raise ReachError(
                f"commit {commit} has the path '{shown(name)}', which leads out of the project; remove it"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def git(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Return what git prints about a repository; nothing if it answers no.

    Raises:
        ReachError: if git cannot be used.
    """
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            input=given,
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ReachError(
            f"git cannot be used: {shown(error)}; install it, or repair the repository"
        ) from error
    if done.returncode not in (0, 1):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ReachError(f"git {arguments[0]} failed: {shown(said[-1] if said else done.returncode)}")
    return done.stdout
