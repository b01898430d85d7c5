"""What changed between two sets of inputs, property by property, and what that means for the resource.

Owns the walk and the rule of the real provider (provider/pkg/provider/diff.go): a listed property replaces,
so does an update anywhere inside it; elements that come to or leave a list never do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any

from sandbox.plugins.azure_native.resources import Kind
from sandbox.plugins.azure_native.validate import member
from sandbox.plugins.server import Change

_MISSING = object()


def changes(kind: Kind, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Change]:
    """Return path -> change; empty where nothing differs."""
    replaces = kind.replaces | set(kind.path_inputs)
    before, after = _with_plain_location(old), _with_plain_location(new)
    return _objects(before, after, "", "", replaces)


def _with_plain_location(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`Canada Central` and `canadacentral` are one place; keys with `__` in front are the provider's own."""
    plain = {key: value for key, value in inputs.items() if not key.startswith("__")}
    if isinstance(plain.get("location"), str):
        plain["location"] = plain["location"].lower().replace(" ", "")
    return plain


def _objects(
    old: Mapping[str, Any], new: Mapping[str, Any], path: str, rule: str, replaces: Iterable[str]
) -> dict[str, Change]:
    found: dict[str, Change] = {}
    for name in sorted({*old, *new}):
        at, listed = member(path, name), f"{rule}.{name}" if rule else name
        before, after = old.get(name, _MISSING), new.get(name, _MISSING)
        if before is _MISSING:
            found[at] = Change.ADD_REPLACE if listed in replaces else Change.ADD
        elif after is _MISSING:
            found[at] = Change.DELETE_REPLACE if listed in replaces else Change.DELETE
        else:
            found.update(_values(before, after, at, listed, replaces))
    return found


def _values(before: Any, after: Any, path: str, rule: str, replaces: Iterable[str]) -> dict[str, Change]:
    if before == after:
        return {}
    if isinstance(before, dict) and isinstance(after, dict):
        found = _objects(before, after, path, rule, replaces)
        if rule not in replaces:
            return found
        return {
            at: Change.UPDATE_REPLACE if change is Change.UPDATE else change for at, change in found.items()
        }
    if isinstance(before, list) and isinstance(after, list):
        return _lists(before, after, path, f"{rule}[]", replaces)
    return {path: Change.UPDATE_REPLACE if rule in replaces else Change.UPDATE}


def _lists(
    before: list[Any], after: list[Any], path: str, rule: str, replaces: Iterable[str]
) -> dict[str, Change]:
    found: dict[str, Change] = {}
    for index, (one, other) in enumerate(zip_longest(before, after, fillvalue=_MISSING)):
        at = f"{path}[{index}]"
        if one is _MISSING:
            found[at] = Change.ADD
        elif other is _MISSING:
            found[at] = Change.DELETE
        else:
            found.update(_values(one, other, at, rule, replaces))
    return found
