"""Update: a server-side apply under the object's own field manager, then the same wait as after a create."""

from __future__ import annotations

import contextlib
from typing import Any

from sandbox.plugins.kubernetes import body as bodies
from sandbox.plugins.kubernetes import kinds, objects
from sandbox.plugins.kubernetes.api import MERGE_PATCH
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.errors import ApiError, NoMatchError
from sandbox.plugins.kubernetes.managed_fields import forced, left_to_others, manager
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.kubernetes.waits import custom, select
from sandbox.plugins.kubernetes.waits.until import NotReadyError, Target, ready, time_limit
from sandbox.plugins.rpc import has_unknown
from sandbox.plugins.server import Context, InitFailedError, ProviderError


def update(session: Session, context: Context, old_inputs: Body, old_outputs: Body, news: Body) -> Body:
    """Bring the live object to the new inputs and wait for it.

    Raises:
        ProviderError: the object or its kind is gone.
        InitFailedError: the server refused the change, or the object did not become ready.
    """
    body = bodies.normalised(bodies.to_wire(news))
    gvk = kinds.of_body(body, context.type)
    if context.preview and (has_unknown(news) or not session.serves(gvk)):
        return news
    wanted = bodies.annotation(body, bodies.WAIT_FOR)
    if wanted:
        custom.parse(wanted, session.api)
    old_manager = manager(session, bodies.to_wire(old_inputs), old_outputs)
    field_manager = manager(session, body, old_outputs)
    name = bodies.name(old_outputs) or bodies.name(body)
    try:
        target = objects.path(session, body, name)
        live = session.api.get(target)
    except NoMatchError as error:
        raise ProviderError(
            f'update of resource "{context.urn}" failed because the Kubernetes API server reported that the '
            "apiVersion for this resource does not exist. Verify that any required CRDs have been created: "
            f"{error}"
        ) from error
    except ApiError as error:
        raise ProviderError(f'update of resource "{context.urn}" failed: {error}') from error

    api_version = str(old_outputs.get(bodies.INITIAL_API_VERSION_KEY) or gvk.api_version)
    try:
        changed = _change(session, context, old_inputs, live, body, field_manager)
        if context.preview:
            return bodies.checkpoint(changed, field_manager, api_version)
        changed = _waited(session, context, target, body, changed)
    except (ApiError, NotReadyError) as error:
        if context.preview and isinstance(error, ApiError) and error.forbidden:
            return news
        raise _failed(session, target, live, news, error, field_manager, api_version) from error
    if kinds.is_crd(changed):
        session.kinds.forget()
    if session.settings.server_side_apply and old_manager != field_manager:
        objects.relinquish(session, changed, old_manager)
    return bodies.checkpoint(changed, field_manager, api_version)


def _change(
    session: Session, context: Context, old_inputs: Body, live: Body, body: Body, field_manager: str
) -> Body:
    preview = context.preview
    if kinds.is_crd(body):
        return objects.replace(session, body, live, field_manager, preview=preview)
    if not session.settings.server_side_apply:
        patch = _merge_patch(bodies.normalised(bodies.to_wire(old_inputs)), body)
        return objects.merge(session, live, patch, MERGE_PATCH, field_manager, preview=preview)
    if not preview and not kinds.is_patch(context.type, body.get("kind")):
        live = objects.take_over(session, live, field_manager)
    body = left_to_others(body, live, field_manager, context.ignore_changes)
    force = forced(session, body, live, preview=preview)
    return objects.apply(session, body, field_manager, force=force, preview=preview)


def _merge_patch(old: Any, new: Any) -> Any:
    """Return the JSON merge patch that sets the new inputs and takes out what only the old ones had."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    patch = {key: None for key in old if key not in new}
    patch.update({key: _merge_patch(old.get(key), value) for key, value in new.items()})
    return patch


def _waited(session: Session, context: Context, target: str, body: Body, changed: Body) -> Body:
    condition = select.condition(session.api, body, changed)
    if condition is None:
        return changed
    live = ready(session, Target(context.urn, target, changed), condition, time_limit(context.timeout, body))
    session.log.status(context.urn, "")
    return live


def _failed(
    session: Session,
    target: str,
    live: Body,
    news: Body,
    error: ApiError | NotReadyError,
    field_manager: str,
    api_version: str,
) -> InitFailedError:
    """Return the failure with the object as it is now: the engine keeps it and tries the update again next time."""
    if isinstance(error, NotReadyError):
        live = error.live
    else:
        with contextlib.suppress(ProviderError):  # the one read before the update has to do then
            live = session.api.get(target)
    name = bodies.full_name(live)
    reason = f'"{name}" failed to fully initialize or become live: {error}'
    details = error.details if isinstance(error, NotReadyError) else ()
    return InitFailedError(
        name,
        bodies.checkpoint(live, field_manager, api_version),
        bodies.sealed(news),
        [f"the Kubernetes API server reported that {reason}", *details],
    )
