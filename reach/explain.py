"""Why: which policy, rule, tier end or profile decides a flow, on both sides, with file and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reach.engine import Decision, Engine
from reach.errors import LimitError, ReachError
from reach.model import Direction
from reach.reasons import policy_text, reason_text
from reach.traffic import Flow
from reach.traffic_text import traffic_text
from reach.universe import Point

MAX_PAIRS = 10_000
"""Places of one end times places of the other; each is judged, which takes some 20 microseconds."""

Pair = tuple[Point, Point]

_MOST_NAMED = 4
"""Ranges and pairs written out; the rest is counted."""


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
    """Explain all traffic between two ends, or one flow.

    Raises:
        LimitError: if the ends could be in too many places that the policies tell apart.
        ReachError: if no traffic can pass between the ends, so that there is nothing to judge.
    """
    wanted = engine.traffic.class_of(flow) if flow else engine.traffic.everything
    if len(sources) * len(destinations) > MAX_PAIRS:
        raise LimitError(
            f"the two ends could be in {len(sources)} and {len(destinations)} different places, but at most "
            f"{MAX_PAIRS} pairs are explained; ask for an address, or name fewer address ranges inside the pod range"
        )
    pairs = [(s, d) for s in sources for d in destinations if s.version == d.version]
    if not pairs:
        raise ReachError("the two ends have no IP version in common; name two of one version")
    found: dict[tuple[bool, str, str], dict[Pair, int]] = {}
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
            _places(engine, [pair for pair, found in places.items() if found == traffic], pairs),
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


def _places(engine: Engine, here: Sequence[Pair], pairs: Sequence[Pair]) -> str:
    """Return where the ends have to be: only the end that matters, if one is enough to say it."""
    if len(here) == len(pairs):
        return ""
    sources, destinations = (list(dict.fromkeys(ends)) for ends in zip(*here, strict=True))
    if len(sources) * len(destinations) > len(here):
        named = [f"from {_ranges(engine, [start])} to {_ranges(engine, [stop])}" for start, stop in here]
        return _some(named, "; ")
    every_source, every_destination = (set(ends) for ends in zip(*pairs, strict=True))
    parts = []
    if len(sources) < len(every_source):
        parts.append(f"from {_ranges(engine, sources)}")
    if len(destinations) < len(every_destination):
        parts.append(f"to {_ranges(engine, destinations)}")
    return " ".join(parts)


def _ranges(engine: Engine, points: Sequence[Point]) -> str:
    nets = [str(net) for point in points for net in engine.universe.ranges_of(point)]
    return f"innermost range {_some(nets, ' or ')}"


def _some(names: Sequence[str], between: str) -> str:
    more = len(names) - _MOST_NAMED
    return between.join([*names[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])])


def _asked(engine: Engine, direction: Direction, points: Sequence[Point]) -> tuple[str, ...]:
    """Return the policies that apply to an end in a direction, in the order in which they are asked."""
    if not points or points[0].workload is None:
        return ()
    return tuple(
        policy_text(applied.policy)
        for _, policies in engine.applying(direction, points[0])
        for applied in policies
    )
