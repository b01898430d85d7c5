"""Ways in from outside: what a client of each LoadBalancer or NodePort Service meets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reach.engine import Engine
from reach.services import EntryPoint
from reach.traffic import Flow
from reach.universe import Point, Region
from reach.verdict import judge


class Reach(StrEnum):
    """Whether clients get through."""

    OPEN = "open"
    CLOSED = "closed"
    PARTLY = "depends on the client's address"
    NO_PORT = "closed: the pods declare no such port"


@dataclass(frozen=True)
class Exposure:
    """An entry point with its verdict."""

    entry: EntryPoint
    reach: Reach


def exposures(engine: Engine, entries: tuple[EntryPoint, ...]) -> list[Exposure]:
    """Return the verdict on each entry point."""
    return [Exposure(entry, _reach(engine, entry)) for entry in entries]


def _reach(engine: Engine, entry: EntryPoint) -> Reach:
    if not entry.target_port:
        return Reach.NO_PORT
    flow = Flow(entry.protocol, entry.target_port, 45678)
    verdicts = {
        judge(engine, source, destination, flow).allow
        for source in _sources(engine, entry.sources)
        for destination in engine.universe.of_workload.get(entry.workload, ())
        if source.version == destination.version
    }
    if verdicts == {True}:
        return Reach.OPEN
    return Reach.PARTLY if True in verdicts else Reach.CLOSED


def _sources(engine: Engine, regions: tuple[Region, ...]) -> list[Point]:
    """Return the addresses that clients may appear with.

    Nodes without a range of their own are looked for in the whole world.
    """
    found = [point for point in engine.universe.points if not point.workload and point.region in regions]
    return found or [point for point in engine.universe.points if not point.workload]
