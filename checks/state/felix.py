"""FelixConfiguration/default holds what the stack patches into it, and nothing that it has switched off."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds, same
from checks.state import scope
from labs.enums import Switch
from labs.installation import render_felix


def _run(lab: Lab) -> list[Row]:
    found = lab.api.get(f"{paths.calico(lab.settings)}/felixconfigurations/default")
    group = str(lab.settings.calico_api_group).partition("/")[0]
    by_hand = f"{lab.kubectl} get felixconfigurations.{group} default -o yaml"
    if found is None:
        return [holds("FelixConfiguration default", "there", "not there", False, by_hand)]
    spec = found.get("spec") or {}
    rows = [
        same(f"FelixConfiguration default: {field}", value, spec.get(field), by_hand)
        for field, value in render_felix(lab.settings).items()
    ]
    if lab.settings.wireguard is Switch.DISABLED:
        on = bool(spec.get("wireguardEnabled"))
        rows.append(same("FelixConfiguration default: wireguardEnabled", False, on, by_hand))
    return rows


CHECK = Check(
    name="felix",
    proves="Felix is configured as the stack says, and WireGuard is on or off with it",
    course="kubectl patch felixconfiguration default --type='merge' ...",
    needs="read felixconfigurations",
    run=_run,
    applies=scope.own_operator,
)
