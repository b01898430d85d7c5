"""Who manages which field of a live object: taking over what a create wrote, and leaving `ignoreChanges` to others.

Creates are plain POSTs, recorded as `Update` by `pulumi-kubernetes`; updates are server-side applies under a
name of the object's own. Without the take-over the first update would conflict with our own create, and a
field taken out of the program would stay, owned by the create.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.plugins.kubernetes import body as bodies
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.paths import parse
from sandbox.plugins.kubernetes.session import Session

CREATE_MANAGER = "pulumi-kubernetes"

_TAKEN_OVER = {
    ("kubectl", "Apply"),
    ("kubectl", "Update"),
    ("before-first-apply", "Update"),
    ("pulumi-kubernetes", "Update"),
    ("pulumi-kubernetes.exe", "Update"),
    ("pulumi-resource-kubernetes", "Update"),
}
_OURS_BY_UPDATE = {"pulumi-kubernetes", "pulumi-kubernetes.exe", "pulumi-resource-kubernetes"}


def manager(session: Session, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> str:
    """Return the object's field manager: the annotation's, the one in the state, or a new one."""
    if not session.settings.server_side_apply:
        return CREATE_MANAGER
    named = bodies.annotation(inputs, bodies.PATCH_FIELD_MANAGER)
    return named or str(outputs.get(bodies.FIELD_MANAGER_KEY) or f"{CREATE_MANAGER}-{secrets.token_hex(4)}")


def entries(live: Body) -> list[dict[str, Any]]:
    return bodies.metadata(live).get("managedFields") or []


def taken_over(live: Body, manager: str) -> list[dict[str, Any]] | None:
    """Return the JSON patch after which `manager` applies what we wrote by other means; None if there is nothing."""
    theirs = [entry for entry in entries(live) if _is_taken(entry, manager)]
    if not theirs:
        return None
    kept = [entry for entry in entries(live) if entry not in theirs]
    own = next(
        (entry for entry in kept if (entry.get("manager"), entry.get("operation")) == (manager, "Apply")),
        None,
    )
    if own is None:
        own = {**copy.deepcopy(theirs[0]), "manager": manager, "operation": "Apply"}
        kept.append(own)
    for entry in theirs:
        own["fieldsV1"] = _union(own.get("fieldsV1") or {}, entry.get("fieldsV1") or {})
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": kept},
        # The list is replaced as a whole, so that an entry which the operator added meanwhile must not get
        # lost.
        {
            "op": "replace",
            "path": "/metadata/resourceVersion",
            "value": bodies.metadata(live)["resourceVersion"],
        },
    ]


def _is_taken(entry: Mapping[str, Any], manager: str) -> bool:
    who, how = str(entry.get("manager")), str(entry.get("operation"))
    return (who, how) in _TAKEN_OVER and (who, how) != (manager, "Apply") and not entry.get("subresource")


def _union(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _union(one.get(key) or {}, other.get(key) or {}) for key in one.keys() | other.keys()}


def forced(session: Session, inputs: Body, live: Body | None, *, preview: bool) -> bool:
    """Tell whether an apply overrides other managers; a preview must not report conflicts that the update resolves."""
    if bodies.is_true(inputs, bodies.PATCH_FORCE) or session.settings.patch_force:
        return True
    if live is None:
        return preview
    if not entries(live):
        return True  # older than server-side apply: nobody is recorded
    return preview and any(
        entry.get("operation") == "Update" and entry.get("manager") in _OURS_BY_UPDATE
        for entry in entries(live)
    )


def left_to_others(inputs: Body, live: Body, manager: str, ignored: Iterable[str]) -> Body:
    """Return the inputs without the ignored fields that only others manage; ours among them keep their live value."""
    result = copy.deepcopy(inputs)
    for path in ignored:
        keys = parse(path)
        if not keys or not all(isinstance(key, str) for key in keys):
            continue  # fields inside lists stay as they are, as in the real provider
        names = [str(key) for key in keys]
        owners = {
            str(entry.get("manager")) for entry in entries(live) if _manages(entry.get("fieldsV1"), names)
        }
        if owners and manager not in owners:
            _remove(result, names)
        else:
            _copy_over(live, result, names)
    return result


def _manages(fields: Any, names: list[str]) -> bool:
    for name in names:
        if not isinstance(fields, Mapping) or f"f:{name}" not in fields:
            return False
        fields = fields[f"f:{name}"]
    return True


def _remove(body: Any, names: list[str]) -> None:
    for name in names[:-1]:
        body = body.get(name) if isinstance(body, dict) else None
    if isinstance(body, dict):
        body.pop(names[-1], None)


def _copy_over(source: Any, target: Any, names: list[str]) -> None:
    for name in names[:-1]:
        if name not in source:
            return
        source, target = source[name], target.setdefault(name, {})
        if not isinstance(source, dict) or not isinstance(target, dict):
            return
    if names[-1] in source:
        target[names[-1]] = copy.deepcopy(source[names[-1]])
