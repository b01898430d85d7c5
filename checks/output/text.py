"""Plain lines, one a check as it ends; then the whole matrix of what failed, the policies and how to see it by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.lab import Lab
from checks.result import Report, Result, Row, Status
from labs.next_steps import next_steps

_MARKS = {
    Status.PASSED: "passed ",
    Status.FAILED: "FAILED ",
    Status.SKIPPED: "skipped",
    Status.UNTESTED: "UNKNOWN",
}


def line(result: Result) -> str:
    """Return the one line of a result."""
    text = f"{_MARKS[result.status]} {result.name}  {result.seconds:.2f} s"
    if result.attempts > 1:
        text += f", {result.attempts} attempts"
    if result.status is Status.FAILED:
        text += f", {len(result.bad_rows)} of {len(result.rows)} differ"
    return f"{text}  ({result.reason})" if result.reason else text


def summary(report: Report) -> str:
    """Return the last line: how many of each, and how long."""
    parts = [
        f"{report.count(Status.PASSED)} passed",
        f"{report.count(Status.FAILED)} failed",
        f"{report.count(Status.SKIPPED)} skipped",
        f"{report.count(Status.UNTESTED)} could not be tested",
    ]
    slowest = max(report.results, key=lambda result: result.seconds, default=None)
    time = f"{report.seconds:.1f} s"
    if slowest is not None:
        time += f" (slowest: {slowest.name}, {slowest.seconds:.1f} s)"
    return f"stack {report.stack}: {', '.join(parts)}; {report.rows} comparisons in {time}"


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of expected beside actual; a star marks what differs."""
    head = ("", "what", "expected", "actual")
    cells = [("*" if not row.passed else "", row.subject, row.expected, row.actual) for row in rows]
    widths = [max(len(line[column]) for line in [head, *cells]) for column in range(3)]
    for cell in [head, *cells]:
        yield (
            "  "
            + "  ".join(
                [*(text.ljust(width) for text, width in zip(cell, widths, strict=False)), cell[3]]
            ).rstrip()
        )


def failures(report: Report, lab: Lab) -> Iterator[str]:
    """Yield everything that helps with what did not pass; nothing if all did."""
    bad = [result for result in report.results if result.status in (Status.FAILED, Status.UNTESTED)]
    if not bad:
        return
    yield ""
    yield f"by hand, once: {next_steps(lab.settings)[0]}"
    for result in bad:
        yield ""
        yield f"{result.name}: {result.status}" + (f", {result.reason}" if result.reason else "")
        yield from table(result.rows)
        reasons = dict.fromkeys(f"{row.subject}: {row.why}" for row in result.bad_rows if row.why)
        for reason in reasons:
            yield f"  decided by the files: {reason}"
        for command in dict.fromkeys(row.reproduce for row in result.bad_rows if row.reproduce):
            yield f"  by hand: {command}"
    if any(result.name.startswith(("traffic/", "policy/")) for result in bad):
        yield ""
        yield "policies that the stack deploys:"
        for policy in lab.policies:
            place = f"{policy.namespace}/" if policy.namespace else ""
            yield f"  {policy.kind} {place}{policy.name} (policies/{policy.path.parent.name}/{policy.path.name})"
        for policy in lab.other_policy_files:
            yield f"  left out by the stack's settings: policies/{policy.path.parent.name}/{policy.path.name}"
