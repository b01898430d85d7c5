"""Pulumi's protocol messages without the rest of its SDK.

`import pulumi` takes a third of a plugin's start (0.25 of 0.8 s CPU, 2026-11-22, pulumi 3.255.0), and every preview
starts two plugins. The generated message modules need nothing of it, but lie below it; so the two packages above them
are stood in for while they are imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

__all__ = ["engine_pb2", "engine_pb2_grpc", "plugin_pb2", "provider_pb2", "provider_pb2_grpc"]

_ABOVE = ("pulumi", "pulumi.runtime")


def _load() -> None:
    stood_in = [] if "pulumi" in sys.modules else _stand_in()
    try:
        for name in __all__:
            globals()[name] = importlib.import_module(f"pulumi.runtime.proto.{name}")
    finally:
        for name in stood_in:  # so that a later `import pulumi` is the real one
            del sys.modules[name]


def _stand_in() -> list[str]:
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("the package pulumi is not installed; run `make venv`")
    (root,) = spec.submodule_search_locations
    for name in _ABOVE:
        package = types.ModuleType(name)
        package.__path__ = [root + name.removeprefix("pulumi").replace(".", "/")]
        sys.modules[name] = package
    return list(_ABOVE)


_load()
