"""Kubernetes quantities, compared by value: `0.1` and `100m` are the same amount of CPU.

The server stores quantities in its own spelling, so a comparison by text would see a change that is none for
ever. Only meant for the maps that hold quantities; a version string such as `1.0` must not be compared this
way.
"""

from __future__ import annotations

import re
from decimal import Decimal

MAPS = frozenset(
    {"limits", "requests", "hard", "capacity", "overhead", "min", "max", "default", "defaultRequest"}
)
"""Keys of the maps whose values are quantities."""

_SUFFIXES = {
    "n": Decimal(10) ** -9,
    "u": Decimal(10) ** -6,
    "m": Decimal(10) ** -3,
    "": Decimal(1),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", 1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}
_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)")


def amount(value: object) -> Decimal | None:
    """Return the amount, or None if the value is no quantity."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    found = _QUANTITY.fullmatch(str(value))
    if found is None:
        return None
    number, exponent, suffix = found.groups()
    return Decimal(number + (exponent or "")) * _SUFFIXES[suffix or ""]


def same(one: object, other: object) -> bool:
    """Tell whether both are quantities of the same amount."""
    return amount(one) is not None and amount(one) == amount(other)
