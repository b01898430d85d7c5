"""Which policies a stack deploys, and in which of Calico's API groups they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.enums import CalicoApiGroup, PolicySet
from labs.manifests import Manifest
from labs.policy_sets import in_group, selected

_KUBERNETES = "networking.k8s.io/v1"
_CALICO = "projectcalico.org/v3"


def policy(file: str, name: str, api_version: str) -> Manifest:
    body = {
        "apiVersion": api_version,
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "bank"},
    }
    return Manifest(Path(f"{file}.yaml"), 1, body)


BASELINE = [
    policy("01-bank-default-deny", "deny", _KUBERNETES),
    policy("11-bank-allow", "allow", _KUBERNETES),
    policy("31-never", "never", _CALICO),
    policy("91-global-default-deny", "deny-all", _CALICO),
]


@pytest.mark.parametrize(
    ("policy_set", "calico_api", "names"),
    [
        (PolicySet.NONE, True, []),
        (PolicySet.DEFAULT_DENY, True, ["deny", "deny-all"]),
        (PolicySet.DEFAULT_DENY, False, ["deny"]),
        (PolicySet.KUBERNETES, True, ["deny", "allow"]),
        (PolicySet.ALL, True, ["deny", "allow", "never", "deny-all"]),
        (PolicySet.ALL, False, ["deny", "allow"]),
    ],
    ids=str,
)
def test_the_setting_selects_policies_in_file_order(
    policy_set: PolicySet, calico_api: bool, names: list[str]
) -> None:
    assert [manifest.name for manifest in selected(BASELINE, policy_set, calico_api=calico_api)] == names


def test_the_internal_group_takes_calicos_kinds_and_leaves_kubernetes_alone() -> None:
    found = in_group(BASELINE, CalicoApiGroup.V1)
    assert [manifest.api_version for manifest in found] == [
        _KUBERNETES,
        _KUBERNETES,
        "crd.projectcalico.org/v1",
        "crd.projectcalico.org/v1",
    ]
    assert [manifest.body["metadata"] for manifest in found] == [m.body["metadata"] for m in BASELINE]


def test_the_public_group_changes_nothing() -> None:
    assert in_group(BASELINE, CalicoApiGroup.V3) == BASELINE
