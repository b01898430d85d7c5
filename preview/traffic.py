"""The one place where the preview asks the verdict engine: what a change opens and closes, and lint.

What it cannot answer becomes a line of the report, never a missing part: a reviewer must not take silence for safety.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labs.errors import LabError
from preview import traffic_lines
from reach.diff import compare as difference
from reach.lint.run import lint
from reach.topology import load_lab


@dataclass(frozen=True)
class Traffic:
    """What differs for traffic."""

    lines: tuple[str, ...] = ()
    """What changes, as a diff: `+` opens, `-` closes, `!` is what a reviewer should see first. Empty: nothing does."""

    summary: str = ""
    """The same in a few words: `1 newly reachable from outside, 2 closed`."""

    lint: tuple[str, ...] = ()
    """Findings about head that base does not have."""

    problem: str = ""
    """Why there is no answer."""


def compare(base: Path | None, head: Path, stack: str) -> Traffic:
    """Compare two projects; base is None for a stack that is new, which is compared with nothing."""
    try:
        after = load_lab(head, stack)
        findings = lint(after)
        if base is None:
            return Traffic(lint=tuple(map(str, findings)), problem="not compared: the stack is new")
        before = load_lab(base, stack)
        old = {(finding.file, finding.check, finding.message) for finding in lint(before)}
        differing = difference(before, after)
    except (LabError, OSError) as error:
        return Traffic(problem=f"not compared: {error}")
    # Without the line: a finding that only moved is not new.
    new = [found for found in findings if (found.file, found.check, found.message) not in old]
    return Traffic(
        tuple(traffic_lines.lines(differing)), traffic_lines.summary(differing), tuple(map(str, new))
    )
