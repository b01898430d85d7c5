"""What the clean-up asks of a stack's state: is the lab up, and has it outlived its tag?

Reads JSON from Pulumi on standard input: `python -m guardrails.expiry has STACK < stack-ls.json` (exit code 1: not up),
`python -m guardrails.expiry expired < state.json` (prints yes or no). A tag that cannot be read never destroys a lab.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from guardrails.sources import from_state
from guardrails.stack_resource import Resource, plain

_GROUP = "azure-native:resources:ResourceGroup"
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def expired(resources: Iterable[Resource], now: datetime) -> bool:
    """Tell whether the latest expiry of the stack's resource groups is over; False where none can be read."""
    times = []
    for resource in resources:
        if resource.type == _GROUP:
            try:
                times.append(
                    datetime.strptime(str(plain(resource.at("tags.expires"))), _FORMAT).replace(tzinfo=UTC)
                )
            except ValueError:
                return False
    return bool(times) and max(times) < now


def has(listing: Iterable[Mapping[str, Any]], stack: str) -> bool:
    """Tell whether `pulumi stack ls --json` shows the stack with resources in it."""
    return any(
        str(entry.get("name", "")).rpartition("/")[2] == stack and bool(entry.get("resourceCount"))
        for entry in listing
    )


def main(arguments: list[str]) -> int:
    """Run one of the two questions."""
    match arguments:
        case ["expired"]:
            print("yes" if expired(from_state(json.load(sys.stdin)), datetime.now(UTC)) else "no")
            return 0
        case ["has", stack]:
            return 0 if has(json.load(sys.stdin), stack) else 1
    print("usage: python -m guardrails.expiry expired | has STACK", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
