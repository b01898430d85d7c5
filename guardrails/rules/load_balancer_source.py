"""A load balancer needs a policy that lets somebody in, and that says whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guardrails.policies import CALICO, KUBERNETES, both, is_about_pods, is_for, is_in, is_named
from guardrails.rule import Finding, Level, Rule, unknown
from guardrails.stack_resource import MISSING, UNKNOWN, Resource, items, plain

_SERVICE = "core/v1:Service"
_NARROWING = ("nets", "selector", "namespaceSelector", "serviceAccounts", "services")


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
    sources = [None if rule is UNKNOWN else _names_source(rule) for rule in rules]
    name = plain(service.object_name)
    ranges = plain(service.at("spec.loadBalancerSourceRanges"))
    if not rules:
        yield Finding(
            service.urn,
            "no-policy",
            f"spec.type of Service '{name}' is 'LoadBalancer' but no policy allows ingress to its pods; add an allow "
            "policy that names its source (the Internet either gets nothing or, without any policy, everything)",
        )
    elif False in sources and ranges is not UNKNOWN and not items(ranges):
        yield Finding(
            service.urn,
            "no-source",
            f"spec.type of Service '{name}' is 'LoadBalancer' but a policy that opens it names no source; write from, "
            "source or loadBalancerSourceRanges (no source means everybody, pods of all namespaces included)",
        )
    elif None in sources or (False in sources and ranges is UNKNOWN):
        yield unknown(service, "the sources that its policies allow")


def _allow_rules(policy: Resource, service: Resource, labels: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the ingress rules that allow something to pods with these labels; UNKNOWN for what is not known."""
    kind = policy.kubernetes_kind
    if kind not in (KUBERNETES, *CALICO):
        return
    selected = _selects(policy, labels) if kind == KUBERNETES else _calico_selects(policy, labels)
    applies = both(
        _is_of(policy, service),
        selected,
        is_for(policy, "Ingress"),
        kind == KUBERNETES or is_about_pods(policy),
    )
    if applies is False:
        return
    rules = plain(policy.at("spec.ingress"))
    if applies is None or rules is UNKNOWN:
        yield UNKNOWN
        return
    for rule in items(rules):
        action = "Allow" if kind == KUBERNETES or rule is UNKNOWN else plain(rule.get("action"))
        if action is UNKNOWN:
            yield UNKNOWN
        elif action == "Allow":
            yield rule


def _is_of(policy: Resource, service: Resource) -> bool | None:
    """Tell whether a policy is about the Service's namespace; a selector that cannot be read is taken as matching.

    A rule too many asks for one source too many, and a namespace that is left open is for `isolated-namespaces`.
    """
    namespace = plain(service.namespace)
    return None if namespace is UNKNOWN else is_in(policy, str(namespace), unread=True)


def _selects(policy: Resource, labels: Mapping[str, Any]) -> bool | None:
    """Expressions are taken as matching, for the reason given above."""
    selector = plain(policy.at("spec.podSelector"))
    if selector is UNKNOWN:
        return None
    wanted = plain(selector.get("matchLabels")) if isinstance(selector, Mapping) else None
    if wanted is UNKNOWN:
        return None
    return both(*(is_named(value, labels.get(key, "")) for key, value in (wanted or {}).items()))


def _calico_selects(policy: Resource, labels: Mapping[str, Any]) -> bool | None:
    """Read `label == 'value'`; any other selector is taken as matching."""
    selector = plain(policy.at("spec.selector"))
    if selector is UNKNOWN:
        return None
    if (
        not isinstance(selector, str)
        or selector.count("==") != 1
        or any(part in selector for part in "&|!()")
    ):
        return True
    key, _, value = selector.partition("==")
    return bool(labels.get(key.strip()) == value.strip().strip("'\""))


def _names_source(rule: Any) -> bool | None:
    """Kubernetes: a `from` that is not empty. Calico: a `source` with a field that narrows it. None: not known."""
    peers, source = plain(rule.get("from", MISSING)), plain(rule.get("source", MISSING))
    if peers is UNKNOWN or source is UNKNOWN:
        return None
    if peers is not MISSING:
        return bool(items(peers))
    narrowing = [plain(source.get(field)) for field in _NARROWING] if isinstance(source, Mapping) else []
    if any(value is not UNKNOWN and value for value in narrowing):
        return True
    return None if any(value is UNKNOWN for value in narrowing) else False


LOAD_BALANCER_SOURCE = Rule(
    name="load-balancer-with-source",
    level=Level.MANDATORY,
    reason="A load balancer is a door to the Internet; who may come in should be written down, not left over.",
    exempt="A page that is meant for everybody, or one whose policy cannot see the visitor's address.",
    stack=check,
)
