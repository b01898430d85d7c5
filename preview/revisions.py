"""The work tree as it is, in a folder of its own; `reach/revisions.py` does the same for commits.

Everything the program could read is copied, so that what is previewed does not change underneath.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from preview.errors import PreviewError
from reach.errors import ReachError
from reach.revisions import git

WORK_TREE = "the work tree"


def copy_work_tree(project: Path, target: Path) -> None:
    """Copy what git tracks or would track, as it is on disk.

    Raises:
        PreviewError: the project is in no repository.
    """
    try:
        listing = git(project, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    except ReachError as error:
        raise PreviewError(
            f"{project} is in no git repository; previews compare revisions of one ({error})"
        ) from error
    target.mkdir(parents=True)
    for name in sorted(set(listing.decode("utf-8", "surrogateescape").split("\0")) - {""}):
        source = project / name
        if source.is_symlink() or not source.is_file():
            continue  # deleted but not committed, or a link that could lead anywhere
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target / name)
