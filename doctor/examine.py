"""Takes every look at a stack, in the order in which what they find is to be mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from doctor.errors import CannotLookError
from doctor.finding import Finding
from doctor.looks import azure_groups, clusters, deletions, interruptions, locks
from doctor.patient import Patient

LOOKS: tuple[tuple[str, Callable[[Patient], Iterator[Finding]]], ...] = (
    ("locks", locks.look),
    ("interrupted operations", interruptions.look),
    ("Azure", azure_groups.look),
    ("the cluster", clusters.look),
    ("deletions in the cluster", deletions.look),
)
"""Place -> look."""


@dataclass(frozen=True)
class Diagnosis:
    """Everything that was found, and where nobody could look."""

    findings: tuple[Finding, ...]
    not_looked_at: tuple[str, ...]
    """Place and reason, one line each."""


def examine(patient: Patient) -> Diagnosis:
    """Look everywhere; a place that cannot be looked at does not keep the others from it."""
    findings: list[Finding] = []
    blind: list[str] = []
    for place, look in LOOKS:
        try:
            findings += look(patient)
        except CannotLookError as error:
            blind.append(f"{place}: {error}")
    return Diagnosis(tuple(findings), tuple(blind))
