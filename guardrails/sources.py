"""Resources out of what Pulumi writes: an exported state, and the JSON of a preview.

Components, providers' own bookkeeping and the stack itself are left out, but for explicit providers, which hold the
kubeconfig. The third source, the policy SDK, is in pack.py, so that this module needs nothing but Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from guardrails.stack_resource import UNKNOWN, Resource, Secret

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - Pulumi's public tag of a secret
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_SHOWN_SECRET = "[secret]"  # noqa: S105 - what a preview prints instead of one
_UNKNOWNS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string, and anything whose type is not known
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
"""How the engine writes a value that it does not know yet (pulumi, sdk/go/common/resource/plugin/rpc.go)."""


def from_state(export: Mapping[str, Any]) -> list[Resource]:
    """Return the resources of `pulumi stack export`; those that wait for their deletion are gone already."""
    found = (export.get("deployment") or export).get("resources") or []
    return _resources(entry for entry in found if not entry.get("delete"))


def from_preview(preview: Mapping[str, Any]) -> list[Resource]:
    """Return the resources that a stack has after what `pulumi preview --json` shows."""
    entries = {}
    for step in preview.get("steps") or []:
        state = step.get("newState")
        # A replacement is several steps of one URN; the last with a new state is what remains.
        if state and step.get("op") not in ("delete", "delete-replaced", "discard", "remove-pending-replace"):
            entries[step["urn"]] = state
    return _resources(entries.values())


def value_of(value: Any) -> Any:
    """Return a value of Pulumi's JSON with its unknowns and secrets as ours."""
    if isinstance(value, str):
        if value in _UNKNOWNS:
            return UNKNOWN
        return Secret() if value == _SHOWN_SECRET else value
    if isinstance(value, list | tuple):
        return [value_of(item) for item in value]
    if isinstance(value, Mapping):
        signature = value.get(_SIGNATURE)
        if signature == _SECRET:
            return Secret(value_of(value["value"]) if "value" in value else None)
        if signature == _OUTPUT:
            known = value_of(value["value"]) if "value" in value else UNKNOWN
            return Secret(known) if value.get("secret") else known
        return {str(key): value_of(item) for key, item in value.items()}
    return value


def _resources(entries: Iterable[Mapping[str, Any]]) -> list[Resource]:
    return [
        Resource(
            urn=entry["urn"],
            type=entry["type"],
            name=entry["urn"].rpartition("::")[2],
            props=value_of(entry.get("inputs") or {}),
            # The reference is the URN and, after one more `::`, an id.
            provider=str(entry.get("provider") or "").rpartition("::")[0],
        )
        for entry in entries
        if entry.get("custom") and entry["type"] != "pulumi:pulumi:Stack" and not _is_default_provider(entry)
    ]


def _is_default_provider(entry: Mapping[str, Any]) -> bool:
    return entry["type"].startswith("pulumi:providers:") and "::default_" in entry["urn"]
