"""The sandbox's own corner of the cgroup tree: one group a sandbox, one below it a node.

Every kubelet needs a root of its own, or two of them end each other's pods. Only groups of this name are made or
removed; the host's stay as they are. Version 1 was measured (2026-11-22); version 2 follows its documentation.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from sandbox.errors import ProcessError
from sandbox.home import Home

PREFIX = "calico-labs-"
_MOUNT = Path("/sys/fs/cgroup")


def group_of(home: Home) -> str:
    """Return the group's name: another for every sandbox of this machine."""
    return PREFIX + hashlib.sha256(str(home.root).encode()).hexdigest()[:10]


def hierarchies(mounts: str | None = None) -> list[Path]:
    """Return the root of every mounted hierarchy, from the text of /proc/mounts."""
    text = Path("/proc/self/mounts").read_text(encoding="utf-8") if mounts is None else mounts
    found = []
    for line in text.splitlines():
        _, target, kind, *_ = line.split(" ")
        if kind in ("cgroup", "cgroup2") and Path(target).is_relative_to(_MOUNT):
            found.append(Path(target))
    return found


def make(group: str, node: str) -> str:
    """Make the node's group in every hierarchy; return its path from each root.

    Raises:
        ProcessError: there is no hierarchy, or the kernel refuses.
    """
    roots = hierarchies()
    if not roots:
        raise ProcessError(f"no cgroup hierarchy is mounted below {_MOUNT}; mount one, kubelet needs it")
    for root in roots:
        for path in (root / group, root / group / node):
            try:
                path.mkdir(exist_ok=True)
                _inherit(path)
            except OSError as error:
                raise ProcessError(f"cannot make the cgroup {path}: {error.strerror}") from error
    return f"/{group}/{node}"


def _inherit(path: Path) -> None:
    # Version 1: a new cpuset is empty, and nothing may run in it before it has been told where.
    for name in ("cpuset.cpus", "cpuset.mems"):
        own, above = path / name, path.parent / name
        if own.exists() and above.exists() and not own.read_text().strip():
            own.write_text(above.read_text())
    # Version 2: controllers are handed down one level at a time; the host's own root is left alone.
    controllers = path / "cgroup.controllers"
    if controllers.exists() and (words := controllers.read_text().split()):
        (path / "cgroup.subtree_control").write_text(" ".join(f"+{word}" for word in words))


def remove(group: str, node: str | None = None) -> list[Path]:
    """Remove the group (or one node's); return what could not be, because something still runs in it."""
    kept = []
    for root in hierarchies():
        top = root / group / node if node else root / group
        if not top.is_dir():
            continue
        for folder, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                kept.append(Path(folder))
    return kept


def present(group: str) -> list[Path]:
    """Return the group's folders that exist."""
    return [root / group for root in hierarchies() if (root / group).is_dir()]
