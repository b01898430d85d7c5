"""What can become of a connection, each under its own name.

Only silence is what a policy does: a refusal came from the other end, so the packet got through, and a name that was
not found says nothing about the way. Whoever takes them for each other calls a broken lab secure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from checks.result import UNTESTED


class Outcome(StrEnum):
    """How one attempt to connect ended."""

    ALLOWED = "allowed"
    DENIED = "denied"
    """No answer within the time limit: what a drop looks like."""

    REFUSED = "refused"
    """The other end, or something on the way, said no at once."""

    DNS_FAILED = "DNS failed"
    UNTESTED = UNTESTED
    """Nothing can be said: the probe did not run, or said something else."""


@dataclass(frozen=True)
class Answer:
    """An outcome, and what the probe said."""

    outcome: Outcome
    said: str = ""

    def __str__(self) -> str:
        shown = self.outcome in (Outcome.UNTESTED, Outcome.REFUSED) and self.said
        return f"{self.outcome}: {self.said}" if shown else str(self.outcome)
