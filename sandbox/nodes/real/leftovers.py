"""What a crash can leave of real nodes: cgroups and files. Processes, mounts and interfaces end with their namespaces.

Found by name and place alone, so that it works without a daemon, its memory, or the programs of the nodes.
"""

from __future__ import annotations

import time
from pathlib import Path

from sandbox.home import Home
from sandbox.nodes.real import cgroups
from sandbox.nodes.real.node import remove_disk

_SECONDS = 30.0  # a busy machine takes its time over the end of a hundred processes


def remove(home: Home) -> list[Path]:
    """Remove all of it; the recorded programs must have been ended. Return the groups in which something still runs.

    Raises:
        ProcessError: a node's folder is still in use.
    """
    for folder in sorted(home.clusters.glob("*/nodes")):
        remove_disk(folder, _SECONDS)
    group = cgroups.group_of(home)
    if not cgroups.present(group):
        return []
    deadline = time.monotonic() + _SECONDS
    while cgroups.remove(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    return cgroups.present(group)
