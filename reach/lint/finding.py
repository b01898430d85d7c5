"""One finding, and what a check may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reach.document import Path_, spelled
from reach.engine import Engine
from reach.model import Policy
from reach.topology import Lab


@dataclass(frozen=True, order=True)
class Finding:
    """A place and what is wrong there."""

    file: str
    line: int
    check: str
    """Name of the check, in words joined by hyphens."""

    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.check}: {self.message}"


@dataclass(frozen=True)
class Context:
    """A lab and its engine."""

    lab: Lab
    engine: Engine

    @property
    def policies(self) -> tuple[Policy, ...]:
        """All policies, staged ones too."""
        return self.lab.cluster.policies

    def selected(self, policy: Policy) -> int:
        """Return the pods that a policy applies to."""
        return self.engine.universe.applies_to(policy.selector)


Check = Callable[[Context], Iterator[Finding]]


def at(policy: Policy, path: Path_, check: str, message: str) -> Finding:
    """Return a finding at a field of a policy."""
    document = policy.document
    return Finding(document.file, document.line_of(path), check, f"{policy.id} {spelled(path)} {message}")
