"""Is an object what a file says: every field of the file must be there; what the API server adds does not matter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_MISSING = "(not there)"


def differences(wanted: Any, found: Any, path: str = "") -> list[tuple[str, str, str]]:
    """Return path, expected and actual of each field that differs; a list must be equal item by item."""
    if isinstance(wanted, Mapping):
        if not isinstance(found, Mapping):
            return [] if not wanted and found is None else [(path, shown(wanted), shown(found))]
        return [
            difference
            for key, value in wanted.items()
            for difference in differences(value, found.get(key), f"{path}.{key}" if path else str(key))
        ]
    if isinstance(wanted, list):
        if not isinstance(found, list) or len(wanted) != len(found):
            return [] if not wanted and found is None else [(path, shown(wanted), shown(found))]
        return [
            difference
            for index, (left, right) in enumerate(zip(wanted, found, strict=True))
            for difference in differences(left, right, f"{path}[{index}]")
        ]
    return [] if wanted == found else [(path, shown(wanted), shown(found))]


def shown(value: Any) -> str:
    """Return a value on one line; nothing at all is said in words."""
    if value is None:
        return _MISSING
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def unexpected_rules(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return rules that the object has and the file has not: they would open or close what nobody wrote down."""
    return [
        (f"spec.{field}", _MISSING, shown(found[field]))
        for field in ("ingress", "egress")
        if field not in wanted and found.get(field)
    ]
