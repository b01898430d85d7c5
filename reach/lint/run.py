"""All checks, in the order of their names; findings in the order of files and lines."""

from __future__ import annotations

from collections.abc import Mapping

from reach.engine import Engine
from reach.lint import order_checks, policy_checks, traffic_checks
from reach.lint.finding import Check, Context, Finding
from reach.topology import Lab

__all__ = ["CHECKS", "Finding", "lint"]

CHECKS: Mapping[str, Check] = {
    "closed-entry": traffic_checks.closed_entry,
    "equal-orders": order_checks.equal_orders,
    "http-not-enforced": policy_checks.http_not_enforced,
    "ignored-rules": policy_checks.ignored_rules,
    "matches-nothing": policy_checks.matches_nothing,
    "missing-types": policy_checks.missing_types,
    "no-dns": traffic_checks.no_dns,
    "selects-nothing": policy_checks.selects_nothing,
    "shadowed-by-kubernetes": order_checks.shadowed_by_kubernetes,
    "split-peer": policy_checks.split_peer,
    "too-new": order_checks.too_new,
    "unknown-port-name": policy_checks.unknown_port_name,
    "windows-skips": order_checks.windows_skips,
}


def lint(lab: Lab) -> list[Finding]:
    """Return everything that is legal in a lab's policies but most likely not meant."""
    context = Context(lab, Engine(lab.cluster))
    return sorted({finding for check in CHECKS.values() for finding in check(context)})
