"""Sources and targets come from the application's own files."""

from __future__ import annotations

import pytest

from checks.traffic.ends import OUTSIDER, closes_addresses, sources, targets
from checks.traffic.script import Probe
from tests.checks.fakes import FakeApi, lab_of


@pytest.mark.parametrize(
    ("stack", "names"),
    [
        ("byocni", ["database", "summary", "customer", OUTSIDER]),
        ("azurecni", ["database", "summary", "customer", OUTSIDER]),
        ("windows", ["anyone in win-web-demo", OUTSIDER]),
        ("nke", ["redis-leader", "redis-follower", "frontend", "anyone in testns", OUTSIDER]),
    ],
)
def test_a_source_stands_in_the_place_of_each_linux_workload(stack: str, names: list[str]) -> None:
    found = sources(lab_of(stack, FakeApi()).app, "own")
    assert [source.name for source in found] == names
    assert found[-1].namespace == "own"
    assert not found[-1].labels


def test_a_source_wears_labels_and_account_of_its_workload() -> None:
    found = {source.name: source for source in sources(lab_of("byocni", FakeApi()).app, "own")}
    assert (dict(found["customer"].labels), found["customer"].service_account) == (
        {"app": "customer"},
        "customer",
    )
    assert found["customer"].namespace == "yaobank-customer"


def test_a_port_that_two_services_name_is_asked_for_once() -> None:
    found = [target.name for target in targets(lab_of("byocni", FakeApi()).app)]
    assert found == [
        "database.yaobank-database:2379",
        "summary.yaobank-summary:80",
        "customer.yaobank-customer:80",
    ]


def test_a_load_balancer_is_asked_for_if_no_other_service_names_its_pods() -> None:
    found = [target.name for target in targets(lab_of("windows", FakeApi()).app)]
    assert found == ["win-container-service.win-web-demo:80"]


@pytest.mark.parametrize(("stack", "closes"), [("nke", True), ("byocni", False), ("azurecni", False)])
def test_addresses_outside_are_tried_where_a_policy_closes_some(stack: str, closes: bool) -> None:
    assert closes_addresses(lab_of(stack, FakeApi()).policy_files) is closes


def test_an_address_outside_is_a_target_without_pods() -> None:
    (target,) = targets([], [Probe("192.0.2.1", 53)])
    assert (target.name, target.outside) == ("192.0.2.1:53", True)
