"""The valid baselines of the rules' tests, and the shape of a case: one baseline, one change, one full
message.

"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from labs.enums import CalicoManagement, Lab, PolicySet
from labs.reading import defaults
from labs.rules import violations
from labs.rules.wording import Rule
from labs.settings import LabSettings

BYOCNI = defaults("byocni")
AZURE = defaults("azurecni")
WINDOWS = replace(
    defaults("windows"),
    windows_node_count=1,
    windows_admin_username="azureuser",
    windows_admin_password="Correct-Horse-9-Battery",
)
NKE = replace(defaults("nke"), kubeconfig="kubeconfig-plain", context="plain")
MANAGED = replace(AZURE, calico_management=CalicoManagement.AKS, policies=PolicySet.KUBERNETES)

BASELINES = {
    Lab.AZURECNI: AZURE,
    Lab.WIREGUARD: defaults("wireguard"),
    Lab.WINDOWS: WINDOWS,
    Lab.BYOCNI: BYOCNI,
    Lab.EBPF: defaults("ebpf"),
    Lab.NKE: NKE,
}
"""What each lab is with nothing but what it cannot do without."""


@dataclass(frozen=True)
class Case:
    """One change of a baseline, and the one message that it must lead to."""

    id: str
    changes: Mapping[str, Any]
    message: str
    baseline: LabSettings = field(default=BYOCNI)

    @property
    def settings(self) -> LabSettings:
        """The baseline with the change."""
        return replace(self.baseline, **self.changes)


def rows(cases: Sequence[Case]) -> list[Any]:
    """Return the cases as rows of `pytest.mark.parametrize`."""
    return [pytest.param(case, id=case.id) for case in cases]


def messages(settings: LabSettings) -> list[str]:
    """Return all violations of settings as text."""
    return [str(violation) for violation in violations(settings)]


def rules_without_a_case(rules: Iterable[Rule], cases: Sequence[Case]) -> list[str]:
    """Return the names of the rules that no case sets off; such a rule could be deleted unnoticed."""
    return [rule.__name__ for rule in rules if not any(list(rule(case.settings)) for case in cases)]
