"""Faults in Azure's place as data: what Azure does, how often, and what the user sees of it.

The moments are those of `sandbox/arm/faults.py`; every line is tried at each that it fits.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.arm.faults import Fault, Kind, fits


@dataclass(frozen=True)
class Case:
    """One fault, and its outcome whatever the resource."""

    kind: Kind
    times: int = 1
    seen: str = ""
    """What the engine's error says, as a pattern; empty: the operation succeeds, the user sees nothing."""
    kept: bool = False
    """Whether a resource whose create failed so is in the state afterwards."""

    @property
    def id(self) -> str:
        return f"{self.kind}-x{self.times}"

    def at(self, nouns: tuple[str, ...], verb: str) -> list[Fault]:
        """Return the fault for each resource that it fits in that moment."""
        moments = [f"{noun}-{verb}" for noun in nouns]
        return [Fault(moment, self.kind, self.times, 0.2) for moment in moments if fits(self.kind, moment)]


CASES = (
    Case(Kind.THROTTLED),
    Case(Kind.THROTTLED, 4, 'Status=429 Code="TooManyRequests"'),
    Case(Kind.BUSY, 1, 'Status=409 Code="OperationNotAllowed"'),
    Case(Kind.SERVER_ERROR, 3),
    Case(Kind.SERVER_ERROR, 4, 'Status=500 Code="InternalServerError"'),
    Case(Kind.FORBIDDEN, 1, 'Status=403 Code="AuthorizationFailed"'),
    Case(Kind.ANSWER_LOST),
    Case(Kind.QUOTA, 1, 'Status=400 Code="ErrCode_InsufficientVCPUQuota"'),
    Case(Kind.FAILS_LATE, 1, 'Status=200 Code="InternalOperationError"', kept=True),
)
LOST_FOR_GOOD = "the connection broke before the answer"
"""What a create says that Azure carried out and nobody heard of, however often it was tried."""


def lost_for_good(noun: str) -> list[Fault]:
    """Return the faults of such a create; the tries after the first meet a resource that is there."""
    return [Fault(f"{noun}-create", Kind.ANSWER_LOST), Fault(f"{noun}-update", Kind.ANSWER_LOST, 3)]
