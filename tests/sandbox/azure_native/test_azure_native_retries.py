"""What the provider sends again, and what it does not: the rules of the real one (see `client.py`)."""

from __future__ import annotations

import threading
import time

import pytest

from sandbox.arm.faults import FAULTS_VERSION
from sandbox.plugins.azure_native import client
from sandbox.plugins.azure_native.provider import AzureNative
from sandbox.plugins.server import InitFailedError, ProviderError
from tests.sandbox.arm.arm_fakes import Azure
from tests.sandbox.azure_native.native_inputs import (
    CLUSTER,
    CLUSTER_ID,
    GROUP,
    SUBSCRIPTION,
    cluster,
    context,
    group,
    make,
    make_cluster,
)

FAULTS = f"{SUBSCRIPTION}/resourceGroups/sandbox/providers/CalicoLabs.Sandbox/faults/armed"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow each other at once; how many there are stays."""
    monkeypatch.setattr(client, "_PAUSES", (0.01,) * len(client._PAUSES))


def arm(azure: Azure, moment: str, kind: str, times: int = 1, seconds: float = 0.01) -> None:
    fault = {"moment": moment, "kind": kind, "times": times, "seconds": seconds}
    assert azure.put(FAULTS, {"properties": {"faults": [fault]}}, FAULTS_VERSION).status == 200


def left(azure: Azure) -> int:
    faults = azure.call("GET", FAULTS, version=FAULTS_VERSION).body["properties"]["faults"]
    return sum(fault["times"] for fault in faults)


@pytest.mark.parametrize("kind", ["throttled", "server-error", "answer-lost"])
@pytest.mark.parametrize("moment", ["cluster-create", "cluster-read"])
def test_passing_trouble_is_not_seen_by_the_user(
    azure: Azure, provider: AzureNative, kind: str, moment: str
) -> None:
    make(provider, GROUP, group())
    arm(azure, moment, kind, times=1 if kind == "answer-lost" else 3)
    id, _, outputs = make(provider, CLUSTER, cluster())
    assert (id, outputs["provisioningState"]) == (CLUSTER_ID, "Succeeded")
    assert left(azure) == 0
    assert len(azure.clusters.running) == 1


@pytest.mark.parametrize(
    ("kind", "status"), [("throttled", 429), ("server-error", 500)], ids=["throttled", "server-error"]
)
def test_fourth_refusal_is_the_answer(azure: Azure, provider: AzureNative, kind: str, status: int) -> None:
    arm(azure, "group-create", kind, times=9)
    with pytest.raises(ProviderError, match=rf"^Status={status} Code="):
        provider.create(context(GROUP), group())
    assert left(azure) == 5


@pytest.mark.parametrize(
    ("kind", "status"),
    [("busy", 409), ("forbidden", 403), ("quota", 400)],
    ids=["busy", "forbidden", "quota"],
)
def test_refusal_that_does_not_pass_is_the_answer_at_once_and_nothing_is_in_the_state(
    azure: Azure, provider: AzureNative, kind: str, status: int
) -> None:
    make(provider, GROUP, group())
    arm(azure, "cluster-create", kind, times=2)
    with pytest.raises(ProviderError, match=rf"^Status={status} Code=") as refused:
        provider.create(context(CLUSTER), cluster())
    assert not isinstance(refused.value, InitFailedError)
    assert left(azure) == 1


def test_retry_after_longer_than_two_minutes_is_not_waited_for(azure: Azure, provider: AzureNative) -> None:
    arm(azure, "group-create", "throttled", times=2, seconds=121)
    with pytest.raises(ProviderError, match=r"^Status=429"):
        provider.create(context(GROUP), group())
    assert left(azure) == 1


def test_retry_after_is_waited_for(azure: Azure, provider: AzureNative) -> None:
    arm(azure, "group-create", "throttled", seconds=0.5)
    began = time.monotonic()
    provider.create(context(GROUP), group())
    assert time.monotonic() - began >= 0.5


def test_time_limit_ends_a_wait_before_it_begins(azure: Azure, provider: AzureNative) -> None:
    arm(azure, "group-create", "throttled", seconds=60)
    began = time.monotonic()
    with pytest.raises(ProviderError, match=r"^operation timed out$"):
        provider.create(context(GROUP, timeout=30.0), group())
    assert time.monotonic() - began < 25


def test_ctrl_c_ends_a_wait(azure: Azure, provider: AzureNative) -> None:
    arm(azure, "group-create", "throttled", seconds=60)
    threading.Timer(0.3, provider.cancelled.set).start()
    with pytest.raises(ProviderError, match=r"^operation cancelled$"):
        provider.create(context(GROUP), group())


def test_failed_operation_is_not_sent_again_and_stays_in_the_state(
    azure: Azure, provider: AzureNative
) -> None:
    make(provider, GROUP, group())
    arm(azure, "cluster-create", "fails-late", times=2)
    with pytest.raises(InitFailedError) as failed:
        provider.create(context(CLUSTER), cluster())
    assert left(azure) == 1
    assert failed.value.outputs["provisioningState"] == "Failed"
    assert failed.value.reasons == [
        'Status=200 Code="InternalOperationError" Message="Internal server error (cluster-create)."'
    ]


def test_answer_that_never_comes_says_that_nobody_knows(azure: Azure, provider: AzureNative) -> None:
    # The first try creates the group, so the further ones find it.
    faults = [
        {"moment": "group-create", "kind": "answer-lost"},
        {"moment": "group-update", "kind": "answer-lost", "times": 3},
    ]
    assert azure.put(FAULTS, {"properties": {"faults": faults}}, FAULTS_VERSION).status == 200
    with pytest.raises(ProviderError, match=r"the connection broke before the answer .* is not known$"):
        provider.create(context(GROUP), group())
    with pytest.raises(ProviderError, match=r"^cannot create already existing resource"):
        provider.create(context(GROUP), group())


def test_delete_is_tried_again_too(azure: Azure, provider: AzureNative) -> None:
    id, inputs, outputs = make_cluster(provider)
    arm(azure, "cluster-delete", "answer-lost")
    provider.delete(context(CLUSTER), id, inputs, outputs)
    assert azure.get(CLUSTER_ID).status == 404
