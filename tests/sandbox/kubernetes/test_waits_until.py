"""The wait itself: its time limit, what it tolerates, and what it says at the end."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.kubernetes.errors import ApiError, UnreachableError
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.kubernetes.waits.custom import ConditionHolds
from sandbox.plugins.kubernetes.waits.until import NotReadyError, Target, ready, time_limit
from tests.sandbox.kubernetes.conftest import RecordingLog
from tests.sandbox.kubernetes.fake_api import FakeApi

Body = dict[str, Any]
PATH = "/api/v1/namespaces/default/configmaps/cm"
POD: Body = {"kind": "ConfigMap", "metadata": {"name": "cm", "namespace": "default"}}
TARGET = Target("urn", PATH, POD)


def _status(value: str) -> Body:
    return {
        **POD,
        "status": {"conditions": [{"type": "Ready", "status": value, "reason": "R", "message": "m"}]},
    }


@pytest.mark.parametrize(
    ("timeout", "annotation", "expected"),
    [
        pytest.param(0.0, "", 600.0, id="ten minutes"),
        pytest.param(0.0, "30", 30.0, id="the annotation"),
        pytest.param(5.0, "30", 5.0, id="customTimeouts win"),
        pytest.param(0.0, "soon", 600.0, id="nonsense is passed over"),
    ],
)
def test_the_time_limit(timeout: float, annotation: str, expected: float) -> None:
    inputs = {"metadata": {"annotations": {"pulumi.com/timeoutSeconds": annotation}}}
    assert time_limit(timeout, inputs) == expected


def test_troubles_on_the_way_are_tolerated(lab: Session, api: FakeApi, log: RecordingLog) -> None:
    answers: list[Any] = [
        UnreachableError("refused"),
        ApiError("gone", 404, "NotFound"),
        ApiError("busy", 500),
        _status("False"),
        _status("True"),
    ]

    def answer(body: object) -> Any:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    api.on("GET", "configmaps/cm$", answer)
    assert ready(lab, TARGET, ConditionHolds(lab.api, "Ready"), 60.0) == _status("True")
    assert log.statuses == ["Resource has condition Ready=False (R): m (want True)"]


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        pytest.param(_status("False"), "last seen: Ready=False (R): m", id="conditions"),
        pytest.param({**POD, "status": {"phase": "Pending"}}, "last seen: phase Pending", id="phase"),
        pytest.param(
            {**POD, "status": {"x": 1}}, "last seen: no conditions in its status", id="another status"
        ),
        pytest.param(POD, "last seen: no status yet", id="no status"),
        pytest.param(ApiError("x", 404), "the object is not there", id="vanished"),
        pytest.param(ApiError("busy", 500), "busy", id="refused"),
        pytest.param(UnreachableError("no answer"), "no answer", id="no answer"),
    ],
)
def test_the_end_says_what_was_waited_for_and_what_was_seen(
    lab: Session, api: FakeApi, answer: Any, detail: str
) -> None:
    def give(body: object) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    condition = ConditionHolds(lab.api, "Ready")
    api.on("GET", "configmaps/cm$", give)
    with pytest.raises(NotReadyError) as failed:
        ready(lab, TARGET, condition, 0.0)
    assert str(failed.value) == "timed out waiting for the condition"
    assert failed.value.details == (f"waited 0 s for condition=Ready of ConfigMap default/cm; {detail}",)


def test_ctrl_c_ends_the_wait_after_one_look(lab: Session, api: FakeApi) -> None:
    api.put(PATH, POD)
    lab.cancelled.set()
    with pytest.raises(NotReadyError) as failed:
        ready(lab, TARGET, ConditionHolds(lab.api, "Ready"), 600.0)
    assert str(failed.value) == 'Resource operation was cancelled for "cm"'
    assert len(api.sent("GET", "configmaps/cm")) == 1
