"""What the benchmark of stacks and policies computes from what it measured; nothing is measured here."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.policies import Cost, write_policies
from bench.stacks import Sum, heaviest, linearity, tables
from labs.manifests import load_folder
from preview.every_stack import Previewed, Previews


def cost(policies: int, on: float) -> Cost:
    return Cost(policies, on, on / 2, on, 1.0, 1.0, 1024)


def test_equal_cost_of_each_policy_is_linear_whatever_the_start_takes() -> None:
    assert linearity([(10, 5.0), (100, 14.0), (1000, 104.0)]) == pytest.approx(1.0)


def test_a_policy_that_costs_twice_as_much_among_many_shows() -> None:
    assert linearity([(10, 5.0), (100, 14.0), (1000, 194.0)]) == pytest.approx(2.0)


def test_the_previews_are_compared_with_as_many_of_an_empty_program() -> None:
    previews = Previews((Previewed("a", 3.0, 10), Previewed("b", 3.0, 10)), seconds=5.0)
    assert Sum(previews, empty=2.0).ratio == pytest.approx(1.25)


def test_the_heaviest_resource_is_named_with_its_part() -> None:
    light = {"urn": "urn:pulumi:a::b::c::light"}
    assert heaviest([light, {"urn": "urn:pulumi:a::b::c::heavy", "x": "y" * 1000}]).startswith("heavy, 9")


def test_the_policies_are_ones_that_a_lab_could_have(tmp_path: Path) -> None:
    bodies = write_policies(tmp_path / "nke", 12)
    assert [manifest.body for manifest in load_folder(tmp_path / "nke")] == bodies


def test_the_title_of_the_costs_names_the_policies_that_it_compares() -> None:
    costs = [cost(10, 5.0), cost(100, 14.0), cost(1000, 194.0)]
    *_, (title, _, _) = tables([], Sum(Previews((Previewed("a", 3.0, 10),), 3.0), 2.0), costs)
    assert title == (
        "Policies in one stack; each of policies 101 to 1000 takes 2.00 times as long as each of 11 to 100, "
        "2.00 times if the state is written only at the end"
    )


def test_every_figure_has_its_column() -> None:
    previews = Previews((Previewed("a", 3.0, 10),), seconds=3.0)
    costs = [cost(10, 5.0), cost(100, 14.0), cost(1000, 104.0)]
    for _, head, rows in tables([], Sum(previews, 2.0), costs):
        assert {len(row) for row in rows} <= {len(head)}
