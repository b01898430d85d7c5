"""In which order tiers and policies are asked.

Equal orders are decided by name, and the rule for that changed with Calico v3.32: policies of different kinds
may swap places on an upgrade. Both rules are here; `lint` warns where it matters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from labs.versions import release_of
from reach.kinds.calico import DEFAULT_TIER
from reach.model import Action, Policy, Tier

_DEFAULT_ORDERS = {DEFAULT_TIER: 1_000_000.0, "kube-admin": 1_000.0, "kube-baseline": 10_000_000.0}
"""Tiers that Calico makes by itself. Source: projectcalico/calico 87c15906f20c, read 2026-11-22."""

_NAMES_BREAK_TIES_SINCE = (3, 32)

SortKey = tuple[float, str]


def names_break_ties(calico_version: str) -> bool:
    """Tell whether plain names decide between equal orders in a release; what is no release counts as a new one."""
    return (release_of(calico_version) or _NAMES_BREAK_TIES_SINCE) >= _NAMES_BREAK_TIES_SINCE


def policy_key(policy: Policy, *, names_break_ties: bool) -> SortKey:
    """Return what policies of one tier are sorted by."""
    order = math.inf if policy.order is None else policy.order
    return order, _plain_name(policy) if names_break_ties else _stored_key(policy)


def _plain_name(policy: Policy) -> str:
    return f"{policy.name}/{policy.namespace}/{policy.kind}"


def _stored_key(policy: Policy) -> str:
    prefix = "knp.default." if "Kubernetes" in policy.kind else f"{policy.tier}."
    name = policy.name if policy.name.startswith(prefix) else prefix + policy.name
    return f"{policy.namespace}/{name}" if policy.namespace else name


def tiers_in_order(tiers: Iterable[Tier], policies: Iterable[Policy]) -> list[Tier]:
    """Return every tier that a policy names; one that nobody created comes after all others.

    Calico says in its log that it skips such a tier, and does not (policy_resolver.go, read 2026-11-22).
    """
    given = {tier.name: tier for tier in tiers}
    known = {name: given.get(name, Tier(name, order)) for name, order in _DEFAULT_ORDERS.items()} | {
        name: tier for name, tier in given.items() if name not in _DEFAULT_ORDERS
    }
    named = {policy.tier for policy in policies}

    def key(tier: Tier) -> tuple[bool, float, str]:
        order = tier.order
        if order is None:
            order = _DEFAULT_ORDERS.get(tier.name, math.inf)
        return tier.name not in known, order, tier.name

    return sorted((known.get(name, Tier(name, None, Action.DENY)) for name in named), key=key)
