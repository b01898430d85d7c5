"""What a rule is, and what it says. Holds no rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from guardrails.stack_resource import Resource


class Level(StrEnum):
    """What a broken rule does; the values are the engine's."""

    ADVISORY = "advisory"
    """It is shown."""

    MANDATORY = "mandatory"
    """It stops the update."""


@dataclass(frozen=True)
class Finding:
    """One thing that a rule has to say."""

    urn: str
    """Resource it is about."""

    what: str
    """Which of the rule's complaints, as one word; exemptions name it."""

    message: str
    """`<field> is '<value>' but <conflict>; <what to set> (<why>)`."""

    unknown: bool = False
    """The rule could not decide, because something is not known before the update. Never an acquittal: at the
    update the rule runs again with the value."""


ResourceCheck = Callable[[Resource], Iterable[Finding]]
StackCheck = Callable[[Sequence[Resource]], Iterable[Finding]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule with what a reader needs to judge it."""

    name: str
    """As `pulumi` prints it."""

    level: Level
    reason: str
    """Why the rule exists, in one sentence."""

    exempt: str
    """When it is right to be exempted, in one sentence; the exemption itself goes into exemptions.py."""

    resource: ResourceCheck | None = None
    """Looks at one resource, before it is created."""

    stack: StackCheck | None = None
    """Looks at all resources of a stack together."""

    def findings(self, resources: Sequence[Resource]) -> list[Finding]:
        """Run the rule over a whole stack."""
        found = [
            item for resource in resources for item in (self.resource(resource) if self.resource else ())
        ]
        return [*found, *(self.stack(resources) if self.stack else ())]


def unknown(resource: Resource, field: str) -> Finding:
    """Say that a field is not known yet."""
    return Finding(
        resource.urn, "unknown", f"{field} is not known before the update; it is checked then", unknown=True
    )
