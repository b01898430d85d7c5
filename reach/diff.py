"""What a change does to traffic: opened, closed and changed cells, the most dangerous first.

Both sides are judged over the same classes of addresses and traffic, so a cell that is listed really flips.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from reach.engine import Engine
from reach.explain import explain
from reach.exposure import Exposure, Reach, exposures
from reach.matrix import Cell, Matrix, Party, matrices, points_of
from reach.protocols import TCP, UDP, WITH_PORTS, WITH_TYPES
from reach.topology import Lab
from reach.traffic import Flow
from reach.traffic_text import traffic_text
from reach.universe import Region
from reach.workloads import CLUSTER_DNS, DNS_PORT

_NOTHING = Cell(0, 0)


class Urgency(IntEnum):
    """What a reviewer should see first."""

    FROM_OUTSIDE = 0
    LOST_DNS = 1
    OPENED = 2
    CLOSED = 3
    UNCERTAIN = 4


@dataclass(frozen=True)
class Change:
    """One cell that differs."""

    urgency: Urgency
    source: str
    destination: str
    opened: str
    closed: str
    uncertain: str
    reason: str
    """What decides now: for opened traffic both ends that allow it, else what denies it."""


@dataclass(frozen=True)
class Difference:
    """Everything that differs between two states of a lab."""

    entry_points: tuple[tuple[Exposure, str], ...]
    """Ways in from outside that changed, and what they were before."""

    changes: tuple[Change, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing changes for anybody."""
        return not (self.entry_points or self.changes or self.added or self.removed)


def compare(base: Lab, head: Lab) -> Difference:
    """Return what differs for traffic from one state of a lab to the next."""
    before = Engine(base.cluster, head.cluster)
    after = Engine(head.cluster, base.cluster)
    old, new = matrices(before, after)
    changes = []
    for row, source in enumerate(new.parties):
        for column, destination in enumerate(new.parties):
            was, now = old.cells[row][column], new.cells[row][column]
            if was != now:
                changes.append(_change(old, new, source, destination, was or _NOTHING, now or _NOTHING))
    here = {workload.id for workload in head.cluster.workloads}
    there = {workload.id for workload in base.cluster.workloads}
    return Difference(
        entry_points=_entry_points(before, base, after, head),
        changes=tuple(
            sorted(changes, key=lambda change: (change.urgency, change.source, change.destination))
        ),
        added=tuple(sorted(here - there)),
        removed=tuple(sorted(there - here)),
    )


def _change(old: Matrix, new: Matrix, source: Party, destination: Party, was: Cell, now: Cell) -> Change:
    opened = now.allowed & ~(was.allowed | was.unknown)
    closed = was.allowed & ~(now.allowed | now.unknown)
    uncertain = (was.allowed ^ now.allowed | was.unknown ^ now.unknown) & ~opened & ~closed
    classes = new.engine.traffic
    return Change(
        _urgency(new, source, destination, opened, closed),
        source.name,
        destination.name,
        traffic_text(classes, opened) if opened else "",
        traffic_text(classes, closed) if closed else "",
        traffic_text(classes, uncertain) if uncertain else "",
        _reason(new, source, destination, opened or closed or uncertain, allow=bool(opened)),
    )


def _urgency(matrix: Matrix, source: Party, destination: Party, opened: int, closed: int) -> Urgency:
    if opened and source.workload is None and source.region is Region.WORLD:
        return Urgency.FROM_OUTSIDE
    if destination.name == CLUSTER_DNS.id and closed & _dns(matrix):
        return Urgency.LOST_DNS
    if opened:
        return Urgency.OPENED
    return Urgency.CLOSED if closed else Urgency.UNCERTAIN


def _dns(matrix: Matrix) -> int:
    classes = matrix.engine.traffic
    found = 0
    for protocol in (UDP, TCP):
        for start in classes.starts[protocol, True]:
            found |= classes.class_of(Flow(protocol, DNS_PORT, start))
    return found


def _reason(matrix: Matrix, source: Party, destination: Party, traffic: int, *, allow: bool) -> str:
    """Return why a representative of the changed traffic fares as it does now."""
    engine = matrix.engine
    starts, stops = points_of(engine, source), points_of(engine, destination)
    if not starts or not stops:
        return "one end does not exist any more"
    if {start.version for start in starts}.isdisjoint(stop.version for stop in stops):
        return "no traffic of one IP version"
    parts = explain(engine, starts, stops, _representative(engine, traffic)).parts
    part = next((part for part in parts if part.allow is allow), parts[0])
    if part.allow:
        return f"egress {part.egress}; ingress {part.ingress}"
    return f"egress {part.egress}" if part.egress.startswith("denied") else f"ingress {part.ingress}"


def _representative(engine: Engine, traffic: int) -> Flow:
    """Return a flow of the lowest class in a set of traffic."""
    classes = engine.traffic
    lowest = traffic & -traffic
    for protocol in WITH_PORTS:
        if lowest & classes.protocol(protocol):
            for start in classes.starts[protocol, True]:
                for port in classes.starts[protocol, False]:
                    if classes.class_of(Flow(protocol, port, start)) == lowest:
                        return Flow(protocol, port, start)
    for protocol in WITH_TYPES:
        for key in classes.icmp_bits[protocol]:
            kind = -1 if key is None else key[0]
            code = -1 if key is None or key[1] is None else key[1]
            if classes.class_of(Flow(protocol, icmp=(kind, code))) == lowest:
                return Flow(protocol, icmp=(kind, code))
    for protocol in classes.others:
        if lowest & classes.protocol(protocol):
            return Flow(protocol)
    return Flow(0)


def _entry_points(before: Engine, base: Lab, after: Engine, head: Lab) -> tuple[tuple[Exposure, str], ...]:
    def by_identity(engine: Engine, lab: Lab) -> dict[tuple[str, int, int, str], Exposure]:
        return {
            (found.entry.service, found.entry.port, found.entry.protocol, found.entry.workload): found
            for found in exposures(engine, lab.entry_points)
        }

    was, now = by_identity(before, base), by_identity(after, head)
    changed: list[tuple[Exposure, str]] = []
    for key in sorted({*was, *now}):
        old, new = was.get(key), now.get(key)
        if new is None and old is not None:
            changed.append((Exposure(old.entry, Reach.CLOSED), str(old.reach)))
        elif new is not None and (old is None or old.reach is not new.reach):
            changed.append((new, str(old.reach) if old else "not there"))
    return tuple(sorted(changed, key=lambda item: (item[0].reach is Reach.CLOSED, item[0].entry.service)))
