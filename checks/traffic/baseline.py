"""A full run only: without the lab's policies everything gets through, before and after they were looked at."""

from __future__ import annotations

from checks.check import Check
from checks.lab import Lab
from checks.result import Findings, Skip

_NEEDS = "--full; real nodes; create and delete globalnetworkpolicies besides what traffic checks need"


def _run(lab: Lab, after: bool) -> Findings:
    assert lab.traffic is not None
    phases = lab.traffic.phases(lab)
    if isinstance(phases, Skip):
        return phases
    matrix = phases.after if after else phases.before
    assert matrix is not None, "a full run has both"
    return [cell.row() for cell in matrix.cells]


def _full(lab: Lab) -> bool:
    return lab.traffic is not None and lab.traffic.options.full


BEFORE = Check(
    name="traffic-baseline",
    proves="without the lab's policies every pair connects, so each deny is a policy's doing",
    course="the application before any policy",
    needs=_NEEDS,
    run=lambda lab: _run(lab, after=False),
    applies=_full,
    retries=False,
)
AFTER = Check(
    name="traffic-baseline-again",
    proves="once the policies are out of the way again every pair connects again",
    course="deleting the policies",
    needs=_NEEDS,
    run=lambda lab: _run(lab, after=True),
    applies=_full,
    retries=False,
)
