"""The engine's steps as changes a reviewer can read: one a resource, with the lines that differ.

What happens to a resource is the engine's word; only the lines are ours. Values that are no part of what was changed
are left out: where a program stands, and the moment at which a lab would expire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from guardrails.sources import value_of
from guardrails.stack_resource import Secret, default_type
from preview.property_diff import diff_lines

CLUSTER = "azure-native:containerservice:ManagedCluster"
_QUIET = ("same", "read", "refresh", "discard", "read-discard")


class Operation(IntEnum):
    """What happens to a resource; the worst first."""

    REPLACE = 0
    DELETE = 1
    UPDATE = 2
    CREATE = 3

    @property
    def word(self) -> str:
        return self.name.lower()


_OPERATIONS = {
    "create": Operation.CREATE,
    "update": Operation.UPDATE,
    "delete": Operation.DELETE,
    "replace": Operation.REPLACE,
    "create-replacement": Operation.REPLACE,
    "delete-replaced": Operation.REPLACE,
    "import": Operation.CREATE,
    "import-replacement": Operation.REPLACE,
}


@dataclass(frozen=True)
class Change:
    """One resource that does not stay as it is."""

    operation: Operation
    type: str
    name: str
    because: tuple[str, ...]
    """Properties for which the engine replaces it; empty where something it lives on is replaced."""
    lines: tuple[str, ...]

    @property
    def loses_cluster(self) -> bool:
        """Whether a cluster, and everything in it, goes."""
        return default_type(self.type) == CLUSTER and self.operation in (Operation.REPLACE, Operation.DELETE)


def changes_of(
    steps: Iterable[Mapping[str, Any]], deployed: Iterable[Mapping[str, Any]] = ()
) -> list[Change]:
    """Return a preview's changes, the worst first; `deployed` are the resources of the state that it started from.

    The preview has a step for each of them, with one exception that nobody would see: what head has no more and what
    goes with a replaced cluster (`deletedWith`) has none.
    """
    by_urn: dict[str, list[Mapping[str, Any]]] = {}
    every = list(steps)
    told = {str(step["urn"]) for step in every}
    for step in (*every, *(_deletion(entry) for entry in deployed if entry["urn"] not in told)):
        if step.get("op") not in _QUIET:
            by_urn.setdefault(str(step["urn"]), []).append(step)
    found = [change for urn, group in by_urn.items() if (change := _change(urn, group))]
    return sorted(found, key=lambda change: (change.operation, change.type, change.name))


def gone(resources: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Return the changes of a stack whose file is removed: nothing is destroyed by that, and everything left."""
    return changes_of(map(_deletion, resources))


def _deletion(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"op": "delete", "urn": entry["urn"], "oldState": entry}


def _change(urn: str, steps: list[Mapping[str, Any]]) -> Change | None:
    operation = min(_OPERATIONS.get(str(step["op"]), Operation.UPDATE) for step in steps)
    old: Mapping[str, Any] = next((step["oldState"] for step in steps if step.get("oldState")), {})
    new: Mapping[str, Any] = next((step["newState"] for step in steps if step.get("newState")), {})
    state = new or old
    kind = str(state.get("type", ""))
    if not state.get("custom") or "::default_" in urn:
        return None  # components and default providers are the program's own bookkeeping
    lines: tuple[str, ...] = ()
    if operation in (Operation.UPDATE, Operation.REPLACE):
        lines = tuple(diff_lines(_shown(old), _shown(new)))
    elif _is_policy(kind):
        # A policy that comes or goes is read as a whole; any other object is judged by its name and the guard rails.
        spec = _shown(state).get("spec") or {}
        nothing: dict[str, list[str]] = {key: [] for key, value in spec.items() if isinstance(value, list)}
        old, new = (nothing, spec) if operation is Operation.CREATE else (spec, nothing)
        lines = tuple(diff_lines(old, new, "spec"))
    if operation is Operation.UPDATE and _says_nothing(kind, lines):
        return None
    because = sorted({str(key) for step in steps for key in step.get("replaceReasons") or ()})
    return Change(operation, kind, urn.rpartition("::")[2], tuple(because), lines)


def _says_nothing(kind: str, lines: tuple[str, ...]) -> bool:
    """Tell whether an update is only the engine's caution.

    While a cluster is updated its credentials are unknown, so the provider cannot compare, and the engine calls every
    object in the cluster an update. What differs in no input of ours is none.
    """
    if kind.startswith("pulumi:providers:"):
        return all(line.endswith('-> "(known at the update)"') for line in lines)
    return not lines


def _is_policy(kind: str) -> bool:
    return kind.endswith(("NetworkPolicy", "NetworkSet", ":Tier"))


def _shown(state: Mapping[str, Any]) -> Any:
    inputs = value_of(state.get("inputs") or {})
    if isinstance(inputs, dict) and isinstance(inputs.get("tags"), dict):
        # Stamped once, when the resource is made; a preview has the time of the preview there.
        inputs["tags"] = {key: value for key, value in inputs["tags"].items() if key != "expires"}
    return _sealed(inputs)


def _sealed(value: Any) -> Any:
    """Show no secret, not even one that the state gives out."""
    if isinstance(value, Secret):
        return Secret()
    if isinstance(value, dict):
        return {key: _sealed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_sealed(item) for item in value]
    return value
