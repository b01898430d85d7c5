"""What all waits share: the shape of a condition, and small readers of `status`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.plugins.kubernetes.body import Body


@dataclass(frozen=True)
class Look:
    """What one look at an object found."""

    ready: bool
    waiting_for: str = ""
    """One line for the status column."""


class Condition(Protocol):
    """Something to wait for."""

    @property
    def what(self) -> str:
        """What is waited for, as a noun."""

    @property
    def failure(self) -> str:
        """The real provider's first words when the time is over."""

    def look(self, live: Body) -> Look:
        """Look at the object once; may read others."""

    def problems(self, live: Body) -> list[str]:
        """Say why it is not ready; asked once, at the end."""


def status(live: Mapping[str, Any]) -> dict[str, Any]:
    value = live.get("status")
    return value if isinstance(value, dict) else {}


def spec(live: Mapping[str, Any]) -> dict[str, Any]:
    value = live.get("spec")
    return value if isinstance(value, dict) else {}


def conditions(live: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = status(live).get("conditions")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def find(live: Mapping[str, Any], type: str) -> dict[str, Any] | None:
    """Return the condition of that type; upper and lower case are the same, as for `kubectl wait`."""
    for item in conditions(live):
        if str(item.get("type", "")).lower() == type.lower():
            return item
    return None


def is_true(live: Mapping[str, Any], type: str) -> bool:
    item = find(live, type)
    return item is not None and str(item.get("status")) == "True"


def shown(item: Mapping[str, Any]) -> str:
    """Return `Type=Status (Reason): message`."""
    text = f"{item.get('type')}={item.get('status')}"
    if item.get("reason"):
        text += f" ({item['reason']})"
    if item.get("message"):
        text += f": {item['message']}"
    return text


def current(live: Mapping[str, Any], item: Mapping[str, Any] | None = None) -> bool:
    """Tell whether the controller has seen the latest generation; true where nobody says."""
    generation = (live.get("metadata") or {}).get("generation")
    observed = (item or {}).get("observedGeneration", status(live).get("observedGeneration"))
    return not isinstance(generation, int) or not isinstance(observed, int) or observed >= generation


def last_seen(live: Mapping[str, Any]) -> str:
    """Return the last status in one line: its conditions, or that there are none."""
    found = conditions(live)
    if found:
        return "last seen: " + "; ".join(shown(item) for item in found)
    if "phase" in status(live):
        return f"last seen: phase {status(live)['phase']}"
    return "last seen: no status yet" if not status(live) else "last seen: no conditions in its status"
