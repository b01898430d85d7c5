"""From two revisions to a report. The order of stacks is that of their names, whichever is done first."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from preview import rails, revisions, traffic
from preview.backend import Backend, Outcome, wanted_of
from preview.changes import Change, changes_of, gone
from preview.every_stack import AT_ONCE
from preview.report import StackReport
from reach.revisions import extract
from sandbox.tools import Toolbox


def preview(
    project: Path,
    box: Toolbox,
    base: str,
    head: str = "",
    stacks: Sequence[str] = (),
    said: Callable[[str], None] = lambda _: None,
) -> list[StackReport]:
    """Compare two commits, or a commit and the work tree (`head` empty); all stacks unless some are named.

    Raises:
        PreviewError: there is nothing to compare.
        ReachError: a commit cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="calico-labs-preview-") as name:
        root = Path(name).resolve()
        base_source, head_source = root / "base-source", root / "head-source"
        extract(project, base, base_source)
        if head:
            extract(project, head, head_source)
        else:
            revisions.copy_work_tree(project, head_source)
        wanted = wanted_of(stacks, base_source, head_source)
        backend = Backend(root, box, base_source, head_source)
        backend.prepare(wanted)

        def one(stack: str) -> StackReport:
            said(stack)
            outcome = backend.run(stack)
            in_base, in_head = backend.has("base", stack), backend.has("head", stack)
            found = None
            if in_head and not outcome.head_errors:
                found = traffic.compare(base_source if in_base else None, head_source, stack)
            return report_of(stack, outcome, in_base=in_base, in_head=in_head, found=found)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(one, wanted))


def report_of(
    stack: str, outcome: Outcome, *, in_base: bool, in_head: bool, found: traffic.Traffic | None
) -> StackReport:
    """Turn what the engine said into what the report says."""
    if not in_head:
        removed = gone(outcome.base_state.get("resources") or [])
        return StackReport(stack, tuple(removed), note="removed", base_errors=outcome.base_errors)
    failed = bool(outcome.head_errors)
    return StackReport(
        stack,
        changes=() if failed else _changes(outcome),
        traffic=found or traffic.Traffic(),
        rails=rails.Rails() if failed else rails.compare(outcome.base_state, outcome.preview),
        note="" if in_base else "new",
        base_errors=outcome.base_errors,
        head_errors=outcome.head_errors,
    )


def _changes(outcome: Outcome) -> tuple[Change, ...]:
    return tuple(changes_of(outcome.preview.get("steps") or [], outcome.base_state.get("resources") or []))
