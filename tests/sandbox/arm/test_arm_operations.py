"""Operations: one at a time a cluster, finished after a restart, mended after a failure, as slow as wished."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.clusters.spec import ClusterSpec
from tests.sandbox.arm.arm_fakes import CLUSTER, GROUP, Answer, Azure, FakeClusters, cluster, pool
from tests.sandbox.arm.test_arm_plain_clusters import PLAIN, put

OTHER = CLUSTER.replace("lab-aks", "other-aks")
POOL = f"{CLUSTER}/agentPools/more"
WAIT = "is in progress, please wait for it to finish before starting a new operation."
MORE = "See https://aka.ms/aks-pending-operation for more details"


class Background:
    """One call in a thread of its own."""

    def __init__(self, call: Callable[[], Answer]) -> None:
        self._answers: list[Answer] = []
        self._thread = threading.Thread(target=lambda: self._answers.append(call()))
        self._thread.start()

    @property
    def waits(self) -> bool:
        return self._thread.is_alive()

    def answer(self) -> Answer:
        self._thread.join(20)
        return self._answers[0]


def hold(azure: Azure, call: Callable[[], Answer]) -> Background:
    """Begin an operation that waits until the gate opens."""
    azure.clusters.gate = threading.Event()
    running = Background(call)
    assert azure.clusters.waiting.wait(20)
    return running


def open_gate(azure: Azure) -> None:
    assert azure.clusters.gate is not None
    azure.clusters.gate.set()


def test_second_operation_on_a_cluster_is_refused(azure: Azure) -> None:
    azure.make_group()
    creating = hold(azure, lambda: azure.put(CLUSTER, cluster()))
    error = (
        409,
        "OperationNotAllowed",
        f"Operation is not allowed: Another operation (Creating) {WAIT} {MORE}",
    )
    assert azure.put(CLUSTER, cluster()).error == error
    assert azure.put(POOL, pool()).error == error
    assert azure.delete(POOL).error == error
    open_gate(azure)
    assert creating.answer().status == 201
    assert azure.put(POOL, pool()).status == 201


def test_second_operation_on_a_pool_is_refused(azure: Azure) -> None:
    azure.make_cluster()
    azure.clusters.waiting.clear()
    azure.clusters.pool_gate = threading.Event()
    creating = Background(lambda: azure.put(POOL, pool()))
    assert azure.clusters.waiting.wait(20)
    assert azure.put(CLUSTER, cluster()).error == (
        409,
        "OperationNotAllowed",
        f"Operation is not allowed: Another agentpool operation (more - Creating) {WAIT} {MORE}",
    )
    azure.clusters.pool_gate.set()
    assert creating.answer().status == 201


def test_half_made_cluster_can_be_seen(azure: Azure) -> None:
    azure.make_group()
    creating = hold(azure, lambda: azure.put(CLUSTER, cluster()))
    body = azure.get(CLUSTER).body
    assert body["properties"]["provisioningState"] == "Creating"
    assert "fqdn" not in body["properties"]
    open_gate(azure)
    creating.answer()


def test_deleting_waits_for_what_is_going_on(azure: Azure) -> None:
    azure.make_group()
    creating = hold(azure, lambda: azure.put(CLUSTER, cluster()))
    deleting = Background(lambda: azure.delete(CLUSTER))
    open_gate(azure)
    assert creating.answer().status == 201
    assert deleting.answer().status == 204
    assert azure.get(CLUSTER).status == 404
    assert azure.clusters.running == {}


def test_two_clusters_are_made_at_once(azure: Azure) -> None:
    azure.make_group()
    first = hold(azure, lambda: azure.put(CLUSTER, cluster()))
    azure.clusters.waiting.clear()
    second = Background(lambda: azure.put(OTHER, cluster(dnsPrefix="other")))
    assert azure.clusters.waiting.wait(20)
    open_gate(azure)
    assert (first.answer().status, second.answer().status) == (201, 201)
    assert sorted(spec.name for spec in azure.clusters.running.values()) == ["lab-aks", "other-aks"]
    assert azure.get(CLUSTER).body["properties"]["dnsPrefix"] == "lab"
    assert azure.get(OTHER).body["properties"]["dnsPrefix"] == "other"


def test_failed_cluster_stays_and_a_second_try_mends_it(azure: Azure) -> None:
    azure.make_group()
    azure.clusters.broken = "kube-apiserver did not start"
    error = (200, "InternalOperationError", "kube-apiserver did not start")
    assert azure.put(CLUSTER, cluster()).error == error
    body = azure.get(CLUSTER).body
    assert body["properties"]["provisioningState"] == "Failed"
    assert body["properties"]["agentPoolProfiles"][0]["provisioningState"] == "Failed"
    azure.clusters.broken = ""
    answer = azure.put(CLUSTER, cluster())
    assert (answer.status, answer.body["properties"]["provisioningState"]) == (200, "Succeeded")


def test_failed_cluster_can_be_deleted(azure: Azure) -> None:
    azure.make_group()
    azure.clusters.broken = "kube-apiserver did not start"
    azure.put(CLUSTER, cluster())
    azure.clusters.broken = ""
    assert azure.delete(CLUSTER).status == 204
    assert azure.get(CLUSTER).status == 404


def test_pool_of_a_cluster_that_does_not_run_can_be_deleted(azure: Azure) -> None:
    azure.make_cluster()
    azure.put(POOL, pool())
    azure.clusters.broken = "the sandbox runs no such cluster"
    assert azure.delete(POOL).error == (200, "AgentPoolOperationError", "the sandbox runs no such cluster")
    azure.put(CLUSTER, cluster())
    assert azure.delete(POOL).status == 204


def test_cluster_that_does_not_stop_stays(azure: Azure) -> None:
    azure.make_cluster()
    azure.clusters.broken = "etcd does not stop"
    assert azure.delete(CLUSTER).error == (200, "InternalOperationError", "etcd does not stop")
    assert azure.get(CLUSTER).body["properties"]["provisioningState"] == "Failed"


def test_everything_is_there_after_a_restart_and_runs_again(azure: Azure) -> None:
    azure.make_cluster()
    azure.put(POOL, pool(count=4))
    before = [azure.get(path).body for path in (GROUP, CLUSTER, POOL)]
    azure.restart()
    assert [azure.get(path).body for path in (GROUP, CLUSTER, POOL)] == before
    assert azure.clusters.calls == ["start lab-aks", "set_pool system 2", "set_pool more 4"]


def test_restart_finishes_what_was_begun(tmp_path: Path, azure: Azure) -> None:
    azure.make_cluster()
    for state, status in (("Creating", 200), ("Deleting", 404)):
        text = azure.store_path.read_text(encoding="utf-8")
        azure.server.stop()
        azure.store_path.write_text(text.replace('"Succeeded"', f'"{state}"'), encoding="utf-8")
        azure.restart()
        answer = azure.get(CLUSTER)
        assert answer.status == status
        if status == 200:
            assert answer.body["properties"]["provisioningState"] == "Succeeded"


def mark(azure: Azure, path: str, state: str) -> None:
    """End the stand-in as a kill would, with this resource in that state."""
    azure.server.stop()
    stored = json.loads(azure.store_path.read_text(encoding="utf-8"))
    (found,) = [item for item in stored["resources"] if item["id"].lower() == path.lower()]
    found["properties"]["provisioningState"] = state
    azure.store_path.write_text(json.dumps(stored), encoding="utf-8")


def test_restart_finishes_deleting_a_group_with_all_in_it(azure: Azure) -> None:
    """Every request for such a group is refused, so that nobody else could."""
    azure.make_cluster()
    mark(azure, GROUP, "Deleting")
    azure.restart()
    assert (azure.get(CLUSTER).status, azure.get(GROUP).status) == (404, 404)
    assert azure.clusters.calls == ["stop lab-aks"]
    azure.make_cluster()


def test_restart_takes_no_time_for_what_it_finishes(tmp_path: Path) -> None:
    """Whoever starts the sandbox waits for it, and not as long as Azure takes for a cluster."""
    quick = Azure(tmp_path)
    quick.make_cluster()
    mark(quick, CLUSTER, "Deleting")
    started = time.monotonic()
    slow = Azure(tmp_path, delay=20.0)
    took = time.monotonic() - started
    try:
        assert slow.get(CLUSTER).status == 404
    finally:
        slow.server.stop()
    assert took < 10


def test_stored_clusters_come_back_some_at_once(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other they would take too long to wait for; all of many would keep each other from it."""
    azure.make_cluster()
    for number in range(5):
        put(azure, f"{PLAIN}-{number}")
    others, lock = threading.Barrier(2), threading.Lock()
    now: set[str] = set()
    most: list[int] = []
    start = FakeClusters.start

    def slowly(self: FakeClusters, spec: ClusterSpec) -> None:
        with lock:
            now.add(spec.id)
            most.append(len(now))
        others.wait(20)
        time.sleep(0.1)
        with lock:
            now.remove(spec.id)
        start(self, spec)

    monkeypatch.setattr(FakeClusters, "start", slowly)
    azure.restart()
    assert len(azure.clusters.running) == 6
    assert 2 <= max(most) <= 4


def test_cluster_that_does_not_come_back_does_not_stop_the_others(azure: Azure) -> None:
    azure.make_cluster()
    azure.server.stop()
    azure.clusters.broken = "no disk"
    azure.__post_init__()
    assert azure.get(CLUSTER).body["properties"]["provisioningState"] == "Failed"


def test_delay_makes_operations_as_slow_as_wished_in_proportion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Azure(tmp_path, delay=100.0)
    waited: list[float] = []
    monkeypatch.setattr(slow.server._pace._stopped, "wait", waited.append)
    try:
        slow.make_cluster()
        slow.put(POOL, pool())
    finally:
        slow.server.stop()
    assert waited == [2.0, 100.0, 60.0]  # resource group, cluster, pool


def test_stopping_ends_the_waiting(tmp_path: Path) -> None:
    slow = Azure(tmp_path, delay=6000.0)  # two minutes for a resource group
    making = Background(lambda: slow.put(GROUP, {"location": "canadacentral"}))
    time.sleep(0.2)
    assert making.waits
    slow.server.stop()
    assert making.answer().status == 201
