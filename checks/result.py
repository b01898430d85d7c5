"""What a check says: rows of expected beside actual, or a skip with its reason.

A skip without a reason cannot be written, a check that looked at nothing has not passed, and a row that could not be
tested is neither good nor bad. Who runs checks and who prints results is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

UNTESTED = "could not test"


class Status(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNTESTED = UNTESTED


@dataclass(frozen=True)
class Row:
    """One thing that was compared."""

    subject: str
    expected: str
    actual: str
    passed: bool
    untested: bool = False
    """Nothing can be said; then it has not passed either."""

    reproduce: str = ""
    """One command line that shows the same by hand."""

    why: str = ""
    """What decides it: the rule of a policy, for example."""

    def __post_init__(self) -> None:
        if self.passed and self.untested:
            raise ValueError(f"{self.subject}: a row that could not be tested has not passed")


def same(subject: str, expected: object, actual: object, reproduce: str = "", why: str = "") -> Row:
    """Return the row of two values that should be equal."""
    return Row(subject, str(expected), str(actual), expected == actual, reproduce=reproduce, why=why)


def holds(subject: str, expected: str, actual: object, passed: bool, reproduce: str = "") -> Row:
    """Return the row of something that should hold; `expected` says it in words."""
    return Row(subject, expected, str(actual), passed, reproduce=reproduce)


def untested(subject: str, expected: object, reason: str, reproduce: str = "", why: str = "") -> Row:
    """Return the row of something of which nothing can be said."""
    return Row(
        subject,
        str(expected),
        f"{UNTESTED}: {reason}",
        passed=False,
        untested=True,
        reproduce=reproduce,
        why=why,
    )


@dataclass(frozen=True)
class Skip:
    """Why a check does not apply here."""

    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("a skip needs a reason; say what is missing here, so that a reader can bring it")


Findings = Sequence[Row] | Skip
"""What a check returns."""


@dataclass(frozen=True)
class Result:
    """One check, run to its end."""

    name: str
    status: Status
    rows: tuple[Row, ...] = ()
    reason: str = ""
    """Why it was skipped or could not be tested; empty otherwise."""

    seconds: float = 0.0
    attempts: int = 0

    def __post_init__(self) -> None:
        if self.status in (Status.SKIPPED, Status.UNTESTED) and not self.reason.strip():
            raise ValueError(f"{self.name}: '{self.status}' needs a reason")
        if self.status is Status.PASSED and not all(row.passed for row in self.rows):
            raise ValueError(f"{self.name}: a row has not passed, so the check has not")

    @property
    def bad_rows(self) -> list[Row]:
        """The rows that did not pass."""
        return [row for row in self.rows if not row.passed]


def conclude(name: str, findings: Findings, seconds: float, attempts: int) -> Result:
    """Return the result that findings amount to."""
    if isinstance(findings, Skip):
        return Result(name, Status.SKIPPED, (), findings.reason, seconds, attempts)
    rows = tuple(findings)
    if not rows:
        return Result(name, Status.UNTESTED, (), "the check found nothing to compare", seconds, attempts)
    if any(not row.passed and not row.untested for row in rows):
        return Result(name, Status.FAILED, rows, "", seconds, attempts)
    if any(row.untested for row in rows):
        first = next(row for row in rows if row.untested)
        reason = f"{first.subject}: {first.actual.removeprefix(f'{UNTESTED}: ')}"
        return Result(name, Status.UNTESTED, rows, reason, seconds, attempts)
    return Result(name, Status.PASSED, rows, "", seconds, attempts)


@dataclass(frozen=True)
class Report:
    """All results of one run, in the order of the catalogue."""

    stack: str
    cluster: str
    """Address of the API server."""

    results: tuple[Result, ...]
    seconds: float
    started: str
    """RFC 3339, UTC."""

    left_over: tuple[str, ...] = ()
    """What the run has made and could not remove, as messages; then the cluster is not as it was."""

    def count(self, status: Status) -> int:
        """Return how many checks ended so."""
        return sum(result.status is status for result in self.results)

    @property
    def rows(self) -> int:
        """How many comparisons were made."""
        return sum(len(result.rows) for result in self.results)

    @property
    def exit_code(self) -> int:
        """0: nothing is wrong, 1: a check failed, 3: none failed but something could not be tested or removed."""
        if self.count(Status.FAILED):
            return 1
        return 3 if self.count(Status.UNTESTED) or self.left_over or not self.results else 0
