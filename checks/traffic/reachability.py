"""Who reaches what: one check a Service port, from every tier and from a pod that belongs to nobody.

Policies: the lab's folder. Scenario: the application as it is deployed, with a probe pod in the place of each tier.
Expected: `reach` over the policy files.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.check import Check
from checks.lab import Lab
from checks.result import Findings, Skip
from checks.traffic.session import Session

PROVES = "exactly those reach it whom the policy files let in; each deny has a control that gets through"
COURSE = "curl from an allowed and from a denied pod"
NEEDS = "real nodes; create and delete pods and a namespace, and exec into them"


def _run(session: Session, lab: Lab, target: str) -> Findings:
    phases = session.phases(lab)
    if isinstance(phases, Skip):
        return phases
    return [cell.row() for cell in phases.enforced.of_target(target)]


def checks(lab: Lab) -> Sequence[Check]:
    """Return one check for each target of the lab."""
    session = lab.traffic
    if session is None:
        return []
    return [
        Check(
            name=f"traffic/{target.name}",
            proves=PROVES,
            course=COURSE,
            needs=NEEDS,
            run=lambda lab, name=target.name: _run(session, lab, name),  # type: ignore[misc]
            retries=False,
        )
        for target in session.plan(lab)
    ]
