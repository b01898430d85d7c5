"""After `off` the same checks turn round: what had to be there must be gone, and what was closed must be open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checks.catalogue import checks_of
from checks.lab import Lab
from tests.e2e import harness
from tests.e2e.check.breaking import settle
from tests.e2e.checking import failing, lab_of, run, told, until


@pytest.fixture(scope="module")
def off(up: harness.Lab, admin: Lab) -> Iterator[Lab]:
    """The stack with its policies switched off, as a learner does it; switched on again afterwards."""
    up.must_up("--config", "policies=None")
    yield lab_of(up, up.kubeconfig())
    assert up.pulumi("config", "rm", "policies").returncode == 0
    up.must_up()
    settle(admin, up, 240)


def policy_checks(lab: Lab) -> set[str]:
    return {check.name for check in checks_of(lab) if check.name.startswith("policy/")}


def test_a_stack_without_policies_expects_none_and_finds_none(off: Lab, up: harness.Lab) -> None:
    assert policy_checks(off) == set()
    settle(off, up, 120)
    assert "policies-alone" in {check.name for check in checks_of(off)}


def test_a_stack_with_policies_misses_every_one_of_them(off: Lab, admin: Lab) -> None:
    assert len(policy_checks(admin)) == 12
    assert failing(run(admin)) == policy_checks(admin)


def test_a_policy_that_was_not_switched_off_is_found(off: Lab, up: harness.Lab) -> None:
    up.must_up("--config", "policies=DefaultDeny")
    report = until(lambda: run(off), lambda report: bool(failing(report)))
    assert failing(report) == {"policies-alone"}, told(report)
    some = lab_of(up, up.kubeconfig())
    assert policy_checks(some) == {
        "policy/01-database-default-deny",
        "policy/02-summary-default-deny",
        "policy/03-customer-default-deny",
    }
    settle(some, up, 120)
