"""Address planning as the course teaches it and as AKS documents it, in numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labs.ip_plan import plan, plan_for
from tests.labs.cases import AZURE, BYOCNI, WINDOWS


@pytest.mark.parametrize(
    ("pools", "nodes_take", "upgrade_takes", "needed", "prefix"),
    [
        pytest.param([1], 31, 62, 67, 25, id="the-courses-first-node"),
        pytest.param([2], 62, 93, 98, 25, id="the-courses-second-node"),
        pytest.param([3], 93, 124, 129, 24, id="one-address-too-many-for-a-25"),
        pytest.param([7], 217, 248, 253, 24, id="the-most-that-a-24-holds"),
        pytest.param([8], 248, 279, 284, 23, id="one-node-too-many-for-a-24"),
        pytest.param([50], 1550, 1581, 1586, 21, id="the-example-of-akss-documentation"),
        pytest.param([1, 1], 62, 124, 129, 24, id="a-second-pool-has-a-surge-of-its-own"),
    ],
)
def test_with_azure_cni_every_pod_has_an_address(
    pools: list[int], nodes_take: int, upgrade_takes: int, needed: int, prefix: int
) -> None:
    found = plan_for(pools, 30)
    assert (found.nodes_take, found.upgrade_takes, found.needed) == (nodes_take, upgrade_takes, needed)
    assert (found.addresses_per_node, found.azure_keeps, found.smallest_prefix) == (31, 5, prefix)


@pytest.mark.parametrize(
    ("pools", "pods"), [([n, m], p) for n in (1, 9, 400) for m in (0, 3) for p in (0, 30)]
)
def test_the_smallest_subnet_holds_all_and_one_half_as_large_does_not(pools: list[int], pods: int) -> None:
    found = plan_for(pools, pods)
    assert 2 ** (32 - found.smallest_prefix) >= found.needed
    assert 2 ** (31 - found.smallest_prefix) < found.needed


def test_azure_makes_no_subnet_smaller_than_a_29() -> None:
    assert plan_for([1], 0).smallest_prefix == 29


def test_without_a_cni_only_nodes_have_addresses() -> None:
    assert (plan(BYOCNI).addresses_per_node, plan(BYOCNI).needed) == (1, 8)


def test_windows_nodes_count_and_have_a_surge_node_of_their_own() -> None:
    without = plan(replace(WINDOWS, windows_node_count=0))
    assert (plan(WINDOWS).nodes - without.nodes, plan(WINDOWS).surge_nodes - without.surge_nodes) == (1, 1)


def test_the_plan_is_an_output_that_can_be_read() -> None:
    assert plan(AZURE).as_output() == {
        "addressesPerNode": 31,
        "nodes": 2,
        "surgeNodes": 2,
        "nodesTake": 62,
        "upgradeTakes": 124,
        "azureKeeps": 5,
        "needed": 129,
        "smallestSubnet": "/24",
    }
