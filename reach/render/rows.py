"""The matrix as plain rows, which every format starts from."""

from __future__ import annotations

from dataclasses import dataclass

from reach.exposure import Exposure
from reach.matrix import Cell, Matrix, Party
from reach.traffic_text import EVERYTHING, NOTHING, traffic_text

FOOTNOTES = (
    "A node always reaches its own pods, whatever the policies say (health probes).",
    "Replies follow their connection; a verdict is about who may start one.",
    "Ports are those of the pods: a Service's own address and port are replaced before policy is judged.",
)


@dataclass(frozen=True)
class Entry:
    """One cell in words."""

    source: str
    destination: str
    allowed: str
    unknown: str

    @property
    def kind(self) -> str:
        """`all`, `some`, `none` or `unknown`; for colours and short tables."""
        if self.unknown:
            return "unknown"
        return {EVERYTHING: "all", NOTHING: "none"}.get(self.allowed, "some")


def entry(matrix: Matrix, source: Party, destination: Party, cell: Cell) -> Entry:
    """Return a cell in words."""
    classes = matrix.engine.traffic
    unknown = traffic_text(classes, cell.unknown) if cell.unknown else ""
    return Entry(source.name, destination.name, traffic_text(classes, cell.allowed), unknown)


def table(matrix: Matrix) -> list[list[Entry | None]]:
    """Return all cells in words, row by row."""
    memo: dict[Cell, tuple[str, str]] = {}
    rows: list[list[Entry | None]] = []
    for source, cells in zip(matrix.parties, matrix.cells, strict=True):
        row: list[Entry | None] = []
        for destination, cell in zip(matrix.parties, cells, strict=True):
            if cell is None:
                row.append(None)
                continue
            if cell not in memo:
                found = entry(matrix, source, destination, cell)
                memo[cell] = (found.allowed, found.unknown)
            row.append(Entry(source.name, destination.name, *memo[cell]))
        rows.append(row)
    return rows


def exposure_text(found: Exposure) -> str:
    """Return an entry point in one line."""
    entry_point = found.entry
    return (
        f"{entry_point.kind} {entry_point.service} port {entry_point.shown_port} -> {entry_point.workload} "
        f"port {entry_point.target_port}: {found.reach}"
    )
