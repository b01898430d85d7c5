"""Every namespace of an application is closed in both directions by a policy that selects all of its pods."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from guardrails.rule import Finding, Level, Rule, unknown
from guardrails.stack_resource import MISSING, UNKNOWN, Resource, items, plain

_NAMESPACE = "core/v1:Namespace"
_KUBERNETES_POLICY = "networking.k8s.io/v1:NetworkPolicy"
_CALICO = ("projectcalico.org/v3", "crd.projectcalico.org/v1")
_SYSTEM = re.compile(r"kube-.*|calico-.*|tigera-operator|gatekeeper-system|default")
_DIRECTIONS = ("Ingress", "Egress")
_ALL = re.compile(r"|all\(\)", re.ASCII)
_NAME = r"(?:kubernetes\.io/metadata|projectcalico\.org)[./]name"
_LISTED = re.compile(_NAME + r"\s+(not in|in)\s+\{([^{}]*)\}")
_EQUAL = re.compile(_NAME + r"\s*(==|!=)\s*(['\"])([^'\"]*)\2")


def check(stack: Sequence[Resource]) -> Iterator[Finding]:
    """Look for a policy a direction; one that selects some of the pods only closes nothing for the others."""
    for namespace in stack:
        if namespace.kubernetes_kind != _NAMESPACE:
            continue
        name = plain(namespace.object_name)
        if name is UNKNOWN:
            yield unknown(namespace, "metadata.name")
            continue
        if not isinstance(name, str) or _SYSTEM.fullmatch(name):
            continue
        for direction in _DIRECTIONS:
            answers = [_closes(policy, name, direction) for policy in stack]
            if True in answers:
                continue
            if None in answers:
                yield unknown(namespace, f"whether a policy closes namespace {name} for {direction}")
                continue
            yield Finding(
                namespace.urn,
                direction.lower(),
                f"namespace is '{name}' but no policy selects all of its pods for {direction}; add a default deny "
                "(a pod that no policy selects talks to everybody)",
            )


def _closes(policy: Resource, namespace: str, direction: str) -> bool | None:
    """Tell whether a policy selects all pods of a namespace for a direction; None if that is not known yet."""
    kind = policy.kubernetes_kind
    if kind == _KUBERNETES_POLICY:
        return _both(
            _is(policy.namespace, namespace),
            _everything(policy.at("spec.podSelector")),
            _listed(policy.at("spec.policyTypes"), direction),
        )
    group, _, name = kind.partition(":")
    if group not in _CALICO or name not in ("NetworkPolicy", "GlobalNetworkPolicy"):
        return False
    where = (
        _is(policy.namespace, namespace)
        if name == "NetworkPolicy"
        else _selects_namespace(policy.at("spec.namespaceSelector"), namespace)
    )
    return _both(where, _everything(policy.at("spec.selector")), _listed(policy.at("spec.types"), direction))


def _both(*parts: bool | None) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True


def _is(value: object, wanted: str) -> bool | None:
    return None if plain(value) is UNKNOWN else plain(value) == wanted


def _everything(selector: object) -> bool | None:
    """An absent or empty selector is everything, in both APIs."""
    selector = plain(selector)
    if selector is UNKNOWN:
        return None
    if selector is MISSING or selector is None:
        return True
    if isinstance(selector, Mapping):
        parts = [plain(part) for part in selector.values()]
        return None if any(part is UNKNOWN for part in parts) else not any(parts)
    return isinstance(selector, str) and _ALL.fullmatch(selector.strip()) is not None


def _listed(types: object, direction: str) -> bool | None:
    types = plain(types)
    if types is UNKNOWN or any(item is UNKNOWN for item in items(types)):
        return None
    return direction in items(types)


def _selects_namespace(selector: object, namespace: str) -> bool | None:
    """Read the few selectors that can be read without Calico's grammar; any other counts as selecting nothing."""
    selector = plain(selector)
    if selector is UNKNOWN:
        return None
    if selector is MISSING or selector is None:
        return True
    text = str(selector).strip()
    if _ALL.fullmatch(text):
        return True
    if match := _EQUAL.fullmatch(text):
        return (match[3] == namespace) is (match[1] == "==")
    if match := _LISTED.fullmatch(text):
        names = {part.strip().strip("'\"") for part in match[2].split(",")}
        return (namespace in names) is (match[1] == "in")
    return False


ISOLATED_NAMESPACES = Rule(
    name="isolated-namespaces",
    level=Level.MANDATORY,
    reason="Kubernetes lets every pod talk to every other until a policy selects it, so a forgotten one is open.",
    exempt="A namespace that a lab leaves open to show just that, or that holds only visitors.",
    stack=check,
)
