"""Progress of long steps: a live display on a terminal, plain lines elsewhere.

Says what runs, how many steps are left and the time so far. Owns no knowledge of the steps.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

_SIGN_OF_LIFE_SECONDS = 30.0


def duration(seconds: float) -> str:
    """Return `42 s` or `3 min 05 s`."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


class Steps:
    """A number of steps, done one after another."""

    def __init__(self, title: str, total: int, console: Console | None = None) -> None:
        self._title = title
        self._total = total
        self._done = 0
        self._started = time.monotonic()
        self._console = console or Console(file=sys.stderr)
        self._live = self._console.is_terminal

    def note(self, text: str) -> None:
        """Print one line."""
        self._console.print(text, highlight=False, soft_wrap=True, markup=False)

    @contextlib.contextmanager
    def step(self, what: str, expected_seconds: int) -> Iterator[None]:
        """Show that `what` is under way until the block ends."""
        began = time.monotonic()
        number, left = self._done + 1, self._total - self._done - 1
        if self._live:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(bar_width=20),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            with Progress(*columns, console=self._console, transient=True) as progress:
                label = f"{what} (about {duration(expected_seconds)})"
                progress.add_task(label, total=self._total, completed=self._done)
                yield
        else:
            head = f"[{number}/{self._total}] {what}"
            self.note(f"{head}: about {duration(expected_seconds)}, then {left} left")
            ended = threading.Event()
            thread = threading.Thread(target=self._signs_of_life, args=(head, began, ended), daemon=True)
            thread.start()
            try:
                yield
            finally:
                ended.set()
                thread.join()
        self._done += 1
        now = time.monotonic()
        self.note(
            f"[{number}/{self._total}] {what}: done in {duration(now - began)}"
            f" ({left} left, {duration(now - self._started)} so far)"
        )

    def _signs_of_life(self, head: str, began: float, ended: threading.Event) -> None:
        while not ended.wait(_SIGN_OF_LIFE_SECONDS):
            self.note(f"{head}: {duration(time.monotonic() - began)} so far")
