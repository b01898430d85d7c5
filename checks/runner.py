"""Runs checks side by side, each to its own end, and asks again only where something differed.

A mismatch may be a cluster that has not settled yet, so it is looked at until the deadline and at least twice, and so
is an API server that is busy; what passed, was skipped or may not be looked at is not looked at again. Each result
says how often and how long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime

from checks.check import Check
from checks.errors import ApiError, CouldNotTestError
from checks.lab import Lab
from checks.result import Report, Result, Status, conclude

WORKERS = 16
ATTEMPTS_AT_LEAST = 2
_PAUSE = 1.0
_POLL = 0.2
Told = Callable[[Result], None]


def run_one(check: Check, lab: Lab, deadline: float, stop: Callable[[], bool] = lambda: False) -> Result:
    """Run one check until nothing differs, or until the deadline (by the monotonic clock)."""
    began = time.monotonic()
    attempts = 0
    while True:
        attempts += 1
        result, again = _attempt(check, lab, began, attempts)
        if not again or not check.retries or stop():
            return result
        if attempts >= ATTEMPTS_AT_LEAST and time.monotonic() + _PAUSE > deadline:
            return result
        time.sleep(_PAUSE)


def _attempt(check: Check, lab: Lab, began: float, attempts: int) -> tuple[Result, bool]:
    """Return what one look says, and whether another one may say something else."""
    try:
        findings = check.run(lab)
    except CouldNotTestError as error:
        result = Result(check.name, Status.UNTESTED, (), str(error), time.monotonic() - began, attempts)
        return result, isinstance(error, ApiError) and error.passing
    except Exception as error:  # one broken check must not take the others' results along
        reason = f"the check itself broke: {type(error).__name__}: {error}"
        return Result(check.name, Status.UNTESTED, (), reason, time.monotonic() - began, attempts), False
    result = conclude(check.name, findings, time.monotonic() - began, attempts)
    return result, result.status is Status.FAILED


def run_all(
    checks: Sequence[Check],
    lab: Lab,
    patience: float,
    told: Told = lambda _: None,
    workers: int = WORKERS,
    interrupted: Callable[[], None] = lambda: None,
) -> Report:
    """Run all checks side by side; `patience` is the seconds that mismatches get, `told` hears each result at once.

    Interrupted (KeyboardInterrupt), it says so to `interrupted`, waits for the attempts under way and lets the
    exception pass.
    """
    began, started = time.monotonic(), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    stopped = False
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="check")
    futures: dict[Future[Result], int] = {}
    results: dict[int, Result] = {}
    try:
        for index, check in enumerate(checks):
            futures[pool.submit(run_one, check, lab, began + patience, lambda: stopped)] = index
        waiting = set(futures)
        while waiting:
            # A finite wait, so that the main thread takes Ctrl-C at once.
            done, waiting = wait(waiting, timeout=_POLL, return_when=FIRST_COMPLETED)
            for future in done:
                result = future.result()
                results[futures[future]] = result
                told(result)
    except BaseException:
        interrupted()
        raise
    finally:
        stopped = True
        pool.shutdown(wait=True, cancel_futures=True)
    ordered = tuple(results[index] for index in sorted(results))
    return Report(lab.settings.stack, lab.api.server, ordered, time.monotonic() - began, started)
