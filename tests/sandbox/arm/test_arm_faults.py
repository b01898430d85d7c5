"""Faults on demand: what each does to a request, and that nothing goes wrong that nobody asked for."""

from __future__ import annotations

import http.client
from typing import Any

import pytest

from sandbox.arm.faults import FAULTS_VERSION, MOMENTS, Kind
from tests.sandbox.arm.arm_fakes import CLUSTER, GROUP, SUBSCRIPTION, Answer, Azure, cluster, pool

FAULTS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/sandbox/providers/CalicoLabs.Sandbox/faults/armed"
POOL = f"{CLUSTER}/agentPools/more"


def arm(azure: Azure, *faults: dict[str, Any]) -> Answer:
    return azure.put(FAULTS, {"properties": {"faults": list(faults)}}, FAULTS_VERSION)


def armed(azure: Azure) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = azure.call("GET", FAULTS, version=FAULTS_VERSION).body["properties"][
        "faults"
    ]
    return found


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (
            Kind.THROTTLED,
            (429, "TooManyRequests", "The request is being throttled. Try again after 2 seconds."),
        ),
        (
            Kind.BUSY,
            (
                409,
                "OperationNotAllowed",
                (
                    "Operation is not allowed: Another operation (Updating) is in progress, please wait for it to"
                    " finish before starting a new operation. See https://aka.ms/aks-pending-operation for more details"
                ),
            ),
        ),
        (Kind.SERVER_ERROR, (500, "InternalServerError", "An internal error occurred.")),
        (
            Kind.FORBIDDEN,
            (
                403,
                "AuthorizationFailed",
                (
                    "The client '00000000-0000-0000-0000-0000000000b0' with object id"
                    " '00000000-0000-0000-0000-0000000000b0' does not have authorization to perform action"
                    " 'Microsoft.ContainerService/managedClusters/write' over scope"
                    f" '{CLUSTER.replace('resourceGroups', 'resourcegroups')}' or the scope is invalid. If access was"
                    " recently granted, please refresh your credentials."
                ),
            ),
        ),
        (
            Kind.QUOTA,
            (
                400,
                "ErrCode_InsufficientVCPUQuota",
                (
                    "Insufficient vcpu quota requested 8, remaining 0 for family standardDSv5Family for region"
                    " canadacentral."
                ),
            ),
        ),
    ],
)
def test_refusing_fault_answers_as_azure_does_and_nothing_is_done(
    azure: Azure, kind: Kind, error: tuple[int, str, str]
) -> None:
    azure.make_group()
    assert arm(azure, {"moment": "cluster-create", "kind": kind, "seconds": 2}).status == 200
    assert azure.put(CLUSTER, cluster()).error == error
    assert azure.get(CLUSTER).status == 404
    assert azure.clusters.calls == []
    assert azure.put(CLUSTER, cluster()).status == 201, "once means once"


def test_throttling_says_when_to_come_back(azure: Azure) -> None:
    arm(azure, {"moment": "group-create", "kind": "throttled", "seconds": 17})
    host = azure.server.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host)
    headers = {"Authorization": f"Bearer {azure.server.token}"}
    connection.request("PUT", f"{GROUP}?api-version=2024-03-01", '{"location": "canadacentral"}', headers)
    assert connection.getresponse().getheader("Retry-After") == "17"
    connection.close()


def test_create_that_fails_late_leaves_a_failed_resource_and_a_second_put_mends_it(azure: Azure) -> None:
    azure.make_group()
    arm(azure, {"moment": "cluster-create", "kind": "fails-late", "seconds": 0})
    answer = azure.put(CLUSTER, cluster())
    assert (answer.status, answer.body["status"]) == (200, "Failed")
    assert answer.error == (200, "InternalOperationError", "Internal server error (cluster-create).")
    assert azure.get(CLUSTER).body["properties"]["provisioningState"] == "Failed"
    assert azure.put(CLUSTER, cluster()).body["properties"]["provisioningState"] == "Succeeded"


def test_delete_that_fails_late_deletes_nothing(azure: Azure) -> None:
    azure.make_cluster()
    azure.put(POOL, pool())
    arm(azure, {"moment": "pool-delete", "kind": "fails-late", "seconds": 0})
    assert azure.delete(POOL).body["status"] == "Failed"
    assert azure.get(POOL).body["properties"]["provisioningState"] == "Failed"
    assert "remove_pool more" not in azure.clusters.calls
    assert azure.delete(POOL).status == 204


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_lost_answer_means_done_and_not_heard(azure: Azure, method: str) -> None:
    azure.make_group()
    if method == "DELETE":
        azure.put(CLUSTER, cluster())
    moment = "cluster-create" if method == "PUT" else "cluster-delete"
    arm(azure, {"moment": moment, "kind": "answer-lost"})
    with pytest.raises(http.client.RemoteDisconnected):
        azure.call(method, CLUSTER, cluster())
    assert azure.get(CLUSTER).status == (200 if method == "PUT" else 404)


def test_faults_count_down_in_the_order_in_which_they_were_armed(azure: Azure) -> None:
    azure.make_group()
    arm(
        azure,
        {"moment": "group-read", "kind": "server-error", "times": 2},
        {"moment": "group-read", "kind": "forbidden"},
    )
    assert [azure.get(GROUP).status for _ in range(4)] == [500, 500, 403, 200]
    assert armed(azure) == []


def test_other_moments_go_on_as_ever_and_armed_faults_can_be_seen_and_taken_back(azure: Azure) -> None:
    fault = {"moment": "cluster-create", "kind": "server-error", "times": 3, "seconds": 1.0}
    assert arm(azure, fault).body == {"properties": {"faults": [fault]}}
    azure.make_group()
    assert armed(azure) == [fault]
    assert azure.call("DELETE", FAULTS, version=FAULTS_VERSION).status == 204
    assert azure.put(CLUSTER, cluster()).status == 201


def test_restart_forgets_faults(azure: Azure) -> None:
    arm(azure, {"moment": "group-create", "kind": "server-error"})
    azure.restart()
    assert armed(azure) == []


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_moment_happens(azure: Azure, moment: str) -> None:
    """A moment that no request has would be a fault that can never fire."""
    azure.make_cluster()
    net = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net"
    subnet = f"{net}/subnets/nodes"
    role = f"{subnet}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000001"
    there = {"group": GROUP, "cluster": CLUSTER}
    absent = {
        "group": GROUP.replace("lab", "other"),
        "cluster": f"{CLUSTER}-2",
        "pool": POOL,
        "network": net,
        "subnet": subnet,
        "role": role,
    }
    noun, _, verb = moment.partition("-")
    arm(azure, {"moment": moment, "kind": "forbidden"})
    if noun == "credentials":
        answer = azure.call("POST", f"{CLUSTER}/listClusterAdminCredential", {})
    elif verb == "update":
        path = there.get(noun)
        if path is None:
            azure.server._azure.store.put(
                _parsed(absent[noun]), {"id": absent[noun], "type": "x", "properties": {}}
            )
            path = absent[noun]
        answer = azure.put(path, {}, _version(noun))
    else:
        method = {"create": "PUT", "read": "GET", "delete": "DELETE"}[verb]
        path = absent[noun] if verb == "create" else there.get(noun, absent[noun])
        answer = azure.call(method, path, {}, _version(noun))
    assert answer.status == 403
    assert armed(azure) == []


def _version(noun: str) -> str:
    versions = {"group": "2024-03-01", "network": "2024-05-01", "subnet": "2024-05-01", "role": "2022-04-01"}
    return versions.get(noun, "2025-09-01")


def _parsed(path: str) -> Any:
    from sandbox.arm.ids import parse

    return parse(path)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"moment": "cluster-start", "kind": "busy"}, "moment is 'cluster-start' but must be one of "),
        ({"moment": "group-create", "kind": "slow"}, "kind is 'slow' but must be one of throttled, busy,"),
        (
            {"moment": "group-create", "kind": "fails-late"},
            "kind is 'fails-late' but moment is 'group-create'; it fits cluster-create,",
        ),
        ({"moment": "pool-delete", "kind": "quota"}, "kind is 'quota' but moment is 'pool-delete'; it fits"),
        (
            {"moment": "group-create", "kind": "busy", "times": 0},
            "times is '0' but must be a number from 1 to",
        ),
        (
            {"moment": "group-create", "kind": "busy", "times": True},
            "times is 'True' but must be a number from 1 to 100",
        ),
        (
            {"moment": "group-create", "kind": "busy", "seconds": -1},
            "seconds is '-1' but must be from 0 to 600",
        ),
        ({"kind": "busy"}, "a fault has moment, kind, times, seconds but this is {'kind': 'busy'}"),
        (
            {"moment": "group-create", "kind": "busy", "often": 1},
            "a fault has moment, kind, times, seconds but",
        ),
    ],
    ids=["moment", "kind", "late-group", "quota-delete", "never", "bool", "past", "no-moment", "unknown-key"],
)
def test_fault_that_cannot_be_meant_is_refused_and_arms_nothing(
    azure: Azure, fault: dict[str, Any], message: str
) -> None:
    status, code, said = arm(azure, {"moment": "group-create", "kind": "busy"}, fault).error
    assert (status, code) == (400, "InvalidFault")
    assert said.startswith(message)
    assert armed(azure) == []


def test_own_resources_of_the_sandbox_have_no_faults(azure: Azure) -> None:
    arm(azure, *({"moment": moment, "kind": "server-error"} for moment in MOMENTS))
    assert len(armed(azure)) == len(MOMENTS)
    assert azure.call("DELETE", FAULTS, version=FAULTS_VERSION).status == 204
