"""Nothing depends on the order in which files are read."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reach.casefiles.read import cluster_of, expectations
from reach.errors import InputError
from reach.matrix import full_matrix
from reach.model import Direction
from tests.reach.clusters import Generator, engine_of, field_of, verdicts


def shuffled(value: dict[str, Any], source: random.Random) -> dict[str, Any]:
    """Return a case with every list of objects in another order."""
    return {
        key: source.sample(inner, len(inner)) if isinstance(inner, list) and key != "expect" else inner
        for key, inner in value.items()
    }


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), order=st.integers(0, 10**6))
def test_verdicts_do_not_depend_on_the_order_of_objects(seed: int, order: int) -> None:
    case = Generator(seed).case("random", flows=20)
    again = shuffled(case, random.Random(order))
    assert verdicts(engine_of(again), again) == verdicts(engine_of(case), case)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_every_flow_has_exactly_one_deciding_reason_on_each_side(seed: int) -> None:
    engine = engine_of(Generator(seed).case("random", flows=0))
    for direction in Direction:
        for point in engine.universe.points:
            left: dict[int, int] = {}
            for decision in engine.decide(direction, point):
                for peer in range(len(engine.universe.points)):
                    if decision.peers >> peer & 1:
                        assert not left.get(peer, 0) & decision.traffic
                        left[peer] = left.get(peer, 0) | decision.traffic
            alike = [other.number for other in engine.universe.points if other.version == point.version]
            assert left == dict.fromkeys(alike, engine.traffic.everything)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_flows_of_one_class_are_decided_alike_and_classes_have_edges_where_rules_have(seed: int) -> None:
    """The matrix, computed for classes, says for every flow what the flow's own verdict says."""
    case = Generator(seed).case("random", flows=20)
    engine = engine_of(case)
    matrix = full_matrix(engine)
    for expected, verdict in zip(expectations(field_of(case)), verdicts(engine, case), strict=True):
        if not (expected.source.startswith("ip:") or expected.destination.startswith("ip:")):
            cell = matrix.cell(expected.source, expected.destination)
            assert cell is not None
            assert bool(cell.allowed & engine.traffic.class_of(expected.flow)) is verdict


@pytest.mark.parametrize(
    ("case", "by_name"),
    [
        ({}, True),
        ({"release": "v3.28"}, False),
        ({"release": "v3.31.2"}, False),
        ({"release": "v3.32"}, True),
        ({"release": "v4.0"}, True),
    ],
)
def test_the_release_of_a_case_says_how_equal_orders_are_decided(case: dict[str, Any], by_name: bool) -> None:
    assert cluster_of(field_of(case)).names_break_ties is by_name


def test_a_release_of_a_case_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match=r"release is 'newest' but not a release; write one such as v3\.28"):
        cluster_of(field_of({"release": "newest"}))
