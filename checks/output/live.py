"""A table that fills while checks run, on a terminal; lines one after the other anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from checks.check import Check
from checks.output.text import line
from checks.result import Result, Status

_STYLES = {
    Status.PASSED: "green",
    Status.FAILED: "bold red",
    Status.SKIPPED: "yellow",
    Status.UNTESTED: "bold magenta",
}


def width(checks: Sequence[Check]) -> int:
    """Return the length of the longest name."""
    return max((len(check.name) for check in checks), default=0)


class Progress(Protocol):
    """Hears results as they come."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def told(self, result: Result) -> None:
        """Take one result."""


class Lines:
    """One line a result, or nothing at all."""

    def __init__(self, console: Console, checks: Sequence[Check], quiet: bool = False) -> None:
        self._console = console
        self._width = width(checks)
        self._quiet = quiet

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def told(self, result: Result) -> None:
        """Print the result's line."""
        if not self._quiet:
            told = line(result, self._width)
            self._console.print(told, markup=False, highlight=False, soft_wrap=True)


class LiveTable:
    """A table with a row a check; those that still run are at its end, and what is over stays on the screen."""

    def __init__(self, console: Console, checks: Sequence[Check]) -> None:
        self._console = console
        self._waiting = {check.name: None for check in checks}
        self._total = len(checks)
        self._width = width(checks)
        self._done: list[Result] = []
        self._live = Live(console=console, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        self._live.update(self._table())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def told(self, result: Result) -> None:
        """Move the check from waiting to done."""
        self._waiting.pop(result.name, None)
        self._done.append(result)
        text = Text(
            line(result, self._width), style=_STYLES[result.status], no_wrap=True, overflow="ellipsis"
        )
        self._console.print(text)
        self._live.update(self._table())

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 1))
        room = max(1, self._console.height - 3)
        names = list(self._waiting)
        for name in names[: min(len(names), room, 8)]:
            table.add_row(Spinner("dots"), Text(name))
        table.add_row("", Text(f"{len(self._done)} of {self._total} done", style="dim"))
        return table


def progress(console: Console, checks: Sequence[Check], quiet: bool) -> Progress:
    """Return what fits the console: the table on a terminal, lines elsewhere, nothing if asked to be quiet."""
    if console.is_terminal and not quiet:
        return LiveTable(console, checks)
    return Lines(console, checks, quiet)
