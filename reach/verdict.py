"""The verdict on one flow: egress at its source, then ingress at its destination; both must allow."""

from __future__ import annotations

from dataclasses import dataclass

from reach.engine import Decision, Engine
from reach.model import Direction
from reach.traffic import Flow
from reach.universe import Point


@dataclass(frozen=True)
class Verdict:
    """Both decisions on one flow between two points."""

    egress: Decision
    ingress: Decision

    @property
    def allow(self) -> bool:
        """Whether the flow gets through."""
        return self.egress.allow and self.ingress.allow


def judge(engine: Engine, source: Point, destination: Point, flow: Flow) -> Verdict:
    """Return the verdict on a flow between two points of one IP version."""
    kind = engine.traffic.class_of(flow)
    return Verdict(
        _deciding(engine, Direction.EGRESS, source, destination, kind),
        _deciding(engine, Direction.INGRESS, destination, source, kind),
    )


def _deciding(engine: Engine, direction: Direction, point: Point, peer: Point, kind: int) -> Decision:
    bit = 1 << peer.number
    for decision in engine.decide(direction, point):
        if decision.peers & bit and decision.traffic & kind:
            return decision
    raise AssertionError("every peer and all traffic is decided by some rule, tier or profile")
