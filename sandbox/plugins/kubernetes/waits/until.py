"""Wait until an object is ready or gone, within its time limit, and say what was seen when it is not.

Looks instead of watching: one GET a second per waiting object is nothing to a local API server, and a watch
that breaks off needs the same GET anyway. Never ends early because something looks hopeless: the real
provider waits to the time limit too, and operators do recover.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.plugins.kubernetes import body as bodies
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.errors import ApiError, UnreachableError
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.kubernetes.waits.condition import Condition, last_seen

DEFAULT_SECONDS = 600.0
TIMED_OUT = "timed out waiting for the condition"

_PAUSES = (0.1, 0.2, 0.4, 0.8)
_PAUSE = 1.0


class NotReadyError(Exception):
    """The time is over, or the user has cancelled; `live` is the object as last seen."""

    def __init__(self, live: Body, reason: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.live = live
        self.details = details


@dataclass(frozen=True)
class Target:
    """The object that is waited for."""

    urn: str
    path: str
    live: Body


def time_limit(timeout: float, inputs: Body) -> float:
    """Return the seconds to wait: customTimeouts, then the annotation, then ten minutes."""
    if timeout:
        return timeout
    text = bodies.annotation(inputs, bodies.TIMEOUT_SECONDS)
    return float(text) if text.lstrip("+-").isdigit() else DEFAULT_SECONDS


def described(live: Body) -> str:
    return f"{live.get('kind')} {bodies.full_name(live)}"


def ready(session: Session, target: Target, condition: Condition, limit: float) -> Body:
    """Return the live object once the condition holds.

    Raises:
        NotReadyError: it did not within the limit, or the user cancelled.
    """
    live, trouble = target.live, ""
    for _ in _rounds(session, limit):
        try:
            live, trouble = session.api.get(target.path), ""
        except ApiError as error:
            trouble = "the object is not there" if error.not_found else str(error)
        except UnreachableError as error:
            trouble = str(error)
        if not trouble:
            missing = _missing(condition, live)
            if not missing:
                return live
            session.log.status(target.urn, missing)
    if session.cancelled.is_set():
        raise _cancelled(live)
    raise NotReadyError(live, condition.failure, tuple(_details(condition, live, limit, trouble)))


def gone(session: Session, target: Target, limit: float) -> None:
    """Return once the object is gone, or another one has taken its name.

    Raises:
        NotReadyError: it was still there at the end, or the user cancelled.
    """
    live = target.live
    uid = bodies.metadata(live).get("uid")
    finalizers = ""
    for attempt in _rounds(session, limit):
        try:
            live = session.api.get(target.path)
        except ApiError as error:
            if error.not_found:
                session.log.status(target.urn, "")
                return
        except UnreachableError:
            continue  # the answer may come back before the time is over
        if uid and bodies.metadata(live).get("uid") != uid:
            return
        finalizers = ", ".join(bodies.metadata(live).get("finalizers") or [])
        if finalizers and attempt >= len(_PAUSES):
            session.log.status(target.urn, f"Waiting for finalizers: {finalizers}")
    if session.cancelled.is_set():
        raise _cancelled(live)
    if finalizers:
        session.log.warning(target.urn, f"finalizers might be preventing deletion ({finalizers})")
    detail = f"waited {limit:.0f} s for {described(live)} to be deleted"
    detail += f"; finalizers still there: {finalizers}" if finalizers else f"; {last_seen(live)}"
    raise NotReadyError(live, TIMED_OUT, (detail,))


def _rounds(session: Session, limit: float) -> Iterator[int]:
    """Number the looks until the time is over or the user cancels; pause between them, shortly at first."""
    deadline = time.monotonic() + limit
    for number in itertools.count():
        yield number
        left = deadline - time.monotonic()
        if left <= 0 or session.cancelled.wait(
            min(_PAUSES[number] if number < len(_PAUSES) else _PAUSE, left)
        ):
            return


def _cancelled(live: Body) -> NotReadyError:
    return NotReadyError(live, f'Resource operation was cancelled for "{bodies.name(live)}"')


def _missing(condition: Condition, live: Body) -> str:
    """Return what is still missing, in one line; nothing if the object is ready."""
    try:
        look = condition.look(live)
    except (ApiError, UnreachableError) as error:
        return f"Waiting for {condition.what}: {error}"
    return "" if look.ready else look.waiting_for or f"Waiting for {condition.what}"


def _details(condition: Condition, live: Body, limit: float, trouble: str) -> list[str]:
    details = [
        f"waited {limit:.0f} s for {condition.what} of {described(live)}; {trouble or last_seen(live)}"
    ]
    try:
        details += condition.problems(live)
    except (ApiError, UnreachableError) as error:
        details.append(f"the reason could not be read: {error}")
    return details
