"""Which kind of nodes a sandbox has: what was asked for, what the machine allows, and what was chosen last time."""

from __future__ import annotations

from enum import StrEnum

from sandbox import tools
from sandbox.errors import SandboxError
from sandbox.home import Home, write_private
from sandbox.nodes.real import preflight


class NodesKind(StrEnum):
    """Kinds of nodes, in the words of `--nodes`."""

    SIMULATED = "simulated"
    REAL = "real"
    AUTO = "auto"


def remembered(home: Home) -> NodesKind:
    """Return the kind this sandbox was last started with; simulated for a new one."""
    try:
        return NodesKind(home.nodes_kind.read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return NodesKind.SIMULATED


def remember(home: Home, kind: NodesKind) -> None:
    write_private(home.nodes_kind, kind)


def choose(asked: NodesKind, unfit: str | None = None) -> tuple[NodesKind, str]:
    """Return the kind to use and why; `unfit` says why real nodes cannot run what is to be run, None if they can.

    Raises:
        SandboxError: real nodes were asked for and cannot run here, or not that; every missing thing is named.
    """
    if asked is NodesKind.SIMULATED:
        return asked, "simulated nodes, as asked for"
    if asked is NodesKind.REAL:
        if unfit:
            raise SandboxError(f"real nodes cannot run this lab: {unfit}; use --nodes simulated")
        preflight.check()
        return asked, "real nodes, as asked for"
    if unfit:
        return NodesKind.SIMULATED, f"simulated nodes: {unfit}"
    lacking = preflight.missing()
    if lacking:
        return NodesKind.SIMULATED, f"simulated nodes: {lacking[0]}"
    if not tools.has_real():
        return NodesKind.SIMULATED, (
            "simulated nodes: the programs of real ones are not built yet; build them with "
            "`labctl sandbox tools --nodes real` (about 15 minutes, once)"
        )
    return NodesKind.REAL, "real nodes: this machine has all they need, and their programs are built"
