"""Every stack of the work tree previewed from nothing, each timed: does it build, and how long does one wait for it.

The quick answer before an `up`: no cluster, no Azure, no sandbox that runs, and nothing is compared (that is `run.py`).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from preview import revisions
from preview.backend import Backend, Outcome, wanted_of
from preview.changes import changes_of
from sandbox.tools import Toolbox

AT_ONCE = 2
"""Stacks previewed at the same time; each keeps an engine and two Python processes busy."""


@dataclass(frozen=True)
class Previewed:
    """One stack's preview."""

    stack: str
    seconds: float
    """From starting Pulumi to its end; with others at the same time on the same cores."""
    resources: int
    """What an `up` would create; the program's components, which exist nowhere else, are left out."""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Previews:
    """The previews of all stacks, in the order of their names."""

    stacks: tuple[Previewed, ...]
    seconds: float
    """From the first preview's start to the last one's end; making the throw-away projects is not in it."""


def every_stack(
    project: Path,
    box: Toolbox,
    stacks: Sequence[str] = (),
    at_once: int = AT_ONCE,
    said: Callable[[Previewed], None] = lambda _: None,
) -> Previews:
    """Preview all stacks that the work tree has, or those named.

    Raises:
        PreviewError: there is no stack, or none of a name.
    """
    with tempfile.TemporaryDirectory(prefix="calico-labs-previews-") as name:
        root = Path(name).resolve()
        nothing, source = root / "nothing", root / "source"
        nothing.mkdir()
        revisions.copy_work_tree(project, source)
        wanted = wanted_of(stacks, source)
        backend = Backend(root, box, nothing, source)
        backend.prepare(wanted)

        def one(stack: str) -> Previewed:
            began = time.monotonic()
            found = previewed(stack, backend.run(stack), time.monotonic() - began)
            said(found)
            return found

        began = time.monotonic()
        with ThreadPoolExecutor(at_once) as pool:
            found = tuple(pool.map(one, wanted))
        return Previews(found, time.monotonic() - began)


def previewed(stack: str, outcome: Outcome, seconds: float) -> Previewed:
    """Turn what the engine said into a line of the report; a preview that creates nothing is a failure."""
    created = len(changes_of(outcome.preview.get("steps") or []))
    errors = outcome.head_errors
    if not errors and not created:
        errors = ("the preview shows no resource",)
    return Previewed(stack, seconds, created, errors)
