"""The whole answer: for every two parties, which traffic gets through, which does not, and which depends.

A party is what a person would call one end of traffic: a workload, the nodes, the outside world. It holds one
point or several; what is allowed for all of them is allowed, what is allowed for some only is unknown for a
pod without an address. Address classes of the world that fare differently become parties of their own, so
that nothing about them is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reach.engine import Engine, Partition
from reach.errors import LimitError
from reach.model import Direction, Workload
from reach.universe import Point, Region, bit_numbers

MAX_ENDS = 5_000
"""A matrix has the square of them in cells: 420 MB and 18 s for 5,000 pods (measured 2026-11-27)."""

_REST = {"0.0.0.0/0": ", the rest", "::/0": ", the rest of IPv6"}
"""How the class of all addresses that are in no smaller range is called beside the ranges."""

Rows = Sequence[Sequence[int]]
"""For every two points, by their numbers, the traffic allowed from the first to the second."""


@dataclass(frozen=True)
class Party:
    """One end of traffic, as a person would speak of it."""

    name: str
    workload: Workload | None
    region: Region
    address_classes: tuple[int, ...] = ()
    """For addresses that are nobody's pod."""

    nets: tuple[str, ...] = ()
    """The ranges of these classes; smaller ranges inside them may be other parties."""


@dataclass(frozen=True)
class Cell:
    """Traffic from one party to another, as sets of traffic classes."""

    allowed: int
    unknown: int


@dataclass(frozen=True)
class Matrix:
    """All parties and the cells between them; None where there is nothing to say."""

    engine: Engine
    parties: tuple[Party, ...]
    cells: tuple[tuple[Cell | None, ...], ...]

    def cell(self, source: str, destination: str) -> Cell | None:
        """Return the cell between two parties by name."""
        names = [party.name for party in self.parties]
        return self.cells[names.index(source)][names.index(destination)]


def full_matrix(engine: Engine) -> Matrix:
    """Return the matrix of a cluster; see `matrices`."""
    return matrices(engine)[0]


def matrices(*engines: Engine) -> list[Matrix]:
    """Return a matrix for each engine, all with the same parties.

    With several, the engines must have been made for one another: the same classes of addresses and traffic.

    Raises:
        LimitError: if there are too many ends.
    """
    answers = [(engine, _rows(engine)) for engine in engines]
    parties = (*_workload_parties(engines), *_address_parties(answers))
    return [_matrix(engine, rows, parties) for engine, rows in answers]


def points_of(engine: Engine, party: Party) -> tuple[Point, ...]:
    """Return a party's points; none for a workload that this engine's cluster has not."""
    if party.workload is not None:
        return tuple(engine.universe.of_workload.get(party.workload.id, ()))
    wanted = set(party.address_classes)
    return tuple(
        point for point in engine.universe.points if not point.workload and point.address_class in wanted
    )


def _matrix(engine: Engine, rows: Rows, parties: tuple[Party, ...]) -> Matrix:
    interned: dict[tuple[int, int], Cell] = {}
    points = [points_of(engine, party) for party in parties]
    ends = list(zip(parties, points, strict=True))
    cells = tuple(
        tuple(_cell(rows, source, starts, destination, stops, interned) for destination, stops in ends)
        for source, starts in ends
    )
    return Matrix(engine, parties, cells)


def _rows(engine: Engine) -> list[list[int]]:
    points = engine.universe.points
    if len(points) > MAX_ENDS:
        raise LimitError(
            f"the matrix would have {len(points)} ends but at most {MAX_ENDS} are computed; explain single flows, "
            "or name fewer address ranges inside the pod range (a pod without an address is an end in each)"
        )
    memo: dict[tuple[object, ...], list[int]] = {}
    columns = [_expanded(engine, Direction.INGRESS, point, memo) for point in points]
    rows = []
    for source in points:
        outward = _expanded(engine, Direction.EGRESS, source, memo)
        number = source.number
        rows.append([out & column[number] for out, column in zip(outward, columns, strict=True)])
    return rows


def _expanded(
    engine: Engine, direction: Direction, point: Point, memo: dict[tuple[object, ...], list[int]]
) -> list[int]:
    """Return what is allowed with each point, by its number; shared by points that fare alike."""
    decisions = engine.decide(direction, point)
    key = (direction, id(decisions)) if point.workload else (direction, "open", point.version)
    found = memo.get(key)
    if found is None:
        found = memo[key] = _spread(engine.allowed(direction, point), len(engine.universe.points))
    return found


def _spread(partition: Partition, size: int) -> list[int]:
    spread = [0] * size
    for traffic, peers in partition.items():
        for number in bit_numbers(peers):
            spread[number] = traffic
    return spread


def _cell(
    rows: Rows,
    source: Party,
    starts: tuple[Point, ...],
    destination: Party,
    stops: tuple[Point, ...],
    interned: dict[tuple[int, int], Cell],
) -> Cell | None:
    if source.workload is None and destination.workload is None:
        return None
    if source.workload and source.workload.kind == "Pod" and source.name == destination.name:
        return None  # what a single pod says to itself never leaves it
    if len(starts) == 1 and len(stops) == 1:
        start, stop = starts[0], stops[0]
        if start.version != stop.version:
            return None
        key = (rows[start.number][stop.number], 0)
    else:
        pairs = [
            rows[start.number][stop.number]
            for start in starts
            for stop in stops
            if start.version == stop.version
        ]
        if not pairs:
            return None
        every, some = pairs[0], 0
        for allowed in pairs:
            every &= allowed
            some |= allowed
        key = (every, some & ~every)
    found = interned.get(key)
    if found is None:
        found = interned[key] = Cell(*key)
    return found


def _workload_parties(engines: Sequence[Engine]) -> list[Party]:
    """Return the workloads of all engines; the last engine's order first, then what only others have."""
    found: dict[str, Workload] = {}
    for engine in reversed(engines):
        for workload in engine.cluster.workloads:
            found.setdefault(workload.id, workload)
    return [Party(workload.id, workload, Region.POD_RANGE) for workload in found.values()]


def _address_parties(answers: Sequence[tuple[Engine, Rows]]) -> list[Party]:
    """Return the rest of the world, in as few parties as fare differently.

    An IP version that no pod has is left out: nothing can go there.
    """
    fates: dict[int, list[object]] = {}
    for engine, rows in answers:
        pods = [point for point in engine.universe.points if point.workload]
        versions = {pod.version for pod in pods}
        for point in engine.universe.points:
            if point.workload is None and point.version in versions:
                row = rows[point.number]
                fate = tuple(row[pod.number] for pod in pods) + tuple(
                    rows[pod.number][point.number] for pod in pods
                )
                fates.setdefault(point.address_class, []).append(fate)
    universe = answers[-1][0].universe
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, fared in fates.items():
        version = universe.tree.classes[number].net.version
        groups.setdefault((universe.region_of(number), version, *fared), []).append(number)
    parties: list[Party] = []
    for region in Region:
        mine = [classes for key, classes in groups.items() if key[0] is region]
        for classes in mine:
            nets = tuple(str(universe.tree.classes[number].net) for number in classes)
            rest = next((words for net, words in _REST.items() if net in nets), "")
            name = str(region) if len(mine) == 1 else f"{region}{rest or ' ' + ', '.join(nets)}"
            parties.append(Party(name, None, region, tuple(classes), nets))
    return parties
