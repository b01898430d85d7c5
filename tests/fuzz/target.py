"""What a target is, and what counts as a clear refusal."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

ACCEPTED = "accepted"
REFUSED = "refused"
LONGEST_LINE = 1500
"""Characters: a refusal that fills a screen is not one clear error."""


class FindingError(AssertionError):
    """Raised for an outcome that is neither an answer nor a clear refusal."""


@dataclass(frozen=True)
class Target:
    """One reader of input from outside."""

    name: str
    reads: str
    """What is fed in, for the table in the docs."""
    inputs: st.SearchStrategy[Any]
    judge: Callable[[Any], str]
    """Returns `ACCEPTED` or `REFUSED`; whatever it raises is a finding."""
    vary: Callable[[Any, random.Random], Any]
    """Returns the value after one random edit; an order of magnitude cheaper than another draw."""


def outcome(reader: Callable[[], object], *refusals: type[Exception]) -> str:
    """Call a reader; an error of these kinds must be a clear one, and any other is left to fail."""
    try:
        reader()
    except refusals as error:
        told_well(str(error))
        return REFUSED
    return ACCEPTED


def told_well(message: str) -> None:
    """Check that a message says what and what to do, in lines that a terminal shows as they are.

    Raises:
        FindingError: it does not.
    """
    lines = message.split("\n")
    if not message.strip() or ";" not in message:
        raise FindingError(f"the refusal names no remedy: {message!r}")
    for line in lines:
        if not line.isprintable():
            raise FindingError(f"the refusal has unprintable characters: {line!r}")
        if len(line) > LONGEST_LINE:
            raise FindingError(f"the refusal has a line of {len(line)} characters: {line[:200]!r}")
