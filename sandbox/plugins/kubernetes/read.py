"""Read: the live object as outputs, and the part of it that the program set as inputs. Serves refresh and import."""

from __future__ import annotations

import copy

from sandbox.plugins.kubernetes import body as bodies
from sandbox.plugins.kubernetes import kinds, objects
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.errors import ApiError, NoMatchError, UnreachableError
from sandbox.plugins.kubernetes.managed_fields import manager
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.kubernetes.waits import select
from sandbox.plugins.kubernetes.waits.condition import last_seen
from sandbox.plugins.kubernetes.waits.until import described
from sandbox.plugins.server import Context, InitFailedError, ProviderError

GONE: tuple[str, Body, Body] = ("", {}, {})

_SERVER_WRITTEN = ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration")


def read(session: Session, context: Context, id: str, inputs: Body, outputs: Body) -> tuple[str, Body, Body]:
    """Return id, inputs and outputs; an empty id if the object is gone.

    Raises:
        InitFailedError: it is there but not ready.
    """
    if session.problem:
        return _unreachable(session, context, id, inputs, outputs)
    namespace, _, name = id.rpartition("/")
    if not name:
        raise ProviderError(
            f"failed to read resource because of a failure to parse resource name from request ID: {id}"
        )
    known = bodies.normalised(bodies.to_wire(inputs))
    body = known or _identity(context, outputs, namespace, name)
    if namespace:
        body.setdefault("metadata", {})["namespace"] = namespace
    try:
        live: Body = session.api.get(objects.path(session, body, name))
    except NoMatchError:
        return GONE
    except ApiError as error:
        if error.not_found:
            return GONE
        raise

    field_manager = manager(session, known, outputs)
    api_version = str(outputs.get(bodies.INITIAL_API_VERSION_KEY) or live["apiVersion"])
    found = bodies.sealed(bodies.pruned(live, bodies.to_wire(inputs)) if inputs else _imported(live))
    state = bodies.checkpoint(live, field_manager, api_version)
    if inputs:
        problems = _not_ready(session, inputs, live)
        if problems:
            raise InitFailedError(id, state, found, problems)
    return id, found, state


def _unreachable(
    session: Session, context: Context, id: str, inputs: Body, outputs: Body
) -> tuple[str, Body, Body]:
    session.log.warning(context.urn, f"configured Kubernetes cluster is unreachable: {session.problem}")
    if session.settings.delete_unreachable:
        return GONE
    if session.settings.skip_update_unreachable:
        return id, bodies.sealed(inputs), bodies.sealed(outputs)
    raise ProviderError(
        "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can "
        "remove this resource from Pulumi state by rerunning the operation with the "
        'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"'
    )


def _identity(context: Context, outputs: Body, namespace: str, name: str) -> Body:
    gvk = kinds.of_body(outputs, context.type)
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": gvk.api_version, "kind": gvk.kind, "metadata": metadata}


def _imported(live: Body) -> Body:
    """Return inputs for an object of which no inputs are known: all that a program could have written."""
    found = bodies.normalised(live)
    found.pop("status", None)
    annotations = bodies.metadata(found).get("annotations") or {}
    for key in _SERVER_WRITTEN:
        annotations.pop(key, None)
    return copy.deepcopy(found)


def _not_ready(session: Session, inputs: Body, live: Body) -> list[str]:
    """Say why the object is not ready at this moment; kinds without a wait of their own always are."""
    condition = select.at_this_moment(session.api, inputs, live)
    if condition is None:
        return []
    try:
        if condition.look(live).ready:
            return []
        return [
            f"Resource '{bodies.name(live)}' was created but failed to initialize",
            f"{condition.what} of {described(live)}; {last_seen(live)}",
            *condition.problems(live),
        ]
    except (ApiError, UnreachableError):
        return []  # the object itself was read; what cannot be looked at beside it is no reason to fail
