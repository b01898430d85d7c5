"""One command at a time on one sandbox: two that start it would end each other's daemon."""

from __future__ import annotations

import contextlib

from sandbox.home import Home
from sandbox.lock import locked
from sandbox.tools.progress import Steps


def turn(home: Home) -> contextlib.AbstractContextManager[None]:
    """Wait, saying so, until no other process prepares, starts or stops the sandbox; none may until the block ends."""

    def waiting() -> None:
        Steps("sandbox", 0).note(
            "another process prepares, starts or stops this sandbox; waiting for it to end"
        )

    return locked(home.lock, waiting)
