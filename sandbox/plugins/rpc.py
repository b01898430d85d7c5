"""Property values of Pulumi's wire format as plain Python values, and back.

Does not carry assets, archives or resource references: no resource of the labs has one, and a value of that kind is
refused by name instead of being passed on wrongly. Secrets are unwrapped, since the stand-ins do not claim
`acceptSecrets` and the engine then keeps the secretness itself (sdk/proto/pulumi/provider.proto). A stand-in that
knows more, such as that a Kubernetes Secret is always secret, wraps the value in `Secret` on the way out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

_UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the wire format's tag of a secret, public
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


class Unknown:
    """A value the engine does not know yet. There is one instance, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, memo: object) -> Unknown:
        return self


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value on its way to the engine that the state must keep encrypted; it never comes back as one."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(...)"


def to_python(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return the struct as a dict; whole numbers are ints, unknown values are `UNKNOWN`."""
    return {key: _value_to_python(value) for key, value in struct.fields.items()}


def _value_to_python(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        if _SIGNATURE in fields:
            return _special_to_python(value.struct_value)
        return to_python(value.struct_value)
    if kind == "list_value":
        return [_value_to_python(item) for item in value.list_value.values]
    if kind == "string_value":
        # The engine has one unknown per type; all begin with the same digits (sdk/go/common/resource/plugin/rpc.go).
        text = value.string_value
        return UNKNOWN if text == _UNKNOWN_STRING or text in _OTHER_UNKNOWNS else text
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    return None


_OTHER_UNKNOWNS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


def _special_to_python(struct: struct_pb2.Struct) -> Any:
    signature = struct.fields[_SIGNATURE].string_value
    if signature in (_SECRET, _OUTPUT):
        return _value_to_python(struct.fields["value"]) if "value" in struct.fields else UNKNOWN
    raise ValueError(f"property value with signature '{signature}' is of a kind the stand-ins do not carry")


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return the mapping as a struct; `UNKNOWN` becomes the engine's unknown string.

    Raises:
        TypeError: a value is not made of mappings, sequences, strings, numbers, booleans and None.
    """
    struct = struct_pb2.Struct()
    for key, value in values.items():
        struct.fields[key].CopyFrom(_value_to_proto(value))
    return struct


def _value_to_proto(value: Any) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, Unknown):
        return struct_pb2.Value(string_value=_UNKNOWN_STRING)
    if isinstance(value, Secret):
        wrapped = struct_pb2.Struct()
        wrapped.fields[_SIGNATURE].string_value = _SECRET
        wrapped.fields["value"].CopyFrom(_value_to_proto(value.value))
        return struct_pb2.Value(struct_value=wrapped)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, (int, float)):
        return struct_pb2.Value(number_value=float(value))
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=to_struct(value))
    if isinstance(value, Sequence):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_value_to_proto(v) for v in value]))
    raise TypeError(f"cannot send a {type(value).__name__} to the engine")


def has_unknown(value: Any) -> bool:
    """Tell whether the value is, or holds, `UNKNOWN`."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return isinstance(value, Unknown)
