"""What a stack deploys is what is judged: the same files, the same choice of policies, nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from components.compose import manifests_of
from labs.enums import PolicySet
from labs.errors import LabError, RulesError
from labs.stack_files import settings_of
from reach.engine import Engine
from reach.exposure import Reach, exposures
from reach.lint import lint
from reach.matrix import full_matrix
from reach.topology import deployed, load_lab
from reach.traffic_text import traffic_text
from reach.universe import Region
from tests.reach.project import APP, DENY, make_project, policy

ROOT = Path(__file__).resolve().parents[2]
STACKS = sorted(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml"))


def test_there_are_stacks() -> None:
    assert "byocni" in STACKS


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_of_this_repository_can_be_judged(stack: str) -> None:
    lab = load_lab(ROOT, stack)
    matrix = full_matrix(Engine(lab.cluster))
    assert len(matrix.parties) > 2
    assert all(cell is None or not cell.unknown for row in matrix.cells for cell in row)
    lint(lab)


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("policies", list(PolicySet))
def test_the_program_deploys_what_is_judged(stack: str, policies: PolicySet) -> None:
    settings = replace(settings_of(ROOT, stack), policies=policies)
    try:
        app, chosen = manifests_of(settings)
    except RulesError as refused:
        with pytest.raises(RulesError, match=f"^{re.escape(str(refused))}$"):
            deployed(ROOT, settings)
        return
    names = [(manifest.path, manifest.line) for manifest in (*app, *chosen)]
    assert [(manifest.path, manifest.line) for manifest in deployed(ROOT, settings)] == names


def test_the_byocni_lab_lets_through_what_its_files_say() -> None:
    matrix = full_matrix(Engine(load_lab(ROOT, "byocni").cluster))
    names = [party.name for party in matrix.parties if party.workload]
    found = {
        (source, destination): traffic_text(matrix.engine.traffic, cell.allowed)
        for source in names
        for destination in names
        if (cell := matrix.cell(source, destination)) is not None and cell.allowed
    }
    dns = {
        (f"yaobank-{tier}/{tier}", "kube-system/coredns"): "TCP 53; UDP 53"
        for tier in ("customer", "summary", "database")
    }
    assert found == {
        ("yaobank-customer/customer", "yaobank-summary/summary"): "TCP 80",
        ("yaobank-summary/summary", "yaobank-database/database"): "TCP 2379",
        ("kube-system/coredns", "kube-system/coredns"): "everything",
        **dns,
    }


def test_without_the_calico_policy_pods_reach_the_web_page(tmp_path: Path) -> None:
    allow = policy("{order: 1, types: [Ingress], ingress: [{action: Allow}]}")
    for config, expected in (("", "everything"), ("  calico-labs:policies: Kubernetes\n", "nothing")):
        lab = load_lab(make_project(tmp_path, DENY, allow, config=config), "byocni")
        matrix = full_matrix(Engine(lab.cluster))
        cell = matrix.cell("shop/db", "shop/web")
        assert cell is not None
        assert traffic_text(matrix.engine.traffic, cell.allowed) == expected


@pytest.mark.parametrize(
    ("config", "sources"),
    [
        pytest.param("", (Region.NODES, Region.POD_RANGE), id="kube-proxy hides the client behind a node"),
        pytest.param("  calico-labs:dataplane: BPF\n", (Region.WORLD,), id="eBPF keeps the client's address"),
    ],
)
def test_clients_of_a_load_balancer_appear_with(
    tmp_path: Path, config: str, sources: tuple[Region, ...]
) -> None:
    lab = load_lab(make_project(tmp_path, DENY, config=config), "byocni")
    assert lab.entry_points[0].sources == sources
    assert lab.entry_points[0].target_port == 8080


@pytest.mark.parametrize(
    ("nets", "config", "expected"),
    [
        pytest.param("0.0.0.0/0", "", Reach.OPEN, id="open"),
        pytest.param("198.51.100.0/24", "", Reach.CLOSED, id="a client range, but nodes hide clients"),
        pytest.param(
            "198.51.100.0/24", "  calico-labs:dataplane: BPF\n", Reach.PARTLY, id="a client range on eBPF"
        ),
    ],
)
def test_a_way_in_from_outside_is(tmp_path: Path, nets: str, config: str, expected: Reach) -> None:
    allow = policy(f"{{types: [Ingress], ingress: [{{action: Allow, source: {{nets: [{nets}]}}}}]}}")
    lab = load_lab(make_project(tmp_path, allow, config=config), "byocni")
    assert [found.reach for found in exposures(Engine(lab.cluster), lab.entry_points)] == [expected]


def test_pods_on_the_hosts_network_are_no_workloads(tmp_path: Path) -> None:
    app = APP.replace("spec: {containers: [{name: db", "spec: {hostNetwork: true, containers: [{name: db")
    lab = load_lab(make_project(tmp_path, app=app), "byocni")
    assert [workload.id for workload in lab.cluster.workloads] == ["shop/web", "kube-system/coredns"]


def test_two_workloads_of_one_name_are_refused(tmp_path: Path) -> None:
    app = APP.replace("kind: Deployment\nmetadata: {name: db,", "kind: StatefulSet\nmetadata: {name: web,")
    with pytest.raises(LabError) as refused:
        Engine(load_lab(make_project(tmp_path, app=app), "byocni").cluster)
    assert str(refused.value) == (
        "apps/yaobank-org/10-app.yaml:13: shop/web is a StatefulSet but another workload has that name; "
        "give each workload of a namespace a name of its own (answers are given by namespace and name)"
    )


def test_a_stack_may_have_a_dot_in_its_name(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    (project / "Pulumi.byocni.yaml").rename(project / "Pulumi.byocni.eu.yaml")
    assert load_lab(project, "byocni.eu").settings.stack == "byocni.eu"
    with pytest.raises(LabError, match=r"choose one of byocni\.eu \(a stack"):
        load_lab(project, "byocni")
