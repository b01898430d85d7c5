"""The Installation is Ready and is what the stack asks for, field by field."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.compare import differences
from checks.lab import Lab, condition
from checks.result import Row, holds, same
from checks.state import scope
from labs.installation import render_installation


def _run(lab: Lab) -> list[Row]:
    found = lab.api.get(f"{paths.OPERATOR}/installations/default")
    by_hand = f"{lab.kubectl} get installation default -o yaml"
    if found is None:
        return [holds("Installation default", "there", "not there", False, by_hand)]
    wanted = render_installation(lab.settings)["spec"]
    rows = [
        holds(f"Installation default: spec.{path}", expected, actual, False, by_hand)
        for path, expected, actual in differences(wanted, found["spec"])
    ]
    rows.append(
        holds(
            "Installation default: spec",
            "as rendered from the settings",
            f"{len(rows)} differ",
            not rows,
            by_hand,
        )
    )
    rows.append(same("Installation default: Ready", "True", condition(found, "Ready").get("status"), by_hand))
    return rows


CHECK = Check(
    name="installation",
    proves="Installation/default is the one of the stack, and Ready",
    course="kubectl create -f installation.yaml",
    needs="read installations",
    run=_run,
    applies=scope.own_operator,
)
