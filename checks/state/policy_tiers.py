"""Tiers that policies name exist: a policy of a missing tier would be asked after all others, unnoticed."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Findings, Skip, same, untested
from labs.enums import CalicoApiGroup

_DEFAULT = "default"


def _tiers(lab: Lab) -> list[str]:
    return sorted(
        {str(policy.body["spec"]["tier"]) for policy in lab.policies if "tier" in policy.body["spec"]}
    )


def _run(lab: Lab) -> Findings:
    served = lab.api.get(paths.calico(lab.settings)) or {}
    if "tiers" not in [item["name"] for item in served.get("resources", [])]:
        if _tiers(lab) == [_DEFAULT]:
            return Skip("this Calico serves no tiers (they came with v3.29); it knows the default one alone")
        return [untested("kind Tier", "served", "this Calico serves no tiers (they came with v3.29)")]
    return [
        same(
            f"Tier {name}",
            "there",
            "there" if lab.api.get(f"{paths.calico(lab.settings)}/tiers/{name}") else "not there",
            f"{lab.kubectl} get tiers.projectcalico.org",
        )
        for name in _tiers(lab)
    ]


CHECK = Check(
    name="policy-tiers",
    proves="every tier that a policy names is there",
    course="policies in tiers",
    needs="read tiers",
    run=_run,
    applies=lambda lab: bool(_tiers(lab)) and lab.settings.calico_api_group is CalicoApiGroup.V3,
)
