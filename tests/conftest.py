"""What holds for every test."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Let programs that tests start be interrupted, even where the tests themselves run in the background.

    A shell that starts a command with `&` lets it ignore SIGINT, and every child inherits that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
