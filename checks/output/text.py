"""Plain lines, one a check as it ends; then the whole matrix of what failed, the policies and how to see it by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.lab import Lab
from checks.result import Report, Result, Row, Status
from checks.state import policies, policies_alone

_MARKS = {
    Status.PASSED: "passed ",
    Status.FAILED: "FAILED ",
    Status.SKIPPED: "skipped",
    Status.UNTESTED: "UNKNOWN",
}


def head(stack: str, cluster: str, count: int) -> str:
    """Return the first line: what is about to be looked at, so that nobody looks at another cluster unawares."""
    return f"stack {stack} at {cluster}: {count} check{'' if count == 1 else 's'}"


def line(result: Result, width: int = 0) -> str:
    """Return the one line of a result; `width` is that of the longest name."""
    text = f"{_MARKS[result.status]} {result.name.ljust(width)}  {result.seconds:5.2f} s"
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


def failures(report: Report, lab: Lab, first: str = "") -> Iterator[str]:
    """Yield everything that helps with what did not pass; nothing if all did.

    `first` is what a reader does once, before the commands by hand work.
    """
    bad = [result for result in report.results if result.status in (Status.FAILED, Status.UNTESTED)]
    if not bad:
        return
    if first:
        yield ""
        yield f"before the commands below, once: {first}"
    for result in bad:
        yield ""
        yield f"{result.name}: {result.status}" + (f", {result.reason}" if result.reason else "")
        if result.rows:
            yield from table(result.rows)
        reasons = dict.fromkeys(f"{row.subject}: {row.why}" for row in result.bad_rows if row.why)
        for reason in reasons:
            yield f"  decided by the files: {reason}"
        for command in dict.fromkeys(row.reproduce for row in result.bad_rows if row.reproduce):
            yield f"  by hand: {command}"
    if any(result.name.startswith(("traffic", "policy/", "policies", "page")) for result in bad):
        yield ""
        yield from _policies(report, lab)


def _policies(report: Report, lab: Lab) -> Iterator[str]:
    """Yield the policies of the stack's files, and what the cluster has of them as far as it was looked at."""
    yield "policies of the stack's files, and whether they are in force:"
    results = {result.name: result for result in report.results}
    for name, policy in zip(policies.names(lab), lab.policies, strict=True):
        place = f"{policy.namespace}/" if policy.namespace else ""
        file = f"policies/{policy.path.parent.name}/{policy.path.name}"
        yield f"  {_in_force(results.get(name))}  {policy.kind} {place}{policy.name} ({file})"
    for policy in lab.other_policy_files:
        yield f"  left out by the stack's settings: policies/{policy.path.parent.name}/{policy.path.name}"
    alone = results.get(policies_alone.CHECK.name)
    for row in alone.bad_rows if alone is not None else []:
        yield f"  {row.subject}: {row.actual}"


def _in_force(result: Result | None) -> str:
    if result is None or result.status in (Status.UNTESTED, Status.SKIPPED):
        return "not seen"
    if result.status is Status.PASSED:
        return "in force"
    return "MISSING " if any(row.actual == policies.NOT_THERE for row in result.rows) else "DIFFERS "
