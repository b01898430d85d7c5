"""Between the SDK's flat properties and Azure's bodies, and what a preview can say about either.

Owns the conversions. Pure: no Azure, no engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.azure_native.resources import Kind
from sandbox.plugins.azure_native.schema import Schema, Type
from sandbox.plugins.azure_native.validate import ADDED
from sandbox.plugins.rpc import UNKNOWN


def without_nulls(value: Any) -> Any:
    """Return the value without members that are null: to the provider they are not given."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def to_body(kind: Kind, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request body for the inputs of a resource."""
    body: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for name, value in inputs.items():
        if name in kind.path_inputs or name in ADDED or name.startswith("__"):
            continue
        target = body if name in kind.top else properties
        target[name] = _identities_to_body(value) if name == "identity" else value
    if properties:
        body["properties"] = properties
    return body


def _identities_to_body(identity: Any) -> Any:
    """The SDK has a list of ids where Azure has an object with the ids as keys."""
    if not isinstance(identity, dict) or not isinstance(identity.get("userAssignedIdentities"), list):
        return identity
    return {**identity, "userAssignedIdentities": {id: {} for id in identity["userAssignedIdentities"]}}


def to_outputs(schema: Schema, kind: Kind, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the SDK shows of Azure's answer."""
    flat = {**answer.get("properties", {}), **answer} if kind.flat else dict(answer)
    outputs: dict[str, Any] = _known(schema, schema.outputs[kind.type], flat)
    return {**outputs, "azureApiVersion": kind.api_version}


def to_inputs(schema: Schema, kind: Kind, id: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs that would make the resource as Azure has it, for an import."""
    flat = {**answer, **answer.get("properties", {})} if kind.flat else dict(answer)
    flat.pop("name", None)
    inputs: dict[str, Any] = _known(schema, schema.inputs[kind.type], _identities_to_inputs(flat))
    return {**inputs, **kind.parse_id(id)}


def refreshed_inputs(
    schema: Schema,
    kind: Kind,
    inputs: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the inputs with what changed in Azure between two sets of outputs.

    Outputs hold many defaults that nobody asked for. Only what differs is taken over, so that a refresh of an
    unchanged resource changes nothing (provider.go, Read).
    """
    old = _projected(schema, kind, before)
    new = _projected(schema, kind, after)
    changed: dict[str, Any] = _merge(dict(inputs), old, new)
    return changed


def _projected(schema: Schema, kind: Kind, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs that are inputs too; a pool's output `type` is not its input of that name."""
    flat = {key: value for key, value in outputs.items() if key not in ("name", "type", *ADDED)}
    found: dict[str, Any] = _known(schema, schema.inputs[kind.type], _identities_to_inputs(flat))
    return found


def _identities_to_inputs(values: Mapping[str, Any]) -> dict[str, Any]:
    identity = values.get("identity")
    if not isinstance(identity, dict) or not isinstance(identity.get("userAssignedIdentities"), dict):
        return dict(values)
    return {
        **values,
        "identity": {**identity, "userAssignedIdentities": sorted(identity["userAssignedIdentities"])},
    }


def _known(schema: Schema, type: Type, value: Any) -> Any:
    """Return the value without members that the type does not have."""
    if value is None:
        return None
    if "properties" in type or "ref" in type:
        known = schema.object(type)["properties"]
        return {
            name: _known(schema, known[name], item)
            for name, item in value.items()
            if name in known and item is not None
        }
    if type["type"] == "array":
        return [_known(schema, type["items"], item) for item in value]
    if type["type"] == "map":
        return {name: _known(schema, type["items"], item) for name, item in value.items()}
    return value


def _merge(base: Any, old: Any, new: Any) -> Any:
    """Apply the difference between `old` and `new` to `base`, member by member."""
    if old == new:
        return base
    if isinstance(base, dict) and isinstance(old, dict) and isinstance(new, dict):
        merged = {name: item for name, item in base.items() if name in new or name not in old}
        for name, item in new.items():
            if name not in old:
                merged[name] = item
            elif old[name] != item:
                merged[name] = _merge(base[name], old[name], item) if name in base else item
        return merged
    if isinstance(base, list) and isinstance(old, list) and isinstance(new, list):
        both = min(len(base), len(old))
        return [
            _merge(base[index], old[index], item) if index < both else item for index, item in enumerate(new)
        ]
    return new


def previewed(schema: Schema, kind: Kind, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a preview knows of the outputs: the inputs, and unknown for everything else."""
    return _preview_object(schema, schema.outputs[kind.type], inputs)


def _preview_object(schema: Schema, type: Type, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _preview(schema, item, inputs[name]) if name in inputs else UNKNOWN
        for name, item in type["properties"].items()
    }


def _preview(schema: Schema, type: Type, value: Any) -> Any:
    expected = type["type"]
    if expected == "array" and isinstance(value, list):
        return [_preview(schema, type["items"], item) for item in value]
    if expected == "map" and isinstance(value, dict):
        return {name: _preview(schema, type["items"], item) for name, item in value.items()}
    if expected == "object" and isinstance(value, dict):
        return _preview_object(schema, schema.object(type), value)
    if isinstance(value, (dict, list)) and expected != "any":
        return UNKNOWN
    return value
