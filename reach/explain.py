"""Why: which policy, rule, tier end or profile decides a flow, on both sides, with file and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reach.engine import Decision, Engine
from reach.model import Direction
from reach.reasons import policy_text, reason_text
from reach.traffic import Flow
from reach.traffic_text import traffic_text
from reach.universe import Point


@dataclass(frozen=True)
class Part:
    """Traffic that is decided by the same two reasons."""

    allow: bool
    traffic: str
    egress: str
    ingress: str
    depends_on: str = ""
    """Where the pods would have to be for this to hold; empty if it holds wherever they are."""


@dataclass(frozen=True)
class Explanation:
    """Everything that can be said about traffic from one end to another."""

    parts: tuple[Part, ...]
    asked_egress: tuple[str, ...]
    asked_ingress: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """`allow`, `deny`, `mixed` for traffic that fares differently, or `unknown`."""
        if any(part.depends_on for part in self.parts):
            return "unknown"
        verdicts = {part.allow for part in self.parts}
        return "mixed" if len(verdicts) > 1 else "allow" if verdicts == {True} else "deny"


def explain(
    engine: Engine, sources: Sequence[Point], destinations: Sequence[Point], flow: Flow | None = None
) -> Explanation:
    """Explain all traffic between two ends, or one flow."""
    wanted = engine.traffic.class_of(flow) if flow else engine.traffic.everything
    pairs = [(s, d) for s in sources for d in destinations if s.version == d.version]
    found: dict[tuple[bool, str, str], dict[tuple[Point, Point], int]] = {}
    for source, destination in pairs:
        for egress, ingress, traffic in _joint(engine, source, destination, wanted):
            key = (egress.allow and ingress.allow, reason_text(egress), reason_text(ingress))
            places = found.setdefault(key, {})
            places[source, destination] = places.get((source, destination), 0) | traffic
    parts = [
        Part(
            allow,
            _words(engine, traffic, flow),
            egress,
            ingress,
            _places(engine, places, traffic, len(pairs)),
        )
        for (allow, egress, ingress), places in found.items()
        for traffic in sorted(set(places.values()))
    ]
    parts.sort(key=lambda part: (not part.allow, part.depends_on, part.traffic))
    return Explanation(
        tuple(parts),
        _asked(engine, Direction.EGRESS, sources),
        _asked(engine, Direction.INGRESS, destinations),
    )


def _joint(
    engine: Engine, source: Point, destination: Point, wanted: int
) -> Iterator[tuple[Decision, Decision, int]]:
    inward = [
        decision
        for decision in engine.decide(Direction.INGRESS, destination)
        if decision.peers >> source.number & 1 and decision.traffic & wanted
    ]
    for egress in engine.decide(Direction.EGRESS, source):
        if egress.peers >> destination.number & 1:
            for ingress in inward:
                traffic = egress.traffic & ingress.traffic & wanted
                if traffic:
                    yield egress, ingress, traffic


def _words(engine: Engine, traffic: int, flow: Flow | None) -> str:
    return "this flow" if flow else traffic_text(engine.traffic, traffic)


def _places(engine: Engine, places: dict[tuple[Point, Point], int], traffic: int, pairs: int) -> str:
    here = [pair for pair, found in places.items() if found == traffic]
    if len(here) == pairs:
        return ""
    classes = engine.universe.tree.classes

    def place(point: Point) -> str:
        return f"innermost range {classes[point.address_class].net}"

    return "; ".join(f"from {place(source)} to {place(destination)}" for source, destination in here)


def _asked(engine: Engine, direction: Direction, points: Sequence[Point]) -> tuple[str, ...]:
    """Return the policies that apply to an end in a direction, in the order in which they are asked."""
    if not points or points[0].workload is None:
        return ()
    return tuple(
        policy_text(applied.policy)
        for _, policies in engine.applying(direction, points[0])
        for applied in policies
    )
