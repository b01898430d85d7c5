"""The files of a revision, or of the work tree as it is, in a folder of their own.

Everything the program could read is copied, so that what is previewed does not change underneath. Git is given commit
ids only, found with `--end-of-options`: a branch can be named like an option or like a command.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

from labs.errors import shown
from preview.errors import PreviewError

WORK_TREE = "the work tree"
_GIT_SECONDS = 60


def commit_of(project: Path, revision: str) -> str:
    """Return the id of a commit.

    Raises:
        PreviewError: there is none of that name, or the project is in no repository.
    """
    found = (
        _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if _can_be_asked(revision)
        else None
    )
    if found is None or found.returncode != 0:
        raise PreviewError(
            f"revision is {_quoted(revision)} but git finds no commit by that name; name a commit, branch or tag "
            "(a shallow clone may lack it: fetch-depth 0)"
        )
    return found.stdout.decode().strip()


def _can_be_asked(text: str) -> bool:
    """Tell whether a program can be given this text: no argument holds a NUL or half of a pair of surrogates."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _quoted(text: str) -> str:
    return repr(shown(text))


def extract(project: Path, commit: str, target: Path) -> None:
    """Write the files of a commit into a folder.

    Object by object and not by `git archive`, which leaves out what the commit's own .gitattributes tell it to: a
    change could hide from its preview. Links are left out, as the program has none and one could lead anywhere.

    Raises:
        PreviewError: git cannot read it, or a path leads out of the folder.
    """
    target.mkdir(parents=True)
    listing = _git(project, "ls-tree", "-r", "-z", commit)
    if listing.returncode != 0:
        raise PreviewError(
            f"git could not read commit {commit}: {listing.stderr.decode(errors='replace').strip()}"
        )
    files: list[tuple[str, str]] = []
    for entry in listing.stdout.decode("utf-8", "surrogateescape").split("\0"):
        about, _, name = entry.partition("\t")
        if about.startswith("100"):
            files.append((about.split(" ")[2], name))
    request = "".join(f"{object_id}\n" for object_id, _ in files).encode()
    stream = io.BytesIO(_git(project, "cat-file", "--batch", given=request).stdout)
    for object_id, name in files:
        found = stream.readline().decode().split(" ")
        if found[:2] != [object_id, "blob"]:
            raise PreviewError(f"git could not read {name!r} of commit {commit}; the clone is not complete")
        content = stream.read(int(found[2]))
        stream.read(1)
        path = target / name
        if not path.resolve().is_relative_to(target.resolve()):
            raise PreviewError(
                f"commit {commit} has the path {name!r}, which leads out of the project; remove it"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def copy_work_tree(project: Path, target: Path) -> None:
    """Copy what git tracks or would track, as it is on disk."""
    listing = _git(project, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listing.returncode != 0:
        raise PreviewError(f"{project} is in no git repository; previews compare revisions of one")
    target.mkdir(parents=True)
    for name in sorted(set(listing.stdout.decode("utf-8", "surrogateescape").split("\0")) - {""}):
        source = project / name
        if source.is_symlink() or not source.is_file():
            continue  # deleted but not committed, or a link that could lead anywhere
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target / name)


def _git(project: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", "-C", str(project), *arguments],
        input=given,
        capture_output=True,
        check=False,
        timeout=_GIT_SECONDS,
    )
