"""The errors of `labs/` and the one grammar in which they speak.

Every complaint about a setting is a `Violation`: which key, which value, what it conflicts with, what to set
instead and why. Readers of a failed `up` get all of them at once, because fixing one setting per run costs
minutes each. This module does not decide what is wrong; that is done by `settings.py` (types), `rules/`
(combinations) and `manifests.py` (files).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN_LENGTH = 120


def shown(value: object) -> str:
    """Return a value as one printable line, cut to a length that fits into a message."""
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(value))
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"


@dataclass(frozen=True)
class Violation:
    """One setting that cannot stand; reads `<key> is '<value>' but <conflict>; <remedy> (<reason>)`."""

    key: str
    """Full name of the key as it is written in a stack file, for example `calico-labs:encapsulation`."""

    value: object
    """The value that was read; shown on one line."""

    conflict: str
    """What the value disagrees with: a fact, a limit or another key."""

    remedy: str
    """What to set, as an instruction."""

    reason: str
    """Why, in one clause."""

    source: str = ""
    """Where the reason can be checked; empty when the reason is this project's own choice."""

    def __str__(self) -> str:
        return (
            f"{shown(self.key)} is '{shown(self.value)}' but {self.conflict}; {self.remedy} ({self.reason})"
        )


class LabError(Exception):
    """Root of everything that `labs/` raises; the command line catches this and nothing wider."""


class _ViolationsError(LabError):
    """Carries all violations of one pass; the text is one line for each, under a headline."""

    headline = "{count} cannot stand"

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        count = "1 setting" if len(self.violations) == 1 else f"{len(self.violations)} settings"
        lines = [f"  {violation}" + _cited(violation) for violation in self.violations]
        super().__init__("\n".join([f"{self.headline.format(count=count)}:", *lines]))


def _cited(violation: Violation) -> str:
    return f" [{violation.source}]" if violation.source else ""


class SettingsError(_ViolationsError):
    """Raised when configuration cannot be read into settings: wrong type, unknown key, unknown lab."""

    headline = "{count} cannot be read"


class RulesError(_ViolationsError):
    """Raised when settings are readable but a lab built from them would not work."""

    headline = "{count} cannot be built"


class StackFileError(LabError):
    """Raised when a stack has no file, or one that cannot be read; names the file, or the folder without one."""

    def __init__(self, where: str, problem: str, remedy: str, reason: str) -> None:
        self.where = where
        super().__init__(f"{where}: {problem}; {remedy} ({reason})")


class ManifestError(LabError):
    """Raised when a manifest is not what this project accepts; names file and line."""

    def __init__(self, where: str, field: str, problem: str, remedy: str, reason: str) -> None:
        self.where = where
        self.field = field
        super().__init__(f"{where}: {field} {problem}; {remedy} ({reason})")
