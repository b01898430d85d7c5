"""Checks inputs against the SDK's own types: names, types, enums, what is required.

Owns the failures, each with the path of its property. Does not judge combinations; that is Azure's part.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.azure_native.schema import Schema, Type
from sandbox.plugins.rpc import Unknown
from sandbox.plugins.server import Failure

ADDED = frozenset({"azureApiVersion"})
"""Inputs that the provider itself adds."""


def check_inputs(schema: Schema, token: str, inputs: Mapping[str, Any]) -> list[Failure]:
    """Return what is wrong with the inputs of a resource, in the order of its properties."""
    return list(_object(schema, schema.inputs[token], token.rpartition(":")[2], "", inputs))


def member(path: str, name: str) -> str:
    """Return the path of a member, quoted where its name is not a plain word (a tag or a label)."""
    if not name.isidentifier():
        return f'{path}["{name}"]'
    return f"{path}.{name}" if path else name


def _object(
    schema: Schema, type: Type, owner: str, path: str, values: Mapping[str, Any]
) -> Iterator[Failure]:
    known: dict[str, Type] = type["properties"]
    for name in type["required"]:
        if name not in values:
            at = member(path, name)
            yield Failure(at, f"missing required property '{at}'")
    if path == "" and "location" in known and "location" not in values:
        reason = (
            "missing required property 'location'. Either set it explicitly or configure it with"
            " 'pulumi config set azure-native:location <value>'."
        )
        yield Failure("location", reason)
    for name, value in values.items():
        if name.startswith("__") or (path == "" and name in ADDED):
            continue
        at = member(path, name)
        if name in known:
            yield from _value(schema, known[name], at, value)
        else:
            yield Failure(at, f"'{at}' is not a property of {owner}{_nearest(name, known)}")


def _value(schema: Schema, type: Type, path: str, value: Any) -> Iterator[Failure]:
    if isinstance(value, Unknown) or type["type"] == "any":
        return
    if not _fits(type["type"], value):
        if type["type"] == "integer" and isinstance(value, float):
            yield Failure(path, f"'{path}' must be an integer but got {value}")
            return
        yield Failure(path, f"'{path}' should be of type '{type['type']}' but got {_name(value)}")
    elif "enum" in type and value not in type["enum"]:
        known = ", ".join(f"'{item}'" for item in type["enum"])
        yield Failure(
            path, f"'{path}' is '{value}' but must be one of {known}{_nearest(value, type['enum'])}"
        )
    elif type["type"] == "array":
        for index, item in enumerate(value):
            yield from _value(schema, type["items"], f"{path}[{index}]", item)
    elif type["type"] == "map":
        for key, item in value.items():
            yield from _value(schema, type["items"], member(path, key), item)
    elif type["type"] == "object":
        owner = type["ref"].removesuffix("Args")
        yield from _object(schema, schema.object(type), owner, path, value)


def _fits(expected: str, value: Any) -> bool:
    if isinstance(value, bool):
        return expected == "boolean"
    accepted: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "map": dict,
        "object": dict,
    }
    return isinstance(value, accepted[expected])


def _name(value: Any) -> str:
    """Name the type of a value as the real provider does."""
    names = {bool: "a boolean", str: "a string", int: "a number", float: "a number", list: "an array"}
    return names.get(type(value), "an object")


def _nearest(name: str, known: Any) -> str:
    by_small = {item.lower(): item for item in known}
    found = difflib.get_close_matches(name.lower(), list(by_small), n=1, cutoff=0.6)
    return f"; did you mean '{by_small[found[0]]}'?" if found else ""
