"""What a stack deploys of the project's own folders, and what it refuses to deploy: nothing, in silence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from labs.deployed import read_deployed
from labs.enums import CalicoManagement, Lab, PolicySet
from labs.errors import RulesError
from labs.stack_files import settings_of, stacks_of
from tests.labs.cases import BASELINES, MANAGED, NKE, WINDOWS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("lab", list(Lab))
@pytest.mark.parametrize("policies", [one for one in PolicySet if one is not PolicySet.NONE])
def test_a_set_that_is_asked_for_deploys_something_or_is_refused(lab: Lab, policies: PolicySet) -> None:
    settings = replace(BASELINES[lab], policies=policies)
    if (lab, policies) == (Lab.NKE, PolicySet.DEFAULT_DENY):
        with pytest.raises(RulesError) as refused:
            read_deployed(ROOT, settings)
        (violation,) = refused.value.violations
        assert str(violation) == (
            "calico-labs:policies is 'DefaultDeny' but lab 'nke' has no such policies; set it to None or Kubernetes or "
            "All (nothing would be deployed, and those that are there would go, in silence)"
        )
    else:
        assert read_deployed(ROOT, settings).policies


def test_no_policies_are_no_error() -> None:
    found = read_deployed(ROOT, replace(NKE, policies=PolicySet.NONE))
    assert found.policies == ()
    assert found.other_policies


def test_without_calicos_api_its_own_policies_stay_behind() -> None:
    assert MANAGED.calico_management is CalicoManagement.AKS
    found = read_deployed(ROOT, MANAGED)
    assert {policy.api_version for policy in found.policies} == {"networking.k8s.io/v1"}
    assert {policy.api_version for policy in found.other_policies} == {"projectcalico.org/v3"}


def test_an_application_without_a_node_to_run_on_leaves_its_namespaces() -> None:
    assert {
        manifest.kind for manifest in read_deployed(ROOT, replace(WINDOWS, windows_node_count=0)).app
    } == {"Namespace"}


def test_no_deployment_is_given_longer_than_the_program_waits_for_it() -> None:
    limits = [
        (stack, manifest.name, manifest.body["spec"]["progressDeadlineSeconds"], settings.wait_minutes * 60)
        for stack in stacks_of(ROOT)
        for settings in [settings_of(ROOT, stack)]
        for manifest in read_deployed(ROOT, settings).app
        if "progressDeadlineSeconds" in manifest.body.get("spec", {})
    ]
    assert limits
    assert [limit for limit in limits if limit[2] > limit[3]] == []
