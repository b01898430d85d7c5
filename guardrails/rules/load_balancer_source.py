"""A load balancer needs a policy that lets somebody in, and that says whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guardrails.rule import Finding, Level, Rule, unknown
from guardrails.stack_resource import MISSING, UNKNOWN, Resource, items, plain

_SERVICE = "core/v1:Service"
_KUBERNETES_POLICY = "networking.k8s.io/v1:NetworkPolicy"
_CALICO_POLICIES = tuple(
    f"{group}:{kind}"
    for group in ("projectcalico.org/v3", "crd.projectcalico.org/v1")
    for kind in ("NetworkPolicy", "GlobalNetworkPolicy")
)


def check(stack: Sequence[Resource]) -> Iterator[Finding]:
    """Look for allow rules for the pods behind each load balancer."""
    for service in stack:
        if service.kubernetes_kind != _SERVICE:
            continue
        kind = plain(service.at("spec.type"))
        selector = plain(service.at("spec.selector"))
        if kind is UNKNOWN or (kind == "LoadBalancer" and (selector is UNKNOWN or _some_unknown(selector))):
            yield unknown(service, "spec.type or spec.selector")
        elif kind == "LoadBalancer":
            yield from _judge(service, selector if isinstance(selector, Mapping) else {}, stack)


def _some_unknown(selector: object) -> bool:
    return isinstance(selector, Mapping) and any(plain(value) is UNKNOWN for value in selector.values())


def _judge(service: Resource, labels: Mapping[str, Any], stack: Sequence[Resource]) -> Iterator[Finding]:
    rules = [rule for policy in stack for rule in _allow_rules(policy, service, labels)]
    name = plain(service.object_name)
    ranges = plain(service.at("spec.loadBalancerSourceRanges"))
    if UNKNOWN in rules or ranges is UNKNOWN:
        yield unknown(service, "the sources that its policies allow")
    elif not rules:
        yield Finding(
            service.urn,
            "no-policy",
            f"spec.type of Service '{name}' is 'LoadBalancer' but no policy allows ingress to its pods; add an allow "
            "policy that names its source (the Internet either gets nothing or, without any policy, everything)",
        )
    elif not items(ranges) and not all(_names_source(rule) for rule in rules):
        yield Finding(
            service.urn,
            "no-source",
            f"spec.type of Service '{name}' is 'LoadBalancer' but a policy that opens it names no source; write from, "
            "source or loadBalancerSourceRanges (no source means everybody, pods of all namespaces included)",
        )


def _allow_rules(policy: Resource, service: Resource, labels: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the ingress rules that allow something to pods with these labels; UNKNOWN for what is not known."""
    kind = policy.kubernetes_kind
    if kind not in (_KUBERNETES_POLICY, *_CALICO_POLICIES):
        return
    if not kind.endswith(":GlobalNetworkPolicy") and plain(policy.namespace) != plain(service.namespace):
        if plain(policy.namespace) is UNKNOWN:
            yield UNKNOWN
        return
    rules = plain(policy.at("spec.ingress"))
    if rules is UNKNOWN:
        yield UNKNOWN
        return
    for rule in items(rules):
        if rule is UNKNOWN:
            yield UNKNOWN
        elif kind == _KUBERNETES_POLICY:
            if _matches(policy.at("spec.podSelector"), labels):
                yield rule
        elif plain(rule.get("action")) == "Allow" and _calico_selects(policy, labels):
            yield rule


def _matches(selector: object, labels: Mapping[str, Any]) -> bool:
    """Expressions are taken as matching: a rule too many asks for one source too many, and hides nothing."""
    selector = plain(selector)
    wanted = selector.get("matchLabels") if isinstance(selector, Mapping) else None
    return all(labels.get(key) == plain(value) for key, value in (wanted or {}).items())


def _calico_selects(policy: Resource, labels: Mapping[str, Any]) -> bool:
    """Read `label == 'value'`; any other selector is taken as matching, for the reason given above."""
    selector = plain(policy.at("spec.selector"))
    if (
        not isinstance(selector, str)
        or selector.count("==") != 1
        or any(part in selector for part in "&|!()")
    ):
        return True
    key, _, value = selector.partition("==")
    return labels.get(key.strip()) == value.strip().strip("'\"")


def _names_source(rule: Any) -> bool:
    """Kubernetes: a `from` that is not empty. Calico: a `source` with a field that narrows it."""
    source = plain(rule.get("from", MISSING))
    if source is not MISSING:
        return bool(items(source))
    narrowed = plain(rule.get("source"))
    return isinstance(narrowed, Mapping) and any(
        narrowed.get(field) for field in ("nets", "selector", "namespaceSelector", "serviceAccounts")
    )


LOAD_BALANCER_SOURCE = Rule(
    name="load-balancer-with-source",
    level=Level.MANDATORY,
    reason="A load balancer is a door to the Internet; who may come in should be written down, not left over.",
    exempt="A page that is meant for everybody, or one whose policy cannot see the visitor's address.",
    stack=check,
)
