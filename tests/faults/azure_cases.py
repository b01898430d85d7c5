"""Faults in Azure's place as data: what Azure does at which moment, and what the user sees of it.

The moments are those of `sandbox/arm/faults.py`, without the resource: every resource is tried with every line that
fits it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.arm.faults import Fault, Kind


@dataclass(frozen=True)
class Case:
    """One fault, and its outcome whatever the resource."""

    kind: Kind
    times: int = 1
    seen: str = ""
    """What the engine's error says, as a pattern; empty: the operation succeeds, the user sees nothing."""
    kept: bool = False
    """Whether a resource whose create failed so is in the state afterwards."""
    long_only: bool = False
    """Whether it fits only what Azure does as an asynchronous operation: clusters and pools."""
    not_on_delete: bool = False

    @property
    def id(self) -> str:
        return f"{self.kind}-x{self.times}"

    def faults(self, noun: str, verb: str) -> list[Fault]:
        """Return what to arm; of a lost create, the tries that follow meet a resource that is there."""
        if self.kind is Kind.ANSWER_LOST and verb == "create" and self.times > 1:
            return [Fault(f"{noun}-create", self.kind), Fault(f"{noun}-update", self.kind, self.times - 1)]
        return [Fault(f"{noun}-{verb}", self.kind, self.times)]


CASES = (
    Case(Kind.THROTTLED),
    Case(Kind.THROTTLED, 4, 'Status=429 Code="TooManyRequests"'),
    Case(Kind.BUSY, 1, 'Status=409 Code="OperationNotAllowed"'),
    Case(Kind.SERVER_ERROR, 3),
    Case(Kind.SERVER_ERROR, 4, 'Status=500 Code="InternalServerError"'),
    Case(Kind.FORBIDDEN, 1, 'Status=403 Code="AuthorizationFailed"'),
    Case(Kind.ANSWER_LOST),
    Case(
        Kind.QUOTA, 1, 'Status=400 Code="ErrCode_InsufficientVCPUQuota"', long_only=True, not_on_delete=True
    ),
    Case(Kind.FAILS_LATE, 1, 'Status=200 Code="InternalOperationError"', kept=True, long_only=True),
)
SHORT = tuple(case for case in CASES if not case.long_only)
"""What fits every resource."""
ON_DELETE = tuple(case for case in CASES if not case.not_on_delete)
LOST_FOR_GOOD = Case(Kind.ANSWER_LOST, 4, "the connection broke before the answer")
"""A create that Azure carried out and nobody heard of, however often it was tried."""
