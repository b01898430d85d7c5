"""Requests about one object: where it lives, how it is created, applied and handed over. Does not wait."""

from __future__ import annotations

from typing import Any

from sandbox.plugins.kubernetes import body as bodies
from sandbox.plugins.kubernetes import kinds
from sandbox.plugins.kubernetes.api import APPLY_PATCH, JSON_PATCH
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.errors import ApiError, redacted
from sandbox.plugins.kubernetes.managed_fields import CREATE_MANAGER, taken_over
from sandbox.plugins.kubernetes.session import Session

_TAKE_OVER_TRIES = 5  # the operator writes its status several times a second while it installs

CONFLICT_GUIDE = (
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/"
    "managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources"
)


def path(session: Session, body: Body, name: str | None = None) -> str:
    """Return the path of the object; with an empty name that of its collection.

    Raises:
        NoMatchError: its kind is not served.
    """
    resource = session.kinds.find(kinds.of_body(body, "kubernetes:core/v1:Unknown"))
    return resource.path(bodies.namespace(body), bodies.name(body) if name is None else name)


def create(session: Session, body: Body, *, preview: bool) -> Body:
    """Create the object; it must not exist.

    Strict, where the real provider lets a misspelled field of a custom resource be pruned in silence.
    """
    query = {"fieldManager": CREATE_MANAGER, "fieldValidation": "Strict", **_dry_run(preview)}
    return _request(session, "POST", path(session, body, ""), body, query)


def apply(session: Session, body: Body, manager: str, *, force: bool, preview: bool) -> Body:
    """Apply the object server-side; it need not exist.

    Raises:
        ApiError: refused; a conflict in the real provider's words.
    """
    query = {"fieldManager": manager, "force": "true" if force else "false", **_dry_run(preview)}
    try:
        return _request(session, "PATCH", path(session, body), body, query, APPLY_PATCH)
    except ApiError as error:
        if not error.conflict:
            raise
        raise ApiError(
            f"server-side apply field conflict detected, see {CONFLICT_GUIDE} for troubleshooting help\n"
            f'The resource managed by field manager "{manager}" had an apply conflict: {error}',
            error.code,
            error.reason,
            error.details,
        ) from error


def replace(session: Session, body: Body, live: Body, manager: str, *, preview: bool) -> Body:
    """Put the object in place of the live one: CustomResourceDefinitions are replaced, not merged."""
    metadata = {**bodies.metadata(body), "resourceVersion": bodies.metadata(live)["resourceVersion"]}
    query = {"fieldManager": manager, "fieldValidation": "Strict", **_dry_run(preview)}
    return _request(session, "PUT", path(session, body), {**body, "metadata": metadata}, query)


def merge(
    session: Session, target: Body, patch: Body, content_type: str, manager: str, *, preview: bool
) -> Body:
    query = {"fieldManager": manager, "fieldValidation": "Strict", **_dry_run(preview)}
    return _request(session, "PATCH", path(session, target), patch, query, content_type)


def relinquish(session: Session, live: Body, manager: str) -> None:
    """Give up every field that `manager` manages; those that nobody else manages go back to their default."""
    bare = {
        "apiVersion": live["apiVersion"],
        "kind": live["kind"],
        "metadata": {
            key: value for key, value in bodies.metadata(live).items() if key in ("name", "namespace")
        },
    }
    _request(session, "PATCH", path(session, live), bare, {"fieldManager": manager}, APPLY_PATCH)


def take_over(session: Session, live: Body, manager: str) -> Body:
    """Make `manager` the applier of all that we, or kubectl, wrote to the live object by other means."""
    target = path(session, live)
    for attempt in range(_TAKE_OVER_TRIES):
        patch = taken_over(live, manager)
        if patch is None:
            break
        try:
            return _request(session, "PATCH", target, patch, None, JSON_PATCH)
        except ApiError as error:
            if error.code not in (409, 422) or attempt == _TAKE_OVER_TRIES - 1:
                raise
            live = session.api.get(target)
    return live


def _dry_run(preview: bool) -> dict[str, str]:
    return {"dryRun": "All"} if preview else {}


def _request(
    session: Session,
    method: str,
    target: str,
    body: Any,
    query: dict[str, str] | None,
    content_type: str = "application/json",
) -> Body:
    try:
        return dict(session.api.request(method, target, body=body, query=query, content_type=content_type))
    except ApiError as error:
        raise redacted(error, body if isinstance(body, dict) else {}) from None
