"""What the nke lab finds when it starts: a cluster that was there before, and hosts outside that nobody owns.

The course closes 8.0.0.0/8, which is somebody's. Here the lab's own file closes a documentation range instead; nothing
else of the lab differs.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sandbox import plain_clusters
from sandbox.home import PROJECT, Home, write_private
from tests.e2e_real.outside import outside_host

CLUSTER = "plain"
CLOSED, BLOCKED = "8.0.0.0/8", "192.0.2.0/24"
BLOCKED_HOST, OPEN_HOSTS = "192.0.2.10", ("198.18.0.10", "198.19.0.10")
"""Documentation and benchmark ranges (RFC 5737, RFC 2544)."""
PORT = 80


def make_ready(home: Home, project: Path) -> None:
    """Start the cluster, and let the project's policies close the documentation range."""
    write_private(project / f"kubeconfig-{CLUSTER}", plain_clusters.start(home, CLUSTER))
    for part in ("policies", "components"):  # the program looks for policies beside its components
        (project / part).unlink()
        shutil.copytree(PROJECT / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
    changed = 0
    for file in (project / "policies" / "nke").glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        changed += text.count(f"nets: [{CLOSED}]")
        file.write_text(text.replace(f"nets: [{CLOSED}]", f"nets: [{BLOCKED}]"), encoding="utf-8")
    assert changed == 1


def take_away(home: Home) -> None:
    plain_clusters.remove(home, CLUSTER)


@contextmanager
def outside(home: Home, programs: Path) -> Iterator[None]:
    """Have the three hosts outside until the block ends."""
    with ExitStack() as stack:
        for number, address in enumerate((BLOCKED_HOST, *OPEN_HOSTS)):
            gateway = address.rsplit(".", 1)[0] + ".1"
            stack.enter_context(outside_host(home, programs, f"outside{number}", address, gateway, PORT))
        yield
