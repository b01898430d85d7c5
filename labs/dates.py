"""What ends on a date, from `dates.yaml`: what is due, and the page that shows it all.

`python -m labs.dates` fails from a month before each end (`make dates`, and a workflow every week); the unit tests
never do so by themselves, since a change must not be held up by a day that has come. `--today` looks from another day,
`--write` writes docs/dates.md again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from labs.errors import ManifestError, shown
from labs.strict_yaml import load_documents

ROOT = Path(__file__).resolve().parents[1]
FILE = Path(__file__).with_name("dates.yaml")
PAGE = ROOT / "docs" / "dates.md"
AHEAD = timedelta(days=30)
"""How long before its end something is due."""

_HEAD = """# Dates

Everything that this project uses and that ends on a date, the next first. `make dates` fails from a month before
each date, and the workflow `dates.yml` runs it every week; the unit tests do not (but for the preview of AKS's
API), so that no change is held up by a day that has come. The dates stand in
[labs/dates.yaml](../labs/dates.yaml); this page is made of it by `.venv/bin/python -m labs.dates --write`.
"""
_FOOT = """*Announced*: its maker has said so (a month is taken to its last day). *Expected*: follows from its maker's
rule. *Look again*: no end is announced, and that is to be asked again by then. What no lab uses is not listed: kubenet,
the B-series and Windows Server 2019 are refused by the rules."""
_EXIT_DUE = 1
_TEXTS = ("what", "ends", "known", "then", "source", "checked")


class Known(StrEnum):
    """How sure an end is."""

    ANNOUNCED = "announced"
    EXPECTED = "expected"
    LOOK_AGAIN = "look again"


@dataclass(frozen=True)
class End:
    """One thing that ends."""

    what: str
    file: str
    """File that uses it."""
    text: str
    """What stands in that file as long as this entry is about the right thing."""
    ends: date
    known: Known
    then: str
    """What to do, as an instruction."""
    source: str
    checked: date
    accepted: str = ""
    """Why it may be past its end; empty: it may not."""

    def due(self, today: date) -> bool:
        """Tell whether somebody has to act."""
        return not self.accepted and today >= self.ends - AHEAD


def read(file: Path = FILE) -> list[End]:
    """Return everything that ends, the next first.

    Raises:
        ManifestError: an entry is not as it should be, or there is none.
    """
    documents = load_documents(file.read_text(encoding="utf-8"), file.name)
    entries = documents[0].value if len(documents) == 1 else None
    if not isinstance(entries, list) or not entries:
        raise ManifestError(
            file.name, "the file", "is no list of entries", "list some", "nothing would ever be due"
        )
    return sorted((_end(entry, file.name) for entry in entries), key=lambda end: (end.ends, end.what))


def _end(entry: Any, where: str) -> End:
    pin = entry.get("pin") if isinstance(entry, dict) else None
    known = {*_TEXTS, "pin", "accepted"}
    if not isinstance(pin, dict) or set(pin) != {"file", "text"} or set(entry) - known:
        raise _wrong(
            where,
            entry,
            "its fields are not what, pin with file and text, ends, known, then, source, checked",
        )
    if not all(isinstance(entry.get(field), str) and entry[field] for field in _TEXTS):
        raise _wrong(where, entry, "a field is missing or is no text")
    try:
        return End(
            entry["what"],
            str(pin["file"]),
            str(pin["text"]),
            date.fromisoformat(entry["ends"]),
            Known(entry["known"]),
            entry["then"],
            entry["source"],
            date.fromisoformat(entry["checked"]),
            str(entry.get("accepted", "")),
        )
    except ValueError as error:
        raise _wrong(where, entry, str(error)) from error


def _wrong(where: str, entry: Any, problem: str) -> ManifestError:
    return ManifestError(
        where,
        "an entry",
        f"is '{shown(entry)}' but {problem}",
        "correct it",
        "a date that cannot be read never comes",
    )


def report(ends: Sequence[End], today: date) -> list[str]:
    """Return what to say about a day: what is due, or how long nothing is."""
    due = [end for end in ends if end.due(today)]
    if due:
        return [f"{end.what}: {_when(end)}; {end.then} [{end.source}]" for end in due]
    coming = [end for end in ends if not end.accepted]
    return [
        f"nothing is due on {today}; next: {coming[0].what}, {_when(coming[0])}"
        if coming
        else "nothing is watched"
    ]


def _when(end: End) -> str:
    words = {
        Known.ANNOUNCED: "ends on",
        Known.EXPECTED: "is expected to end on",
        Known.LOOK_AGAIN: "look again by",
    }
    return f"{words[end.known]} {end.ends}"


def page(ends: Sequence[End]) -> str:
    """Return docs/dates.md."""
    return "\n".join(_page(ends)) + "\n"


def _page(ends: Sequence[End]) -> Iterator[str]:
    yield _HEAD
    yield "| date | how sure | what | then | used in | source, checked |"
    yield "|---|---|---|---|---|---|"
    for end in ends:
        if not end.accepted:
            yield _row(end, end.then)
    yield ""
    yield "Past their end on purpose:"
    yield ""
    yield "| ended | what | why it may stay | used in | source, checked |"
    yield "|---|---|---|---|---|"
    for end in ends:
        if end.accepted:
            yield f"| {end.ends} | {end.what} | {end.accepted} | `{end.file}` | {end.source}, {end.checked} |"
    yield ""
    yield _FOOT


def _row(end: End, then: str) -> str:
    return f"| {end.ends} | {end.known} | {end.what} | {then} | `{end.file}` | {end.source}, {end.checked} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what is due and return the exit code: 1 if something is."""
    parser = argparse.ArgumentParser(description="What ends within a month, or has ended (labs/dates.yaml).")
    parser.add_argument("--today", type=date.fromisoformat, default=None, help="another day, as 2027-01-31")
    parser.add_argument("--write", action="store_true", help="write docs/dates.md again")
    options = parser.parse_args(arguments)
    today = options.today or date.today()
    ends = read()
    if options.write:
        PAGE.write_text(page(ends), encoding="utf-8")
    for line in report(ends, today):
        print(line)
    return _EXIT_DUE if any(end.due(today) for end in ends) else 0


if __name__ == "__main__":
    sys.exit(main())
