"""Create: POST (or apply, for a Patch), tried again while its kind or namespace is on its way, then waited for."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.plugins.kubernetes import body as bodies
from sandbox.plugins.kubernetes import kinds, objects
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.errors import ApiError, NoMatchError
from sandbox.plugins.kubernetes.managed_fields import forced, manager
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.kubernetes.waits import custom, select
from sandbox.plugins.kubernetes.waits.until import NotReadyError, Target, ready, time_limit
from sandbox.plugins.rpc import has_unknown
from sandbox.plugins.server import Context, InitFailedError, ProviderError

_RETRIES = 5
_FIRST_PAUSE = 1.0
_FACTOR = 2.0

_EXISTS_HINT = """

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: give it an alias, or set deleteBeforeReplace if it is replaced.
  - Managing an object of somebody else: use its Patch resource (for example NamespacePatch).
  - Adopting an object: use `pulumi import`.
  - Overwriting it on purpose: set upsertExistingObjects on the provider."""


def create(session: Session, context: Context, inputs: Body) -> tuple[str, Body]:
    """Create the object and wait for it.

    Raises:
        ProviderError: the server refused it.
        InitFailedError: it is there but did not become ready.
    """
    body = bodies.to_wire(inputs)
    gvk = kinds.of_body(body, context.type)
    patch = kinds.is_patch(context.type, gvk.kind)
    if context.preview and (
        patch or has_unknown(inputs) or not session.settings.server_side_apply or not session.serves(gvk)
    ):
        return "", inputs
    api = session.api
    wanted = bodies.annotation(body, bodies.WAIT_FOR)
    if wanted:
        # A mistake in it must not leave an object behind that the state does not know.
        custom.parse(wanted, api)

    field_manager = manager(session, body, {})
    upsert = session.settings.server_side_apply and (patch or session.settings.upsert_existing)
    try:
        live = _with_retries(
            session,
            context,
            lambda: _create(session, body, field_manager, upsert=upsert, preview=context.preview),
        )
    except (ApiError, NoMatchError) as error:
        if context.preview and _preview_is_impossible(error):
            return "", inputs
        raise _refused(context, gvk, error) from error
    if context.preview:
        live.pop("status", None)
        return "", bodies.checkpoint(live, field_manager, gvk.api_version)
    if kinds.is_crd(live):
        session.kinds.forget()
    return bodies.full_name(live), _initialised(session, context, inputs, live, field_manager)


def _create(session: Session, body: Body, field_manager: str, *, upsert: bool, preview: bool) -> Body:
    if upsert:
        force = forced(session, body, None, preview=preview)
        return objects.apply(session, body, field_manager, force=force, preview=preview)
    return objects.create(session, body, preview=preview)


def _with_retries(session: Session, context: Context, attempt: Callable[[], Body]) -> Body:
    """Try again while the server does not know the kind or the namespace: CRDs and controllers lag behind."""
    pause = _FIRST_PAUSE
    for number in range(_RETRIES + 1):
        try:
            return attempt()
        except (ApiError, NoMatchError) as error:
            hopeless = isinstance(error, ApiError) and (
                not error.not_found or (context.preview and error.namespace_not_found)
            )
            if hopeless or number == _RETRIES:
                raise
            session.log.status(context.urn, f"Retry #{number}; creation failed: {error}")
        if session.cancelled.wait(pause):
            raise ProviderError(f"creation of {context.urn} was cancelled")
        pause *= _FACTOR
    raise AssertionError("unreachable")


def _preview_is_impossible(error: Exception) -> bool:
    """Tell whether the dry run failed for a reason that the update need not meet."""
    return isinstance(error, ApiError) and (
        error.forbidden
        or error.namespace_not_found
        or error.already_exists
        or (error.code == 400 and "does not support dry run" in str(error))
    )


def _refused(context: Context, gvk: kinds.Gvk, error: Exception) -> ProviderError:
    if isinstance(error, NoMatchError):
        return ProviderError(
            f'creation of resource "{context.urn}" with kind {gvk.api_version}/{gvk.kind} failed because '
            "the Kubernetes API server reported that the apiVersion for this resource does not exist. "
            f"Verify that any required CRDs have been created: {error}"
        )
    hint = _EXISTS_HINT if isinstance(error, ApiError) and error.already_exists else ""
    return ProviderError(
        f'resource "{context.urn}" was not successfully created by the Kubernetes API server: {error}{hint}'
    )


def _initialised(session: Session, context: Context, inputs: Body, live: Body, field_manager: str) -> Body:
    api_version = str(live["apiVersion"])
    condition = select.condition(session.api, inputs, live)
    if condition is not None:
        try:
            target = Target(context.urn, objects.path(session, live), live)
            live = ready(session, target, condition, time_limit(context.timeout, inputs))
        except NotReadyError as failure:
            reason = (
                f'resource "{context.urn}" was successfully created, but the Kubernetes API server reported '
                f"that it failed to fully initialize or become live: {failure}"
            )
            raise InitFailedError(
                bodies.full_name(failure.live),
                bodies.checkpoint(failure.live, field_manager, api_version),
                bodies.sealed(inputs),
                [reason, *failure.details],
            ) from failure
        session.log.status(context.urn, "")
    return bodies.checkpoint(live, field_manager, api_version)
