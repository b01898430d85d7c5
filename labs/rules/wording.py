"""Violations from fields of the settings, so that all rules name keys and values in one way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from labs import keys
from labs.errors import Violation, shown

if TYPE_CHECKING:
    from labs.settings import LabSettings

Rule = Callable[["LabSettings"], Iterator[Violation]]

OPERATOR = "tigera/operator, installation/validation.go"
OPERATOR_POOLS = "tigera/operator, ippool/validation.go"


def refusal(
    settings: LabSettings, field: str, conflict: str, remedy: str, reason: str, source: str = ""
) -> Violation:
    """Return the violation of one field."""
    return Violation(keys.full_name(field), _value(settings, field), conflict, remedy, reason, source)


def fact(settings: LabSettings, field: str) -> str:
    """Return `<key> is '<value>'`, for conflicts between two keys."""
    return f"{keys.full_name(field)} is '{shown(_value(settings, field))}'"


def name(field: str) -> str:
    """Return a field's full key."""
    return keys.full_name(field)


def changed(settings: LabSettings, fields: Iterable[str]) -> list[str]:
    """Return those of the fields whose key is not at its default."""
    return [field for field in fields if getattr(settings, field) != keys.BY_FIELD[field].default]


def outside(
    settings: LabSettings, field: str, lowest: int, highest: int, reason: str, source: str = ""
) -> Iterator[Violation]:
    """Yield the violation of a number outside its limits, if it is."""
    number: int = getattr(settings, field)
    if not lowest <= number <= highest:
        yield refusal(
            settings,
            field,
            f"the key takes {lowest} to {highest}",
            f"set it to {min(max(number, lowest), highest)}",
            reason,
            source,
        )


_SECRET = ("windows_admin_password",)


def _value(settings: LabSettings, field: str) -> object:
    if field in _SECRET:
        return "(hidden)"
    value = getattr(settings, field)
    return (
        json.dumps(dict(value), default=str, separators=(", ", ": ")) if isinstance(value, Mapping) else value
    )
