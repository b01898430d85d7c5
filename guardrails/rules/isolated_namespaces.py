"""Every namespace of an application is closed in both directions by a policy that selects all of its pods, and no
other opens it again as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from guardrails.policies import (
    CALICO,
    KUBERNETES,
    both,
    ends_in_deny,
    everything,
    is_about_pods,
    is_for,
    is_in,
    lets_everything_through,
)
from guardrails.rule import Finding, Level, Rule, unknown
from guardrails.stack_resource import MISSING, UNKNOWN, Resource, plain

_NAMESPACE = "core/v1:Namespace"
_WORKLOADS = (
    "core/v1:Pod",
    "apps/v1:Deployment",
    "apps/v1:StatefulSet",
    "apps/v1:DaemonSet",
    "apps/v1:ReplicaSet",
    "batch/v1:Job",
    "batch/v1:CronJob",
)
_OF_THE_CLUSTER = re.compile(r"kube-.*|calico-.*|tigera-operator|gatekeeper-system")
_NO_NAMESPACE = "default"
"""Where Kubernetes puts what names none; it is there before any stack, so it counts once something runs in it."""
_DIRECTIONS = ("Ingress", "Egress")


def check(stack: Sequence[Resource]) -> Iterator[Finding]:
    """Look for a policy a direction; one that selects some of the pods only closes nothing for the others."""
    declared: dict[str, Resource] = {}
    used: dict[str, Resource] = {}
    for resource in stack:
        if resource.kubernetes_kind == _NAMESPACE:
            field, name, found = "metadata.name", plain(resource.object_name), declared
        elif resource.kubernetes_kind in _WORKLOADS:
            field, name, found = "metadata.namespace", plain(resource.namespace), used
            name = _NO_NAMESPACE if name in (MISSING, None, "") else name
        else:
            continue
        if name is UNKNOWN:
            yield unknown(resource, field)
        elif isinstance(name, str) and not _OF_THE_CLUSTER.fullmatch(name):
            found.setdefault(name, resource)
    if _NO_NAMESPACE not in used:
        declared.pop(_NO_NAMESPACE, None)
    for name, resource in {**used, **declared}.items():
        yield from _judge(name, resource, stack)


def _judge(name: str, resource: Resource, stack: Sequence[Resource]) -> Iterator[Finding]:
    for direction in _DIRECTIONS:
        answers = [_closes(policy, name, direction, stack) for policy in stack]
        opened = {policy.name: _opens(policy, name, direction) for policy in stack}
        openers = ", ".join(sorted(policy for policy, answer in opened.items() if answer))
        if openers:
            yield Finding(
                resource.urn,
                direction.lower(),
                f"namespace is '{name}' but {openers} lets everything through for {direction}, whatever another policy "
                "closes; name who may (a pod that everybody reaches is not isolated)",
            )
        elif None in opened.values() or (None in answers and True not in answers):
            yield unknown(resource, f"whether a policy closes namespace {name} for {direction}")
        elif True not in answers:
            yield Finding(
                resource.urn,
                direction.lower(),
                f"namespace is '{name}' but no policy selects all of its pods for {direction}; add a default deny "
                "(a pod that no policy selects talks to everybody)",
            )


def _closes(policy: Resource, namespace: str, direction: str, stack: Sequence[Resource]) -> bool | None:
    """Tell whether a policy selects all pods of a namespace for a direction; None if that is not known yet."""
    return both(
        _selects_every_pod(policy, namespace, unread=False),
        is_for(policy, direction),
        ends_in_deny(policy, stack),
    )


def _opens(policy: Resource, namespace: str, direction: str) -> bool | None:
    """Tell whether a policy lets everything through to or from all pods of a namespace; None if not known yet."""
    return both(
        _selects_every_pod(policy, namespace, unread=True), lets_everything_through(policy, direction)
    )


def _selects_every_pod(policy: Resource, namespace: str, *, unread: bool) -> bool | None:
    kind = policy.kubernetes_kind
    if kind == KUBERNETES:
        selected = everything(policy.at("spec.podSelector"))
    elif kind in CALICO:
        selected = both(
            everything(policy.at("spec.selector")),
            everything(policy.at("spec.serviceAccountSelector")),
            is_about_pods(policy),
        )
    else:
        return False
    return both(is_in(policy, namespace, unread), selected)


ISOLATED_NAMESPACES = Rule(
    name="isolated-namespaces",
    level=Level.MANDATORY,
    reason="Kubernetes lets every pod talk to every other until a policy selects it, so a forgotten one is open.",
    exempt="A namespace that a lab leaves open to show just that, or that holds only visitors.",
    stack=check,
)
