"""Figures on their way into the documentation: a table, and the two marks between which a benchmark writes."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.measure import machine
from sandbox.home import PROJECT

BENCHMARKS = PROJECT / "docs" / "benchmarks.md"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows))


def keep(document: Path, section: str, parts: Iterable[str]) -> None:
    """Put the day, the machine and the parts between the section's marks, in place of what stood there.

    Raises:
        RuntimeError: the document has no such section; nothing is written.
    """
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(f"<!-- {section}: written by ")
    command, close, rest = rest.partition("-->\n")
    _, end, after = rest.partition(f"<!-- end of {section} -->")
    if not (begin and close and end):
        raise RuntimeError(f"{document.name} has no section between marks for {section}")
    taken = f"Taken on {datetime.datetime.now(datetime.UTC).date().isoformat()}: {machine()}."
    body = "\n\n".join((taken, *parts))
    document.write_text(f"{before}{begin}{command}{close}\n{body}\n\n{end}{after}", encoding="utf-8")
