"""What changed between the live object and the program's inputs, property by property.

As in the real provider the new inputs are compared with the *live* state, cut to the shape of the old inputs:
drift in a field of ours is a change, what the operator added is not. The live state is the one recorded by
the last operation; `refresh` brings in a newer one.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from sandbox.plugins.kubernetes import body as bodies
from sandbox.plugins.kubernetes import kinds, quantities
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.force_new import IDENTITY, fields, touched
from sandbox.plugins.kubernetes.paths import Key, covers, parse, render
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.rpc import UNKNOWN
from sandbox.plugins.server import Change, Context, Diff

_MISSING = object()
_REPLACING = {
    Change.ADD: Change.ADD_REPLACE,
    Change.DELETE: Change.DELETE_REPLACE,
    Change.UPDATE: Change.UPDATE_REPLACE,
}


def diff(session: Session, context: Context, old_inputs: Body, live: Body, news: Body) -> Diff:
    """Compare the object with its new inputs."""
    gvk = kinds.of_body(news, context.type)
    wanted = bodies.normalised(bodies.to_wire(news))
    before = bodies.normalised(bodies.to_wire(old_inputs))
    found = _as_compared(
        bodies.to_wire(live) or before, before, wanted, namespaced=session.is_namespaced(gvk)
    )
    if kinds.is_patch(context.type, gvk.kind):
        forced = [parse(path) for path in IDENTITY]  # the rest of a patch can always be changed in place
    else:
        forced = fields(gvk, wanted, session.settings)
    ignored = [parse(path) for path in context.ignore_changes]

    result: dict[str, Change] = {}
    for path, change, value in changes([], found, wanted, before):
        if any(covers(outer, path) for outer in ignored):
            continue
        replacing = any(touched(pattern, path, value) for pattern in forced)
        result[render(path)] = _REPLACING[change] if replacing else change
    replaces = any(change.replaces for change in result.values())
    return Diff(result, delete_before_replace=replaces and _keeps_its_name(live, wanted))


def _as_compared(live: Body, before: Body, wanted: Body, *, namespaced: bool) -> Body:
    """Return the live state in the shape of the old inputs; set the namespace on both sides as the server sees it."""
    found: Body = bodies.pruned(live, before)
    metadata = found.setdefault("metadata", {})
    if bodies.is_named(wanted):
        # A name given to what was named by the server or by us before is no change.
        metadata["name"] = bodies.name(live)
    target = wanted.get("metadata")
    if isinstance(target, dict):
        for side, value in ((metadata, bodies.namespace(live)), (target, target.get("namespace"))):
            if namespaced:
                side["namespace"] = value or "default"
            else:
                side.pop("namespace", None)
    for key in ("apiVersion", "kind"):
        if key in wanted:
            found.setdefault(key, wanted[key])
    return found


def _keeps_its_name(live: Body, wanted: Body) -> bool:
    """Tell whether the replacement must wait for the old object to go, because both have the same name."""
    return (
        bool(bodies.name(wanted))
        and not bodies.is_true(wanted, bodies.AUTONAMED)
        and bodies.name(wanted) == bodies.name(live)
        and bodies.namespace(wanted) == bodies.namespace(live)
    )


def changes(path: list[Key], found: Any, wanted: Any, before: Any) -> list[tuple[list[Key], Change, Any]]:
    """List (path, change, value); `before` is the old input at that path, which tells our fields from others'."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        old = before if isinstance(before, Mapping) else {}
        return [
            change
            for key in sorted(found.keys() | wanted.keys())
            for change in changes(
                [*path, key],
                found.get(key, _MISSING),
                wanted.get(key, _MISSING),
                old.get(key, _MISSING),
            )
        ]
    if isinstance(found, list) and isinstance(wanted, list):
        old_items = before if isinstance(before, list) else []
        return [
            change
            for index in range(max(len(found), len(wanted)))
            for change in changes(
                [*path, index], _item(found, index), _item(wanted, index), _item(old_items, index)
            )
        ]
    if wanted is UNKNOWN:
        return [(path, Change.ADD if found is _MISSING else Change.UPDATE, None)]
    if wanted is None or wanted is _MISSING:
        return [] if found is _MISSING or found is None else [(path, Change.DELETE, found)]
    if found is _MISSING or found is None:
        # The server drops empty values; they are no news if the program has always set them.
        return [] if _is_empty(wanted) and wanted == before else [(path, Change.ADD, wanted)]
    return [] if _same(path, found, wanted) else [(path, Change.UPDATE, copy.copy(wanted))]


def _item(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else _MISSING


def _is_empty(value: Any) -> bool:
    return value in (0, False, "") or (isinstance(value, (Mapping, list)) and not value)


def _same(path: list[Key], found: Any, wanted: Any) -> bool:
    if isinstance(found, bool) is not isinstance(wanted, bool):
        return False
    if found == wanted:
        return True
    return len(path) > 1 and path[-2] in quantities.MAPS and quantities.same(found, wanted)
