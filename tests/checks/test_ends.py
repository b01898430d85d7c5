"""Sources and targets come from the application's own files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checks.traffic.ends import OUTSIDER, Source, closes_addresses, sources, targets
from checks.traffic.pods import pod_name
from checks.traffic.script import Probe
from labs.manifests import Manifest
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


def workload(kind: str, namespace: str, name: str) -> Manifest:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": []}}
    body = {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"template": template},
    }
    return Manifest(Path("app.yaml"), 1, body)


def test_workloads_of_one_name_are_sources_of_their_own() -> None:
    found = sources(
        [
            workload("Deployment", "a", "web"),
            workload("StatefulSet", "a", "web"),
            workload("Deployment", "b", "web"),
            workload("Deployment", "b", "api"),
            workload("Deployment", "b", OUTSIDER),
        ],
        "own",
    )
    assert [source.name for source in found] == [
        "Deployment a/web",
        "StatefulSet a/web",
        "Deployment b/web",
        "api",
        "Deployment b/outsider",
        OUTSIDER,
    ]
    assert len({(source.namespace, pod_name(source, "r1")) for source in found}) == len(found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            Source("node", "x", node="n" * 60 + "1"), Source("node", "x", node="n" * 60 + "2"), id="cut"
        ),
        pytest.param(Source("web.1", "x"), Source("web-1", "x"), id="a dot"),
    ],
)
def test_pods_of_two_sources_have_two_names(one: Source, other: Source) -> None:
    names = {pod_name(one, "r1"), pod_name(other, "r1")}
    assert len(names) == 2
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name) for name in names)


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
