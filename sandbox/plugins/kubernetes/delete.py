"""Delete: foreground unless the program says otherwise, and waited for; a Patch only gives up its fields."""

from __future__ import annotations

from sandbox.plugins.kubernetes import body as bodies
from sandbox.plugins.kubernetes import kinds, objects
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.errors import ApiError, NoMatchError
from sandbox.plugins.kubernetes.managed_fields import manager
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.kubernetes.waits import select
from sandbox.plugins.kubernetes.waits.until import NotReadyError, Target, gone, time_limit
from sandbox.plugins.server import Context, InitFailedError, ProviderError

_POLICIES = {"orphan": "Orphan", "background": "Background"}
_DEFAULT_POLICY = "Foreground"


def delete(session: Session, context: Context, id: str, inputs: Body, outputs: Body) -> None:
    """Delete the object and wait until it is gone.

    Raises:
        ProviderError: the cluster is unreachable or refuses.
        InitFailedError: the object is marked for deletion but still there.
    """
    if session.problem:
        session.log.warning(context.urn, f"configured Kubernetes cluster is unreachable: {session.problem}")
        if session.settings.delete_unreachable:
            return
        raise ProviderError(
            "configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this "
            "resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE "
            'environment variable set to "true"'
        )
    body = bodies.to_wire(inputs)
    known = bodies.to_wire(outputs) or body
    name = id.rpartition("/")[2] or bodies.name(known)
    try:
        target = objects.path(session, known, name)
        live: Body = session.api.get(target)
        if kinds.is_patch(context.type, live.get("kind")):
            _relinquish(session, live, manager(session, body, outputs))
            return
        _request(session, target, body)
    except NoMatchError:
        return  # the CRD is gone, and its objects with it
    except ApiError as error:
        if error.not_found:
            return
        raise
    if not select.waits_for_deletion(body):
        return
    try:
        gone(session, Target(context.urn, target, live), time_limit(context.timeout, body))
    except NotReadyError as failure:
        state = bodies.checkpoint(
            failure.live,
            str(outputs.get(bodies.FIELD_MANAGER_KEY) or ""),
            str(outputs.get(bodies.INITIAL_API_VERSION_KEY) or ""),
        )
        reasons = [str(failure), *failure.details]
        raise InitFailedError(
            bodies.full_name(failure.live), state, bodies.sealed(inputs), reasons
        ) from failure
    if kinds.is_crd(live):
        session.kinds.forget()


def _request(session: Session, target: str, inputs: Body) -> None:
    policy = _POLICIES.get(bodies.annotation(inputs, bodies.DELETION_PROPAGATION).lower(), _DEFAULT_POLICY)
    session.api.request(
        "DELETE", target, body={"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy}
    )


def _relinquish(session: Session, live: Body, field_manager: str) -> None:
    try:
        objects.relinquish(session, live, field_manager)
    except ApiError as error:
        if not error.required_field:
            raise
        raise ProviderError(
            "this Patch resource is currently managing a required field, so it can't be deleted directly. "
            "Either set the `retainOnDelete` resource option, or transfer ownership of the field before "
            f"deleting: {error.required_field}"
        ) from error
