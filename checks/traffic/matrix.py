"""Everything that was asked, from whom to whom: expected beside actual."""

from __future__ import annotations

from dataclasses import dataclass

from checks.result import Row
from checks.traffic.expected import Expectation
from checks.traffic.outcome import Answer, Outcome


@dataclass(frozen=True)
class Cell:
    """One pair, expected and found."""

    source: str
    target: str
    expected: Expectation
    answer: Answer
    attempts: int
    seconds: float
    """From the first question to this answer."""

    reproduce: str

    @property
    def passed(self) -> bool:
        """Whether it is as expected."""
        return self.answer.outcome is self.expected.outcome and self.answer.outcome is not Outcome.UNTESTED

    def row(self) -> Row:
        """Return the cell as a row of a check's result."""
        tried = f" ({self.attempts} attempts in {self.seconds:.1f} s)" if self.attempts > 1 else ""
        unknown = Outcome.UNTESTED in (self.answer.outcome, self.expected.outcome)
        return Row(
            f"{self.source} -> {self.target}",
            str(self.expected.outcome),
            f"{self.answer}{tried}",
            self.passed,
            untested=unknown,
            reproduce=self.reproduce,
            why=self.expected.why,
        )


@dataclass(frozen=True)
class Matrix:
    """All cells of one phase."""

    cells: tuple[Cell, ...]

    def of_target(self, name: str) -> list[Cell]:
        """Return the cells of one target."""
        return [cell for cell in self.cells if cell.target == name]
