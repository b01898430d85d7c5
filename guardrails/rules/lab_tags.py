"""Tags of a lab on what costs money: lab, owner, managedBy, and an expiry that a clean-up can read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from guardrails.rule import Finding, Level, Rule, unknown
from guardrails.stack_resource import MISSING, UNKNOWN, Resource, plain

_TAGGED = (
    "azure-native:resources:ResourceGroup",
    "azure-native:containerservice:ManagedCluster",
    "azure-native:network:VirtualNetwork",
)
_NEEDED = ("lab", "owner", "managedBy", "expires")
_UTC = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def check(resource: Resource) -> Iterator[Finding]:
    """Ask for all tags, not empty, and for a time in `expires`."""
    if resource.type not in _TAGGED:
        return
    tags = plain(resource.at("tags"))
    if tags is UNKNOWN:
        yield unknown(resource, "tags")
        return
    written = tags if isinstance(tags, Mapping) else {}
    for name in _NEEDED:
        value = plain(written.get(name, MISSING))
        if value is UNKNOWN:
            yield unknown(resource, f"tags.{name}")
        elif value in (MISSING, None, ""):
            yield Finding(
                resource.urn,
                name,
                f"tags.{name} is '' but a lab has to say it; pass the lab's tags (a forgotten lab is found by them)",
            )
        elif name == "expires" and not (isinstance(value, str) and _UTC.fullmatch(value)):
            yield Finding(
                resource.urn,
                name,
                f"tags.expires is '{value}' but the clean-up reads 2026-01-31T18:00:00Z; write the time in UTC like "
                "that (what it cannot read it never removes)",
            )


LAB_TAGS = Rule(
    name="lab-tags-and-expiry",
    level=Level.MANDATORY,
    reason="A lab that nobody remembers costs money until somebody finds it by its tags.",
    exempt="A resource that is shared and outlives every lab.",
    resource=check,
)
