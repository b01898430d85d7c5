"""The matrix as text, JSON and Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence

from labs.markdown import cell
from reach.exposure import Exposure
from reach.matrix import Matrix
from reach.protocols import name_of
from reach.render.rows import FOOTNOTES, Entry, exposure_text, table


def _short(found: Entry | None) -> str:
    if found is None:
        return "."
    if found.unknown:
        return (
            f"? {found.unknown}"
            if found.kind == "unknown" and found.allowed == "nothing"
            else f"{found.allowed} (? {found.unknown})"
        )
    return "-" if found.kind == "none" else found.allowed


def as_text(title: str, matrix: Matrix, exposed: Sequence[Exposure]) -> str:
    """Return a table for a terminal: rows start traffic, columns receive it."""
    names = [party.name for party in matrix.parties]
    rows = [[_short(found) for found in row] for row in table(matrix)]
    first = max([len(name) for name in names] + [len("from \\ to")])
    widths = [max([len(name), *(len(row[i]) for row in rows)]) for i, name in enumerate(names)]
    lines = [title, ""]
    lines.append(
        "  ".join(
            ["from \\ to".ljust(first), *(n.ljust(w) for n, w in zip(names, widths, strict=True))]
        ).rstrip()
    )
    for name, row in zip(names, rows, strict=True):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join([name.ljust(first), *cells]).rstrip())
    lines += ["", "- nothing   ? depends on the pod's address   . no such traffic"]
    if exposed:
        lines += ["", "From outside:", *(f"  {exposure_text(found)}" for found in exposed)]
    lines += ["", *(f"Note: {note}" for note in FOOTNOTES)]
    return "\n".join(lines) + "\n"


def as_markdown(title: str, matrix: Matrix, exposed: Sequence[Exposure]) -> str:
    """Return a table for a report."""
    names = [party.name for party in matrix.parties]
    lines = [f"### {cell(title)}", "", "| from \\ to | " + " | ".join(map(cell, names)) + " |"]
    lines.append("|---" * (len(names) + 1) + "|")
    for name, row in zip(names, table(matrix), strict=True):
        lines.append(f"| **{cell(name)}** | " + " | ".join(cell(_short(found)) for found in row) + " |")
    lines += ["", "`-` nothing, `?` depends on the pod's address, `.` no such traffic"]
    if exposed:
        lines += ["", "From outside:", "", *(f"- {cell(exposure_text(found))}" for found in exposed)]
    lines += ["", *(f"<sub>{note}</sub>  " for note in FOOTNOTES)]
    return "\n".join(lines) + "\n"


def as_json(title: str, matrix: Matrix, exposed: Sequence[Exposure]) -> str:
    """Return everything for other programs; keys and order are stable."""
    cells = [
        {"from": found.source, "to": found.destination, "allowed": found.allowed, "unknown": found.unknown}
        for row in table(matrix)
        for found in row
        if found is not None
    ]
    body = {
        "title": title,
        "parties": [
            {
                "name": party.name,
                "kind": party.workload.kind if party.workload else "addresses",
                "where": party.workload.where if party.workload else "",
                "nets": list(party.nets),
            }
            for party in matrix.parties
        ],
        "cells": cells,
        "entryPoints": [
            {
                "service": found.entry.service,
                "kind": found.entry.kind,
                "port": found.entry.port,
                "protocol": name_of(found.entry.protocol),
                "workload": found.entry.workload,
                "targetPort": found.entry.target_port,
                "reach": str(found.reach),
                "where": found.entry.where,
            }
            for found in exposed
        ],
        "notes": list(FOOTNOTES),
    }
    return json.dumps(body, indent=2) + "\n"
