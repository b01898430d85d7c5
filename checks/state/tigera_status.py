"""Everything that the operator runs says Available, and neither Progressing nor Degraded."""

from __future__ import annotations

from checks import paths
from checks.api import Body
from checks.check import Check
from checks.lab import Lab, condition
from checks.result import Row, holds
from checks.state import scope

_REQUIRED = ("calico", "apiserver")
"""Operators since 1.36 also report `ippools`, and others if they are installed; whatever reports must be well."""


def _said(status: Body) -> str:
    parts = []
    for kind in ("Available", "Progressing", "Degraded"):
        found = condition(status, kind)
        text = f"{kind}={found.get('status', 'unknown')}"
        if kind == "Degraded" and found.get("status") == "True":
            text += f" ({found.get('reason')}: {found.get('message')})"
        parts.append(text)
    return ", ".join(parts)


def _run(lab: Lab) -> list[Row]:
    found = {s["metadata"]["name"]: s for s in lab.api.list(f"{paths.OPERATOR}/tigerastatuses")}
    by_hand = f"{lab.kubectl} get tigerastatus"
    required = _REQUIRED if scope.own_operator(lab) else _REQUIRED[:1]
    expected = "Available=True, Progressing=False, Degraded=False"
    rows = [
        holds(f"tigerastatus {name}", expected, "not there", False, by_hand)
        for name in required
        if name not in found
    ]
    for name, status in found.items():
        said = _said(status)
        rows.append(holds(f"tigerastatus {name}", expected, said, said == expected, by_hand))
    return rows


CHECK = Check(
    name="tigera-status",
    proves="the operator calls all of Calico available, and nothing degraded",
    course="watch kubectl get tigerastatus",
    needs="read tigerastatuses",
    run=_run,
    applies=scope.any_operator,
)
