"""Pods that have no address yet: a range decides about them if it covers the pod range or misses it, else nobody
knows, and nobody guesses."""

from __future__ import annotations

import functools
import operator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reach.casefiles.read import cluster_of
from reach.ends import find_points, parse_port
from reach.engine import Engine
from reach.explain import explain
from reach.matrix import Cell, Matrix, full_matrix
from reach.model import Workload
from reach.topology import load_lab
from reach.traffic_text import traffic_text
from tests.reach.clusters import Generator, field_of
from tests.reach.project import make_project, policy


def cell(folder: Path, nets: str, source: str = "shop/db") -> tuple[str, str]:
    """Return what may go to the web pod, which lets some ranges in, and what depends."""
    rule = f"{{action: Allow, source: {{nets: [{nets}]}}}}"
    spec = f"{{selector: app == 'web', types: [Ingress], ingress: [{rule}]}}"
    matrix = full_matrix(Engine(load_lab(make_project(folder, policy(spec)), "byocni").cluster))
    return words(matrix, source, "shop/web")


def words(matrix: Matrix, source: str, destination: str) -> tuple[str, str]:
    """Return a cell in words."""
    found = matrix.cell(source, destination)
    assert found is not None
    classes = matrix.engine.traffic
    return traffic_text(classes, found.allowed), traffic_text(classes, found.unknown)


@pytest.mark.parametrize(
    ("nets", "expected"),
    [
        pytest.param("10.244.0.0/16", ("everything", "nothing"), id="the pod range itself"),
        pytest.param("10.0.0.0/8", ("everything", "nothing"), id="a range around it"),
        pytest.param("192.0.2.0/24", ("nothing", "nothing"), id="a range apart from it"),
        pytest.param("10.244.7.0/24", ("nothing", "everything"), id="a part of it"),
        pytest.param(
            "10.244.0.0/17, 10.244.128.0/17", ("everything", "nothing"), id="two halves that cover it"
        ),
    ],
)
def test_a_range_decides_only_if_it_decides_for_every_address(
    tmp_path: Path, nets: str, expected: tuple[str, str]
) -> None:
    assert cell(tmp_path, nets) == expected


SET = """apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: block, labels: {zone: a}}
spec: {nets: [10.244.7.0/24]}
"""


@pytest.mark.parametrize(
    ("source", "more"),
    [
        pytest.param("{nets: [10.244.7.0/24]}", (), id="nets"),
        pytest.param("{notNets: [10.244.7.0/24]}", (), id="notNets"),
        pytest.param("{selector: zone == 'a', namespaceSelector: global()}", (SET,), id="a network set"),
    ],
)
def test_whatever_looks_at_a_part_of_the_pod_range_makes_it_unknown(
    tmp_path: Path, source: str, more: tuple[str, ...]
) -> None:
    rule = f"{{action: Allow, source: {source}}}"
    spec = f"{{selector: app == 'web', types: [Ingress], ingress: [{rule}]}}"
    lab = load_lab(make_project(tmp_path, policy(spec), *more), "byocni")
    assert words(full_matrix(Engine(lab.cluster)), "shop/db", "shop/web") == ("nothing", "everything")


def test_an_outside_address_is_never_unknown(tmp_path: Path) -> None:
    assert cell(tmp_path, "192.0.2.0/24", "outside 192.0.2.0/24") == ("everything", "nothing")
    assert cell(tmp_path, "192.0.2.0/24", "outside, the rest") == ("nothing", "nothing")


def test_only_the_traffic_that_depends_is_unknown(tmp_path: Path) -> None:
    rules = (
        "[{action: Allow, protocol: UDP}, {action: Allow, protocol: TCP, source: {nets: [10.244.7.0/24]}}]"
    )
    spec = f"{{selector: app == 'web', types: [Ingress], ingress: {rules}}}"
    lab = load_lab(make_project(tmp_path, policy(spec)), "byocni")
    assert words(full_matrix(Engine(lab.cluster)), "shop/db", "shop/web") == ("UDP", "TCP")


def test_what_depends_is_explained_by_place(tmp_path: Path) -> None:
    rule = "{action: Allow, source: {nets: [10.244.7.0/24]}}"
    spec = f"{{selector: app == 'web', types: [Ingress], ingress: [{rule}]}}"
    engine = Engine(load_lab(make_project(tmp_path, policy(spec)), "byocni").cluster)
    found = explain(engine, find_points(engine, "db"), find_points(engine, "web"), parse_port("80"))
    assert found.verdict == "unknown"
    allowed = [part for part in found.parts if part.allow]
    assert len(allowed) == 1
    assert allowed[0].depends_on == "from innermost range 10.244.7.0/24"


def test_places_that_depend_on_both_ends_are_named_in_pairs(tmp_path: Path) -> None:
    rules = ", ".join(
        f"{{action: Allow, source: {{nets: [10.244.{net}.0/24]}}, destination: {{nets: [10.244.{net}.0/24]}}}}"
        for net in range(6)
    )
    spec = f"{{selector: app == 'web', types: [Ingress], ingress: [{rules}]}}"
    engine = Engine(load_lab(make_project(tmp_path, policy(spec)), "byocni").cluster)
    found = explain(engine, find_points(engine, "db"), find_points(engine, "web"), parse_port("80"))
    [denied] = [part for part in found.parts if not part.allow]
    pair = "from innermost range 10.244.0.0/16 to innermost range 10.244.0.0/16"
    assert denied.depends_on.startswith(f"{pair}; ")
    assert denied.depends_on.endswith("; 39 more")


def test_pods_of_an_azure_network_are_somewhere_in_the_vnet() -> None:
    lab = load_lab(Path(__file__).resolve().parents[2], "azurecni")
    assert lab.settings.pod_cidr is None
    assert [str(net) for net in lab.cluster.pod_ranges] == [lab.settings.vnet_cidr]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_is_said_of_a_pod_without_an_address_holds_for_every_address_that_it_may_get(seed: int) -> None:
    """Allowed: at all of them. Unknown: at some. Tried with each address of a small pod range, one after the other."""
    cluster = cluster_of(field_of(Generator(seed).case("random", flows=0)))
    first, *others = cluster.workloads
    assert first.address is not None
    pods = "fd00::/125" if first.address.version == 6 else "10.0.0.0/29"
    taken = {pod.address for pod in others}

    def cells(pod: Workload) -> dict[tuple[str, str], Cell]:
        moved = replace(cluster, workloads=(pod, *others), pod_ranges=(ip_network(pods),))
        found = full_matrix(Engine(moved))
        ends = [(pod.id, other.id) for other in others] + [(other.id, pod.id) for other in others]
        return {end: known for end in ends if (known := found.cell(*end)) is not None}

    said = cells(replace(first, address=None))
    tried = [cells(replace(first, address=at)) for at in ip_network(pods) if at not in taken]
    assert said
    for end, known in said.items():
        allowed = [one[end].allowed for one in tried]
        everywhere, somewhere = (
            functools.reduce(operator.and_, allowed),
            functools.reduce(operator.or_, allowed),
        )
        assert (known.allowed, known.unknown) == (everywhere, somewhere & ~everywhere), end
