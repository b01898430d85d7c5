"""Checks of one policy by itself: directions, selectors, ports, peers."""

from __future__ import annotations

from collections.abc import Iterator

from reach.document import Path_
from reach.lint.finding import Context, Finding, at
from reach.model import Direction, Entity, Policy, Rule

_ENDS = ("source", "destination")


def _rules(policy: Policy) -> Iterator[tuple[Direction, Rule]]:
    for direction, rules in policy.rules.items():
        for rule in rules:
            yield direction, rule


def missing_types(context: Context) -> Iterator[Finding]:
    """A policy without types: what it closes depends on which rules it has, and on who filled the default in."""
    for policy in context.policies:
        if not policy.types_given:
            field = "policyTypes" if "Kubernetes" in policy.kind else "types"
            yield at(
                policy,
                ("spec",),
                "missing-types",
                f"has no {field}, so it is read as {' and '.join(sorted(policy.types))}; write them "
                "(an object stored without the API's defaulting would close both directions)",
            )


def ignored_rules(context: Context) -> Iterator[Finding]:
    """Rules of a direction that the policy's types leave out are never asked."""
    for policy in context.policies:
        for direction, rules in policy.rules.items():
            if rules and direction not in policy.types:
                yield at(
                    policy,
                    ("spec", direction.lower()),
                    "ignored-rules",
                    f"is never asked, as the types are {' and '.join(sorted(policy.types))}; "
                    f"add {direction} or remove it",
                )


def selects_nothing(context: Context) -> Iterator[Finding]:
    """A policy that selects no workload of the lab."""
    for policy in context.policies:
        if not policy.host_only and not context.selected(policy):
            yield at(
                policy,
                ("spec",),
                "selects-nothing",
                "selects no workload of this lab; check its selectors and namespace",
            )


def matches_nothing(context: Context) -> Iterator[Finding]:
    """A rule whose peer selector or Service means nothing in this lab."""
    universe = context.engine.universe
    for policy in context.policies:
        for direction, rule in _rules(policy):
            name = "source" if direction is Direction.INGRESS else "destination"
            peer: Entity = getattr(rule, name)
            path = rule.path if "Kubernetes" in policy.kind else (*rule.path, name)
            if peer.service is not None and not universe.of_service(*peer.service):
                yield at(
                    policy,
                    path,
                    "matches-nothing",
                    f"names the Service {'/'.join(peer.service)}, which has no pods here",
                )
            elif peer.selector is not None and not universe.selected(peer.selector):
                yield at(policy, path, "matches-nothing", "selects nothing of this lab; check the labels")


def unknown_port_name(context: Context) -> Iterator[Finding]:
    """A named port that no pod behind the rule declares: the rule matches nothing there."""
    points = context.engine.universe.points
    for policy in context.policies:
        for direction, rule in _rules(policy):
            for name in _ENDS:
                entity: Entity = getattr(rule, name)
                near = (name == "destination") is (direction is Direction.INGRESS)
                among = context.engine.universe.of_entity(entity) & (context.selected(policy) if near else -1)
                pods = [point.workload for point in points if point.workload and among >> point.number & 1]
                declared = {port.name for pod in pods for port in pod.ports}
                for listed in ("ports", "not_ports"):
                    for index, port in enumerate(getattr(entity, listed)):
                        if isinstance(port, str) and port not in declared:
                            yield at(
                                policy,
                                _port_path(policy, rule, name, listed, index),
                                "unknown-port-name",
                                f"is '{port}' but no pod that it could mean declares a port of that name",
                            )


def _port_path(policy: Policy, rule: Rule, end: str, listed: str, index: int) -> Path_:
    if "Kubernetes" in policy.kind:
        return (*rule.path[:3], "ports")
    return (*rule.path, end, "ports" if listed == "ports" else "notPorts", str(index))


def split_peer(context: Context) -> Iterator[Finding]:
    """Two peers, one with a namespaceSelector and one with a podSelector, where one with both was meant."""
    for policy in context.policies:
        if "Kubernetes" not in policy.kind:
            continue
        spec = policy.document.body.get("spec") or {}
        for direction, field in ((Direction.INGRESS, "from"), (Direction.EGRESS, "to")):
            for number, rule in enumerate(spec.get(direction.lower()) or []):
                peers = rule.get(field) or []
                for index in range(1, len(peers)):
                    if {*peers[index - 1], *peers[index]} == {"namespaceSelector", "podSelector"} and len(
                        peers[index - 1]
                    ) == len(peers[index]) == 1:
                        yield at(
                            policy,
                            ("spec", direction.lower(), str(number), field, str(index)),
                            "split-peer",
                            "stands beside its other half as a second peer, which means OR: the whole namespace, "
                            "and such pods of the policy's own; write both selectors in one list item",
                        )


def http_not_enforced(context: Context) -> Iterator[Finding]:
    """A rule with an HTTP match: no data plane of these labs reads HTTP."""
    for policy in context.policies:
        for _, rule in _rules(policy):
            if rule.http:
                yield at(
                    policy,
                    (*rule.path, "http"),
                    "http-not-enforced",
                    "is not enforced here, so the rule is wider than it looks",
                )
