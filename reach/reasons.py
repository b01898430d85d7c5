"""Reasons in words: which policy, which rule of it, which line; or which tier's end, or the profile."""

from __future__ import annotations

from reach.document import spelled
from reach.engine import Decision
from reach.model import Policy


def reason_text(decision: Decision) -> str:
    """Return why something was decided as it was, in one clause."""
    reason = decision.reason
    verb = "allowed" if decision.allow else "denied"
    if reason.policy is not None and reason.rule is not None:
        path = spelled(reason.rule.rule.path).removeprefix("spec.")
        where = reason.policy.document.where(reason.rule.rule.path)
        return f"{verb} by {reason.policy.id} {path} ({where})"
    if reason.tier is not None:
        return f"{verb} at the end of tier {reason.tier.name}, where no rule of its policies matched"
    return f"{verb} by default, as no policy decides"


def policy_text(policy: Policy) -> str:
    """Return a policy with its place in the order."""
    order = "no order" if policy.order is None else f"order {policy.order:g}"
    return f"{policy.id} (tier {policy.tier}, {order}, {policy.document.where()})"
