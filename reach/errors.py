"""What `reach` says about input that it cannot take: file, line, field, problem, remedy, reason.

Verdicts are never errors, and neither are lint findings; an error means that no verdict would be honest.
"""

from __future__ import annotations

from labs.errors import LabError, shown

__all__ = ["InputError", "LimitError", "ReachError", "SelectorError", "shown"]


class ReachError(LabError):
    """Root of everything that `reach/` raises by itself."""


class InputError(ReachError):
    """Raised for an object that Calico or Kubernetes would refuse, or that cannot be read."""

    def __init__(self, where: str, field: str, problem: str, remedy: str, reason: str) -> None:
        self.where = where
        self.field = field
        self.problem = problem
        super().__init__(f"{where}: {field} {problem}; {remedy} ({reason})")


class LimitError(ReachError):
    """Raised when an answer would take more memory or time than a command should."""


class SelectorError(ReachError):
    """Raised for a selector that does not parse; the text says what and at which character."""

    def __init__(self, text: str, position: int, problem: str) -> None:
        self.position = position
        self.problem = problem
        super().__init__(f"selector '{shown(text)}' cannot be read at character {position + 1}: {problem}")
