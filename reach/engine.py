"""The decision at one endpoint in one direction: tiers, policies and rules, for all peers and traffic at once.

What is still undecided is a partition of the peers by the traffic that is still open for them. Every rule
takes its part out of it, so the work grows with the number of rules that apply, not with peers or ports.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reach.compiled import CompiledRule, Compiler, collect_cuts, nets_named
from reach.model import Action, Cluster, Direction, Policy, Tier
from reach.ordering import policy_key, tiers_in_order
from reach.traffic import TrafficClasses
from reach.universe import Point, Universe

Partition = dict[int, int]
"""Disjoint sets of points by the traffic that holds for them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What decided: a rule of a policy, the end of a tier, or the namespace's profile."""

    policy: Policy | None = None
    rule: CompiledRule | None = None
    tier: Tier | None = None


PROFILE = Reason()
"""No tier decided: the profile of the pod's namespace allows everything."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A part of what was asked, decided."""

    allow: bool
    reason: Reason
    peers: int
    traffic: int


@dataclass(frozen=True, slots=True)
class _Applied:
    policy: Policy
    points: int
    rules: tuple[CompiledRule, ...]
    plain: bool
    """Every rule means the same traffic at each of these points."""


class Engine:
    """A cluster's policies, compiled."""

    def __init__(self, cluster: Cluster, *alike: Cluster) -> None:
        """Compile a cluster; `alike` are others whose engines are to have the same classes."""
        self.cluster = cluster
        every = (cluster, *alike)
        enforced = [policy for policy in cluster.policies if not policy.staged and not policy.host_only]
        nets = {net for one in every for net in nets_named(one)}
        self.universe = Universe(cluster, nets)
        self.traffic = TrafficClasses(collect_cuts(every))
        self.tiers = tiers_in_order(cluster.tiers, enforced)
        self._applied = self._compile(enforced)
        self._memo: dict[object, tuple[Decision, ...]] = {}

    def _compile(self, policies: list[Policy]) -> dict[Direction, list[tuple[Tier, list[_Applied]]]]:
        compiler = Compiler(self.universe, self.traffic)
        by_tier: dict[str, list[Policy]] = {tier.name: [] for tier in self.tiers}
        key = self.cluster.names_break_ties
        for policy in sorted(policies, key=lambda policy: policy_key(policy, names_break_ties=key)):
            by_tier[policy.tier].append(policy)
        return {
            direction: [
                (
                    tier,
                    [
                        self._apply(compiler, policy, direction)
                        for policy in by_tier[tier.name]
                        if direction in policy.types
                    ],
                )
                for tier in self.tiers
            ]
            for direction in Direction
        }

    def _apply(self, compiler: Compiler, policy: Policy, direction: Direction) -> _Applied:
        points = self.universe.applies_to(policy.selector)
        compiled = (compiler.compile(rule, direction) for rule in policy.rules[direction])
        rules = tuple(rule for rule in compiled if rule is not None)
        plain = all(len(rule.near) == 1 and points & ~rule.near[0][0] == 0 for rule in rules)
        return _Applied(policy, points, rules, plain)

    def applying(self, direction: Direction, point: Point) -> Iterator[tuple[Tier, list[_Applied]]]:
        """Yield the tiers that have a policy for an endpoint in a direction, with those policies."""
        for tier, policies in self._applied[direction]:
            found = [applied for applied in policies if applied.points >> point.number & 1]
            if found:
                yield tier, found

    def decide(self, direction: Direction, point: Point) -> tuple[Decision, ...]:
        """Return the decisions for all peers of the point's IP version and all traffic."""
        if point.workload is None:
            return (
                Decision(True, PROFILE, self.universe.of_version[point.version], self.traffic.everything),
            )
        bit = 1 << point.number
        tiers = list(self.applying(direction, point))
        # Pods under the same policies get the same answer, unless a rule looks at the near end itself.
        signature = (
            direction,
            point.version,
            tuple(id(applied) for _, found in tiers for applied in found),
            tuple(
                rule.traffic_at(bit)
                for _, found in tiers
                for applied in found
                if not applied.plain
                for rule in applied.rules
            ),
        )
        known = self._memo.get(signature)
        if known is None:
            known = self._memo[signature] = tuple(self._walk(tiers, point.version, bit))
        return known

    def _walk(self, tiers: list[tuple[Tier, list[_Applied]]], version: int, bit: int) -> Iterator[Decision]:
        undecided: Partition = {self.traffic.everything: self.universe.of_version[version]}
        for tier, policies in tiers:
            passed: Partition = {}
            for applied in policies:
                for rule in applied.rules:
                    action = rule.rule.action
                    if action is Action.LOG:
                        continue
                    at_near = rule.traffic_at(bit)
                    for points, traffic in rule.far:
                        if not at_near & traffic:
                            continue
                        for peers, kinds in _take(undecided, points, at_near & traffic):
                            if action is Action.PASS:
                                _add(passed, peers, kinds)
                            else:
                                reason = Reason(applied.policy, rule, tier)
                                yield Decision(action is Action.ALLOW, reason, peers, kinds)
                if not undecided:
                    break
            if tier.default_action is Action.PASS:
                for kinds, peers in undecided.items():
                    _add(passed, peers, kinds)
            else:
                reason = Reason(tier=tier)
                for kinds, peers in undecided.items():
                    yield Decision(False, reason, peers, kinds)
            undecided = passed
        for kinds, peers in undecided.items():
            yield Decision(True, PROFILE, peers, kinds)

    def allowed(self, direction: Direction, point: Point) -> Partition:
        """Return all allowed traffic: for each set of it, the peers that it is allowed with."""
        found: Partition = {}
        for decision in self.decide(direction, point):
            if decision.allow:
                _add(found, decision.peers, decision.traffic)
        return found


def _take(partition: Partition, points: int, traffic: int) -> list[tuple[int, int]]:
    """Take points and traffic out of a partition; return what was there, as pairs of points and traffic."""
    taken = []
    for kinds, members in list(partition.items()):
        hit, common = members & points, kinds & traffic
        if not hit or not common:
            continue
        taken.append((hit, common))
        rest = members & ~hit
        if rest:
            partition[kinds] = rest
        else:
            del partition[kinds]
        left = kinds & ~common
        if left:
            partition[left] = partition.get(left, 0) | hit
    return taken


def _add(partition: Partition, points: int, traffic: int) -> None:
    """Add points with traffic to a partition, where some of the points may be already."""
    fresh = points
    for kinds, members in list(partition.items()):
        hit = members & points
        if not hit or kinds | traffic == kinds:
            fresh &= ~hit
            continue
        fresh &= ~hit
        rest = members & ~hit
        if rest:
            partition[kinds] = rest
        else:
            del partition[kinds]
        joined = kinds | traffic
        partition[joined] = partition.get(joined, 0) | hit
    if fresh:
        partition[traffic] = partition.get(traffic, 0) | fresh
