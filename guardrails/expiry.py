"""What the clean-up asks of a stack's state: is the lab up, and has it outlived its tag?

Reads JSON from Pulumi on standard input and prints yes or no: `python -m guardrails.expiry has STACK < stack-ls.json`,
`python -m guardrails.expiry expired < state.json`. A tag that cannot be read never destroys a lab; input that cannot be
read is no answer but exit code 2, so that the clean-up fails and is seen.
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
    try:
        match arguments:
            case ["expired"]:
                answer = expired(from_state(_read(dict)), datetime.now(UTC))
            case ["has", stack]:
                answer = has(_read(list), stack)
            case _:
                print("usage: python -m guardrails.expiry expired | has STACK", file=sys.stderr)
                return 2
    except ValueError as error:
        print(f"guardrails.expiry: the input cannot be read: {error}", file=sys.stderr)
        return 2
    print("yes" if answer else "no")
    return 0


def _read(kind: type) -> Any:
    found = json.load(sys.stdin)
    if not isinstance(found, kind):
        raise ValueError(f"it is a {type(found).__name__}, not a {kind.__name__}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
