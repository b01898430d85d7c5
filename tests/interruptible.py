"""Programs that tests and benchmarks start can be interrupted, even where those run in the background themselves."""

from __future__ import annotations

import signal


def take_interrupts() -> None:
    """Take SIGINT again where it is ignored.

    A shell that starts a command with `&` lets it ignore SIGINT, and every child inherits that. Pulumi ends its
    language host by SIGINT and waits five seconds before it kills it, so each command would take that much longer.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
