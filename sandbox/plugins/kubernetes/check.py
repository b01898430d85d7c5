"""Inputs as they are recorded: named, in a namespace, without what only the server writes.

Does not validate against the server's schema: the real provider looks at it and then keeps the result to
itself (provider.go, Check), so mistakes show in the dry run of a preview or in the update.
"""

from __future__ import annotations

import copy
import hashlib
import secrets
from typing import Any

from sandbox.plugins.kubernetes import body as bodies
from sandbox.plugins.kubernetes import kinds
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.rpc import UNKNOWN
from sandbox.plugins.server import Context, Failure, ProviderError

_MANAGED_BY = "app.kubernetes.io/managed-by"


def check(session: Session, context: Context, olds: Body, news: Body) -> tuple[Body, list[Failure]]:
    """Return the inputs to record."""
    if session.settings.skip_update_unreachable and session.problem:
        session.log.warning(
            context.urn, "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping..."
        )
        return olds, []
    if kinds.is_list(context.type):
        raise ProviderError(
            "list resources exist for compatibility with YAML manifests and Helm charts, and cannot be "
            "created directly. Use the underlying resource type instead"
        )
    inputs = copy.deepcopy(news)
    gvk = kinds.of_body(inputs, context.type)
    inputs.setdefault("apiVersion", gvk.api_version)
    inputs.setdefault("kind", gvk.kind)
    if inputs.get("metadata") is None:
        inputs["metadata"] = {}
    inputs = bodies.normalised(inputs)
    _check_patch(session, context, inputs)
    if isinstance(inputs["metadata"], dict):
        _set_name(session, context, olds, inputs)
        if not inputs["metadata"].get("namespace") and session.is_namespaced(gvk):
            inputs["metadata"]["namespace"] = session.settings.namespace
    if kinds.is_crd(inputs):
        _declare(session, inputs)
    return bodies.sealed(inputs), []


def _check_patch(session: Session, context: Context, inputs: Body) -> None:
    if not kinds.is_patch(context.type, inputs.get("kind")):
        return
    if not session.settings.server_side_apply:
        raise ProviderError(
            "patch resources require Server-Side Apply mode, which is enabled using the "
            "`enableServerSideApply` Provider config"
        )
    if not bodies.is_named(inputs):
        raise ProviderError("patch resources require the `.metadata.name` field to be set")


def _set_name(session: Session, context: Context, olds: Body, inputs: Body) -> None:
    metadata = inputs["metadata"]
    generated = not bodies.is_named(inputs) and bool(metadata.get("generateName"))
    if olds:
        if not bodies.is_named(inputs) and bodies.is_true(olds, bodies.AUTONAMED):
            _autoname(metadata, bodies.name(olds))
        managed = _labels(olds).get(_MANAGED_BY) == "pulumi"
    else:
        if not bodies.is_named(inputs) and not generated:
            _autoname(metadata, f"{context.name}-{_digits(context.random_seed)}")
        # With server-side apply `managedFields` says who manages what; the label is the older mode's only
        # trace.
        managed = not session.settings.server_side_apply
    if generated and session.settings.server_side_apply:
        raise ProviderError("the `.metadata.generateName` field is not supported in Server-Side Apply mode")
    if managed and metadata.get("labels") is not UNKNOWN:
        metadata.setdefault("labels", {})[_MANAGED_BY] = "pulumi"


def _digits(seed: bytes) -> str:
    """Return eight hexadecimal digits: those of the engine's seed, so that an update plan keeps its names."""
    return hashlib.sha256(seed).hexdigest()[:8] if seed else secrets.token_hex(4)


def _autoname(metadata: Body, name: str) -> None:
    metadata["name"] = name
    if metadata.get("annotations") is not UNKNOWN:
        metadata["annotations"] = {**(metadata.get("annotations") or {}), bodies.AUTONAMED: "true"}


def _labels(body: Body) -> dict[str, Any]:
    labels = bodies.metadata(body).get("labels")
    return labels if isinstance(labels, dict) else {}


def _declare(session: Session, crd: Body) -> None:
    spec = crd.get("spec")
    names = spec.get("names") if isinstance(spec, dict) else None
    if not isinstance(spec, dict) or not isinstance(names, dict):
        return
    group, kind, scope = spec.get("group"), names.get("kind"), spec.get("scope")
    if isinstance(group, str) and isinstance(kind, str) and isinstance(scope, str):
        session.declare_crd(group, kind, namespaced=scope == "Namespaced")
