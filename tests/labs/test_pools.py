"""Which pools the Linux nodes are in: labels belong to pools, and scaling never replaces one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labs.pools import LinuxPool, linux_pools
from tests.labs.cases import AZURE, BYOCNI, Case, messages


@pytest.mark.parametrize(
    ("count", "pools"),
    [
        (1, [LinuxPool("system", 1, {"node": "first"})]),
        (2, [LinuxPool("system", 1, {"node": "first"}), LinuxPool("second", 1, {"node": "second"})]),
        (3, [LinuxPool("system", 1, {"node": "first"}), LinuxPool("second", 2, {"node": "second"})]),
    ],
    ids=["one", "two", "three"],
)
def test_the_course_labels_its_first_node_and_its_second(count: int, pools: list[LinuxPool]) -> None:
    assert linux_pools(replace(AZURE, node_count=count)) == pools


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_a_lab_without_labels_has_one_pool(count: int) -> None:
    assert linux_pools(replace(BYOCNI, node_count=count)) == [LinuxPool("system", count, {})]


def test_prevent_two_pools_of_one_name() -> None:
    case = Case(
        "second",
        {"node_pool_name": "second"},
        "calico-labs:nodePoolName is 'second' but lab 'azurecni' names the pool of its other nodes so; set it to "
        "'system' (pools of a cluster are found by name)",
        AZURE,
    )
    assert messages(case.settings) == [case.message]


def test_allow_that_name_where_there_is_one_pool() -> None:
    assert messages(replace(BYOCNI, node_pool_name="second")) == []
