"""Clusters that are nobody's cloud's: kept over a restart, and found by their kubeconfig."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from sandbox.arm.plain_clusters import PLAIN_VERSION
from tests.sandbox.arm.arm_fakes import SUBSCRIPTION, Answer, Azure

PLAIN = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/plain/providers/CalicoLabs.Sandbox/plainClusters/plain"


def put(azure: Azure, id: str = PLAIN, **properties: Any) -> Answer:
    return azure.put(id, {"properties": properties}, PLAIN_VERSION)


def test_it_has_a_master_and_workers_and_no_cni(azure: Azure) -> None:
    assert put(azure, nodes=3).status == 201
    (spec,) = azure.clusters.running.values()
    assert (spec.network_plugin, spec.location, spec.name) == ("none", "plain", "plain")
    assert {name: pool.count for name, pool in azure.clusters.pools[PLAIN.lower()].items()} == {
        "master": 1,
        "worker": 2,
    }


def test_it_may_come_with_calico(azure: Azure) -> None:
    put(azure, calico=True)
    (spec,) = azure.clusters.running.values()
    assert spec.network_plugin == "calico"


def test_its_kubeconfig_is_asked_for(azure: Azure) -> None:
    put(azure)
    answer = azure.call("POST", f"{PLAIN}/kubeconfig", version=PLAIN_VERSION)
    assert yaml.safe_load(answer.body["kubeconfig"])["clusters"]


def test_asking_for_it_again_changes_the_number_of_nodes(azure: Azure) -> None:
    put(azure, nodes=3)
    assert put(azure, nodes=2).status == 200
    assert azure.clusters.pools[PLAIN.lower()]["worker"].count == 1


def test_a_cluster_does_not_change_its_kind(azure: Azure) -> None:
    put(azure)
    assert put(azure, calico=True).error == (
        409,
        "PlainClusterExists",
        "The cluster 'plain' is there already, and was made otherwise; remove it first.",
    )


@pytest.mark.parametrize(
    ("id", "nodes", "code"),
    [(PLAIN.removesuffix("plain") + "P_", 3, "InvalidName"), (PLAIN, 0, "InvalidNodeCount")],
)
def test_what_cannot_run_is_refused(azure: Azure, id: str, nodes: int, code: str) -> None:
    assert put(azure, id, nodes=nodes).error[:2] == (400, code)


def test_it_comes_back_after_a_restart(azure: Azure) -> None:
    put(azure, nodes=2)
    azure.restart()
    assert list(azure.clusters.running) == [PLAIN.lower()]
    assert azure.clusters.pools[PLAIN.lower()]["worker"].count == 1


def test_it_is_removed_once_and_for_all(azure: Azure) -> None:
    put(azure)
    assert azure.call("DELETE", PLAIN, version=PLAIN_VERSION).status == 204
    assert azure.clusters.running == {}
    assert azure.call("GET", PLAIN, version=PLAIN_VERSION).error[:2] == (404, "PlainClusterNotFound")
    assert azure.call("DELETE", PLAIN, version=PLAIN_VERSION).status == 204
