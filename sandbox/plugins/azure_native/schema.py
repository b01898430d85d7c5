"""What the azure-native SDK knows of its resources: property names, types, enums, required inputs, outputs.

Owns the derivation from the SDK's own classes. Does not carry a list of its own, so that the stand-in accepts
exactly what the installed SDK can send. Deriving costs half a second of CPU, most of it the SDK's import (2 cores,
2026-11-22); the sandbox keeps the result beside the plugin (`keep`).
"""

from __future__ import annotations

import enum
import functools
import importlib
import importlib.metadata
import json
import os
import sys
import types
import typing
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = "pulumi_azure_native"
KEPT_VARIABLE = "CALICO_LABS_AZURE_SCHEMA"
"""Path of a schema that `keep` wrote. The sandbox keeps one beside the plugin: half a second of each preview."""

Type = dict[str, Any]
"""One type: `{"type": "string"|"integer"|"number"|"boolean"|"any"}`, a string with its `enum`, an `array` or
`map` with its `items`, or an `object` with its `ref`."""

_SOURCES = {
    "azure-native:resources:ResourceGroup": ("resources.resource_group", "ResourceGroup"),
    "azure-native:containerservice:ManagedCluster": ("containerservice.managed_cluster", "ManagedCluster"),
    "azure-native:containerservice:AgentPool": ("containerservice.agent_pool", "AgentPool"),
    "azure-native:network:VirtualNetwork": ("network.virtual_network", "VirtualNetwork"),
    "azure-native:network:Subnet": ("network.subnet", "Subnet"),
    "azure-native:authorization:RoleAssignment": ("authorization.role_assignment", "RoleAssignment"),
}

_PRIMITIVES: dict[Any, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    typing.Any: "any",
}


@dataclass(frozen=True)
class Schema:
    """Types of the resources of `_SOURCES`, by token, and of the objects inside them, by name."""

    inputs: Mapping[str, Type]
    outputs: Mapping[str, Type]
    objects: Mapping[str, Type]

    def object(self, type: Type) -> Type:
        """Return the object behind a `ref`, or the type itself where it is one already."""
        return self.objects[type["ref"]] if "ref" in type else type


def sdk_version() -> str:
    """Return the version of the installed SDK, which is the version this plugin stands in for."""
    return importlib.metadata.version(PACKAGE)


@functools.cache
def load() -> Schema:
    """Return the schema, once a process: the one that `KEPT_VARIABLE` names, else read out of the SDK."""
    kept = os.environ.get(KEPT_VARIABLE)
    if kept and Path(kept).is_file():
        return Schema(**json.loads(Path(kept).read_text(encoding="utf-8")))
    return derive()


def derive() -> Schema:
    """Read the schema out of the SDK's classes."""
    objects: dict[str, Type] = {}
    return Schema(_Derived(_input_object, "Args", objects), _Derived(_output_object, "", objects), objects)


def keep(path: Path) -> None:
    """Derive the schema whole and write it to `path`, for `load` in later processes."""
    schema = derive()
    whole = {"inputs": dict(schema.inputs), "outputs": dict(schema.outputs), "objects": dict(schema.objects)}
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(whole), encoding="utf-8")
    part.replace(path)


class _Derived(Mapping[str, Type]):
    """Types by token, each derived when it is asked for: the network package alone takes most of a second."""

    def __init__(
        self, derive: Callable[[type, dict[str, Type]], Type], suffix: str, objects: dict[str, Type]
    ) -> None:
        self._derive = derive
        self._suffix = suffix
        self._objects = objects
        self._found: dict[str, Type] = {}

    def __getitem__(self, token: str) -> Type:
        if token not in self._found:
            module_name, class_name = _SOURCES[token]
            # The package first, by an attribute: the SDK fills it lazily, and a module of it that is imported before
            # leaves it empty for the rest of the process.
            package = importlib.import_module(f"{PACKAGE}.{module_name.split('.')[0]}")
            getattr(package, class_name)
            module = importlib.import_module(f"{PACKAGE}.{module_name}")
            # Where an object type of the same name exists too, the SDK calls the resource's own arguments Init.
            own = getattr(module, f"{class_name}Init{self._suffix}", None) if self._suffix else None
            described = own or getattr(module, f"{class_name}{self._suffix}")
            self._found[token] = self._derive(described, self._objects)
        return self._found[token]

    def __iter__(self) -> Iterator[str]:
        return iter(_SOURCES)

    def __len__(self) -> int:
        return len(_SOURCES)


def _input_object(cls: type, objects: dict[str, Type]) -> Type:
    """Describe an `...Args` class; what its constructor does not default is required."""
    constructor: Any = cls.__dict__["__init__"]
    defaults = constructor.__kwdefaults__ or {}
    module = sys.modules[cls.__module__]
    properties: dict[str, Type] = {}
    required: list[str] = []
    for name, wire_name in _wire_names(cls):
        properties[wire_name] = _describe(constructor.__annotations__[name], module, objects)
        if name not in defaults:
            required.append(wire_name)
    return {"properties": properties, "required": required}


def _output_object(cls: type, objects: dict[str, Type]) -> Type:
    """Describe a resource or a `...Response` class by what its getters return."""
    module = sys.modules[cls.__module__]
    properties = {
        wire_name: _describe(getattr(cls, name).fget.__annotations__["return"], module, objects)
        for name, wire_name in _wire_names(cls)
    }
    return {"properties": properties, "required": []}


def _wire_names(cls: type) -> Iterator[tuple[str, str]]:
    """Yield Python and wire name of each property; the SDK's `pulumi.getter` notes the latter on the
    function."""
    for name, value in cls.__dict__.items():
        wire_name = getattr(value.fget, "_pulumi_name", None) if isinstance(value, property) else None
        if isinstance(wire_name, str):
            yield name, wire_name


def _describe(annotation: Any, module: types.ModuleType, objects: dict[str, Type]) -> Type:
    if isinstance(annotation, typing.ForwardRef):
        return _named(annotation.__forward_arg__, module, objects)
    if isinstance(annotation, str):
        return _named(annotation, module, objects)
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is typing.Union or origin is types.UnionType:
        return _union(arguments, module, objects)
    if origin is None:
        return {"type": _PRIMITIVES.get(annotation, "any")}
    if issubclass(origin, Mapping):
        return {"type": "map", "items": _describe(arguments[1], module, objects)}
    if issubclass(origin, Sequence):
        return {"type": "array", "items": _describe(arguments[0], module, objects)}
    # pulumi.Output[T], the type of every getter of a resource.
    return _describe(arguments[0], module, objects)


def _union(arguments: tuple[Any, ...], module: types.ModuleType, objects: dict[str, Type]) -> Type:
    """Describe `pulumi.Input[T]`, `Optional[T]` and `Union[str, SomeEnum]`, which is how the SDK writes an
    open enum."""
    members = [item for item in arguments if not _is_wrapper(item)]
    described = [_describe(item, module, objects) for item in members]
    enums = [item for item in described if "enum" in item]
    if enums:
        return enums[0]
    distinct = [item for index, item in enumerate(described) if item not in described[:index]]
    return distinct[0] if len(distinct) == 1 else {"type": "any"}


def _is_wrapper(item: Any) -> bool:
    if item is type(None) or typing.get_origin(item) is Awaitable:
        return True
    return isinstance(item, typing.ForwardRef) and item.__forward_arg__.startswith("Output[")


def _named(name: str, module: types.ModuleType, objects: dict[str, Type]) -> Type:
    """Describe a class that the SDK names as text: an enum, an `...Args` or an `outputs....Response`."""
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part)
    if not isinstance(found, type):
        return _describe(found, module, objects)
    if issubclass(found, enum.Enum):
        return {"type": "string", "enum": [item.value for item in found]}
    if found in _PRIMITIVES:
        return {"type": _PRIMITIVES[found]}
    ref = found.__name__
    if ref not in objects:
        objects[ref] = {}  # breaks the circle of a type that holds itself
        make = _input_object if hasattr(found, "_pulumi_input_type") else _output_object
        objects[ref] = make(found, objects)
    return {"type": "object", "ref": ref}
