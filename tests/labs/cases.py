"""The valid baselines of the rules' tests, and the shape of a case: one baseline, one change, one full
message.

`AZURE` is no lab yet: it is `byocni` turned into a cluster with Azure CNI, so that the rules for such
clusters are tested before the first lab on one is built.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from labs.enums import CniType, Encapsulation, IpamType, NetworkPlugin
from labs.reading import defaults
from labs.rules import violations
from labs.rules.wording import Rule
from labs.settings import LabSettings

BYOCNI = defaults("byocni")
AZURE = replace(
    BYOCNI,
    network_plugin=NetworkPlugin.AZURE,
    pod_cidr=None,
    cni=CniType.AZURE_VNET,
    ipam=IpamType.AZURE_VNET,
    encapsulation=Encapsulation.NONE,
)
WINDOWS = replace(AZURE, windows_node_count=1)


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
