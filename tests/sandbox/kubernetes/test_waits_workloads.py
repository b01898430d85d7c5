"""When a workload counts as rolled out, and what is said when it does not."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.kubernetes.waits.condition import Condition
from sandbox.plugins.kubernetes.waits.workloads import DaemonSet, Deployment, Job, Pod, StatefulSet
from tests.sandbox.kubernetes.fake_api import FakeApi

Body = dict[str, Any]
API: Any = FakeApi()
AVAILABLE = {"type": "Available", "status": "True"}
ROLLED_OUT = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}


def _object(spec: Body, status: Body) -> Body:
    return {"metadata": {"name": "web", "namespace": "apps", "generation": 2}, "spec": spec, "status": status}


def _changed(body: Body, **status: Any) -> Body:
    return {**body, "status": {**body["status"], **status}}


DEPLOYMENT = _object(
    {"replicas": 2},
    {
        "observedGeneration": 2,
        "updatedReplicas": 2,
        "availableReplicas": 2,
        "conditions": [AVAILABLE, ROLLED_OUT],
    },
)
DAEMON_SET = _object(
    {},
    {
        "observedGeneration": 2,
        "desiredNumberScheduled": 2,
        "updatedNumberScheduled": 2,
        "numberAvailable": 2,
        "numberReady": 2,
    },
)
STATEFUL_SET = _object(
    {"replicas": 2},
    {
        "observedGeneration": 2,
        "readyReplicas": 2,
        "currentReplicas": 2,
        "updatedReplicas": 2,
        "currentRevision": "b",
        "updateRevision": "b",
    },
)
POD = _object({}, {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})
JOB = _object({}, {"conditions": [{"type": "Complete", "status": "True"}]})


@pytest.mark.parametrize(
    ("condition", "live"),
    [
        pytest.param(Deployment(API, "web"), DEPLOYMENT, id="Deployment"),
        pytest.param(
            Deployment(API, "web"), _changed(DEPLOYMENT, conditions=[AVAILABLE]), id="without a deadline"
        ),
        pytest.param(
            Deployment(API, "web"),
            _object({"replicas": 0}, {"observedGeneration": 2, "conditions": [AVAILABLE, ROLLED_OUT]}),
            id="Deployment of none",
        ),
        pytest.param(DaemonSet(API, "web"), DAEMON_SET, id="DaemonSet"),
        pytest.param(StatefulSet(API, "web"), STATEFUL_SET, id="StatefulSet"),
        pytest.param(
            StatefulSet(API, "web"),
            _object({"replicas": 0}, {"observedGeneration": 2}),
            id="StatefulSet of none",
        ),
        pytest.param(Pod("web"), POD, id="Pod"),
        pytest.param(Pod("web"), _object({}, {"phase": "Succeeded"}), id="Pod that ended well"),
        pytest.param(Job(API), JOB, id="Job"),
    ],
)
def test_ready(condition: Condition, live: Body) -> None:
    assert condition.look(live).ready


@pytest.mark.parametrize(
    ("condition", "live", "waiting_for"),
    [
        pytest.param(
            Deployment(API, "web"),
            _changed(DEPLOYMENT, observedGeneration=1),
            "Waiting for the controller to see the Deployment",
            id="Deployment of an older generation",
        ),
        pytest.param(
            Deployment(API, "web"),
            _object({"replicas": 0}, {}),
            "Waiting for the controller to see the Deployment",
            id="Deployment that nobody has seen",
        ),
        pytest.param(
            Deployment(API, "web"),
            _changed(DEPLOYMENT, updatedReplicas=1),
            "Waiting for app ReplicaSet be available (2/2 Pods available)",
            id="old pods left",
        ),
        pytest.param(
            Deployment(API, "web"),
            _changed(DEPLOYMENT, availableReplicas=1),
            "Waiting for app ReplicaSet be available (1/2 Pods available)",
            id="too few available",
        ),
        pytest.param(
            Deployment(API, "web"),
            _changed(DEPLOYMENT, conditions=[{**AVAILABLE, "status": "False"}, ROLLED_OUT]),
            "Waiting for app ReplicaSet be available (2/2 Pods available)",
            id="not available",
        ),
        pytest.param(
            Deployment(API, "web"),
            _changed(DEPLOYMENT, conditions=[AVAILABLE, {**ROLLED_OUT, "reason": "ReplicaSetUpdated"}]),
            "Waiting for app ReplicaSet be available (2/2 Pods available)",
            id="still rolling",
        ),
        pytest.param(
            DaemonSet(API, "web"),
            _changed(DAEMON_SET, numberAvailable=1),
            "Available: 1/2, updated: 2/2",
            id="DaemonSet",
        ),
        pytest.param(
            DaemonSet(API, "web"),
            _object({}, {}),
            "Waiting for the controller to see the DaemonSet",
            id="DaemonSet that nobody has seen",
        ),
        pytest.param(
            StatefulSet(API, "web"),
            _changed(STATEFUL_SET, readyReplicas=1),
            "Waiting for StatefulSet to create Pods (1/2 Pods ready)",
            id="StatefulSet",
        ),
        pytest.param(
            StatefulSet(API, "web"),
            _changed(STATEFUL_SET, currentRevision="a"),
            "Waiting for StatefulSet to create Pods (2/2 Pods ready)",
            id="StatefulSet of the old revision",
        ),
        pytest.param(
            Pod("web"), _object({}, {"phase": "Pending"}), 'Waiting for Pod "web" to be ready', id="Pod"
        ),
        pytest.param(Job(API), _object({}, {}), 'Waiting for Job "web" to succeed', id="Job"),
        pytest.param(
            Job(API),
            _object(
                {}, {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}
            ),
            "Failed=True (BackoffLimitExceeded)",
            id="Job that failed",
        ),
    ],
)
def test_not_ready(condition: Condition, live: Body, waiting_for: str) -> None:
    look = condition.look(live)
    assert (look.ready, look.waiting_for) == (False, waiting_for)


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        pytest.param(
            {
                "conditions": [
                    {"type": "PodScheduled", "status": "False", "message": "0/2 nodes are available"}
                ]
            },
            "[Pod apps/web-1]: 0/2 nodes are available",
            id="no place",
        ),
        pytest.param(
            {
                "conditions": [
                    {"type": "Ready", "status": "False", "message": "containers with unready status: [c]"}
                ],
                "containerStatuses": [
                    {
                        "name": "c",
                        "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}},
                    }
                ],
            },
            "[Pod apps/web-1]: containers with unready status: [c]; [ImagePullBackOff] no such image",
            id="no image",
        ),
        pytest.param(
            {
                "containerStatuses": [
                    {"name": "c", "state": {"terminated": {"reason": "Error", "exitCode": 1}}}
                ]
            },
            '[Pod apps/web-1]: container "c" completed with exit code 1',
            id="crashed",
        ),
        pytest.param({"phase": "Pending"}, "[Pod apps/web-1]: phase Pending", id="nothing known"),
    ],
)
def test_the_reasons_are_the_kubelet_s_and_the_scheduler_s(api: FakeApi, status: Body, problem: str) -> None:
    api.put("/api/v1/namespaces/apps/pods/web-1", {"metadata": {"labels": {"app": "web"}}, "status": status})
    api.put("/api/v1/namespaces/apps/pods/other", {"metadata": {"labels": {"app": "x"}}, "status": status})
    live = _object({"selector": {"matchLabels": {"app": "web"}}}, {})
    assert Deployment(api, "web").problems(live) == [  # type: ignore[arg-type]
        "Minimum number of Pods to consider the application live was not attained",
        problem,
    ]


def test_many_pods_that_fail_alike_are_counted(api: FakeApi) -> None:
    for number in range(8):
        body = {"metadata": {"labels": {"app": "web"}}, "status": {"phase": "Pending"}}
        api.put(f"/api/v1/namespaces/apps/pods/web-{number}", body)
    live = _object({"selector": {"matchLabels": {"app": "web"}}}, {"conditions": [AVAILABLE]})
    problems = Deployment(api, "web").problems(live)  # type: ignore[arg-type]
    assert len(problems) == 6
    assert problems[-1] == "... and 3 more"
