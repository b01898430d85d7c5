"""Checks of policies against each other and against versions: order, tiers, Windows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

from labs.versions import release_of
from reach.kinds.calico import DEFAULT_TIER
from reach.kinds.kubernetes import ORDER
from reach.lint.finding import Context, Finding, at
from reach.model import Action, Direction, Policy

_TIERS_SINCE = (3, 29)
_STAGED_SINCE = (3, 30)


def equal_orders(context: Context) -> Iterator[Finding]:
    """Two policies of equal order that select a common pod and disagree: the name decides which is asked first."""
    enforced = [policy for policy in context.policies if not policy.staged]
    for first, second in combinations(enforced, 2):
        if first.tier != second.tier or _order(first) != _order(second):
            continue
        if not context.selected(first) & context.selected(second):
            continue
        for direction in sorted(first.types & second.types):
            if _disagree(first, second, direction):
                yield at(
                    second,
                    ("spec", "order"),
                    "equal-orders",
                    f"is that of {first.id} ({first.document.where()}), and their {direction} rules disagree "
                    "on common pods; "
                    "give them different orders (the name decides now, and by another rule before v3.32)",
                )
                break


def _disagree(first: Policy, second: Policy, direction: Direction) -> bool:
    actions = [{rule.action for rule in policy.rules[direction]} - {Action.LOG} for policy in (first, second)]
    return bool(actions[0] and actions[1] and len(actions[0] | actions[1]) > 1)


def shadowed_by_kubernetes(context: Context) -> Iterator[Finding]:
    """A Deny after order 1000 only sees what no Kubernetes policy of the same pods has allowed."""
    kubernetes = [policy for policy in context.policies if policy.kind == "KubernetesNetworkPolicy"]
    for policy in context.policies:
        if policy in kubernetes or policy.tier != DEFAULT_TIER or policy.staged or _order(policy) <= ORDER:
            continue
        for direction in sorted(policy.types):
            denies = [rule for rule in policy.rules[direction] if rule.action is Action.DENY]
            over = [
                other
                for other in kubernetes
                if other.rules[direction]
                and direction in other.types
                and context.selected(policy) & context.selected(other)
            ]
            if denies and over:
                yield at(
                    policy,
                    denies[0].path,
                    "shadowed-by-kubernetes",
                    f"comes after Kubernetes policies, which are order {ORDER:g}: what {over[0].id} "
                    f"({over[0].document.where()}) allows is never denied here; set an order below {ORDER:g}",
                )


def _order(policy: Policy) -> float:
    return math.inf if policy.order is None else policy.order


def too_new(context: Context) -> Iterator[Finding]:
    """Tiers and staged policies on a Calico that does not know them."""
    version = context.lab.settings.calico_version
    release = release_of(version)
    if release is None:
        return
    for policy in context.policies:
        if policy.tier != DEFAULT_TIER and release < _TIERS_SINCE:
            yield at(policy, ("spec", "tier"), "too-new", f"needs Calico v3.29, but the lab has {version}")
        if policy.staged and release < _STAGED_SINCE:
            yield at(policy, ("kind",), "too-new", f"needs Calico v3.30, but the lab has {version}")


def windows_skips(context: Context) -> Iterator[Finding]:
    """Rules that Calico on a Windows node leaves out, so that a Deny can vanish."""
    if not context.lab.settings.windows_node_count:
        return
    for policy in context.policies:
        for rules in policy.rules.values():
            for rule in rules:
                ends = (rule.source, rule.destination)
                negated = (
                    rule.not_protocol
                    or rule.not_icmp
                    or any(end.not_nets or end.not_ports or end.not_selector for end in ends)
                )
                named = any(isinstance(port, str) for end in ends for port in (*end.ports, *end.not_ports))
                why = (
                    "a negated match"
                    if negated
                    else "a named port"
                    if named
                    else "an ICMP type"
                    if rule.icmp
                    else "the action Log"
                    if rule.action is Action.LOG
                    else ""
                )
                if why:
                    yield at(
                        policy,
                        rule.path,
                        "windows-skips",
                        f"has {why}, and Windows nodes skip such rules; write it without",
                    )
