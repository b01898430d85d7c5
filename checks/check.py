"""What a check is: a name, what it proves, and a function that looks at a lab and returns rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checks.lab import Lab
from checks.result import Findings


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check."""

    name: str
    proves: str
    """One sentence: what is true of the lab when it passes."""

    course: str
    """The step of the course that it proves."""

    needs: str
    """What it needs beside an answering API server; printed in docs/checks.md."""

    run: Callable[[Lab], Findings]
    applies: Callable[[Lab], bool] = lambda _: True
    """Whether the lab has the subject at all; what does not apply is not listed, so it takes no skip."""

    retries: bool = True
    """Whether the runner asks again while something differs; traffic checks retry their own mismatches."""
