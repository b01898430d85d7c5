"""What a client does when an API server asks it to come back later: it does so, as kubectl and the operator do.

An API server answers 429 "storage is (re)initializing" to every request for a kind whose CRD has just changed, and
says in `Retry-After` when to ask again. It has done nothing by then, so any method may be sent again. client-go does
that for all Go programs, ten times at most (rest/request.go, maxRetries); a Python client has to do it itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

ATTEMPTS = 10
_LONGEST = 10.0
"""Seconds; API servers ask for 1, and one that asked for an hour would look like a hang."""


class Answer(Protocol):
    """What is read of an HTTP answer; urllib3's and the Kubernetes client's both have it."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


A = TypeVar("A", bound=Answer)


def when_asked(ask: Callable[[], A], sleep: Callable[[float], None] = time.sleep) -> A:
    """Ask, and again as often as the server says when, up to `ATTEMPTS` times; return the last answer."""
    for _ in range(ATTEMPTS - 1):
        answer = ask()
        seconds = asked_to_wait(answer)
        if seconds is None:
            return answer
        sleep(seconds)
    return ask()


def asked_to_wait(answer: Answer) -> float | None:
    """Return the seconds that the server asks to be left alone; None if it does not."""
    if answer.status not in (429, 503):
        return None
    text = answer.headers.get("Retry-After", "")
    return min(float(text), _LONGEST) if text.isascii() and text.isdigit() else None
