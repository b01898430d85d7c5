"""What a chart is to a release, and how Helm merges values. Knows no chart."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.errors import SandboxError

Body = dict[str, Any]


class ChartError(SandboxError):
    """The chart, or that version of it, cannot be had; in Helm's words where Helm has some."""


@dataclass(frozen=True)
class Install:
    """One installation of a chart."""

    release: str
    namespace: str
    version: str
    values: Mapping[str, Any]
    """Merged: the chart's defaults under the program's values."""


class Chart(Protocol):
    """One chart."""

    @property
    def name(self) -> str: ...

    @property
    def repositories(self) -> tuple[str, ...]:
        """Where it is published; the first one is shown in messages."""

    @property
    def versions(self) -> Mapping[str, str]:
        """Chart version -> version of the application, oldest first."""

    def defaults(self, version: str) -> Body: ...

    def mistakes(self, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return (path below `values`, what is wrong) for every value that the chart has no use for."""

    def render(self, install: Install) -> list[Body]:
        """Return the objects in Helm's order of installation."""

    def awaited_crds(self, install: Install) -> list[str]:
        """Return the CRDs that what was installed brings along later."""

    def cleaned_before_delete(self) -> list[tuple[str, str, str]]:
        """Return (apiVersion, kind, name) of what the chart's pre-delete hook removes, in its order."""


def merged(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> Body:
    """Return the values over the defaults as Helm merges them: maps by key, null takes a key out, all else replaces."""
    result = copy.deepcopy(dict(defaults))
    for key, value in values.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def nearest(wanted: str, known: Iterable[str]) -> str:
    """Return the known name that is most like the wanted one, or nothing."""
    found = difflib.get_close_matches(wanted, list(known), n=1, cutoff=0.5)
    return found[0] if found else ""


def unknown_key(path: str, key: str, known: Iterable[str]) -> tuple[str, str]:
    """Return the mistake of a key that the chart does not read."""
    names = sorted(known)
    hint = nearest(key, names)
    advice = f"did you mean '{hint}'" if hint else f"known here: {', '.join(names)}"
    return path, f"{path} is not a value of the chart; {advice} (Helm would ignore it without a word)"
