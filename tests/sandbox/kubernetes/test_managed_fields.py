"""Who manages which field, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plugins.kubernetes.managed_fields import forced, left_to_others, manager, taken_over
from sandbox.plugins.kubernetes.session import Session

Body = dict[str, Any]


def _entry(manager: str, operation: str, fields: Body, **more: Any) -> Body:
    return {"manager": manager, "operation": operation, "fieldsV1": fields, **more}


def _live(*entries: Body, **body: Any) -> Body:
    return {"metadata": {"name": "a", "resourceVersion": "7", "managedFields": list(entries)}, **body}


class TestTakeOver:
    """What we, or kubectl, wrote by other means becomes ours to apply."""

    def test_fields_of_every_old_name_are_joined_with_our_own(self) -> None:
        live = _live(
            _entry("pulumi-kubernetes", "Update", {"f:spec": {"f:a": {}}}),
            _entry("kubectl", "Apply", {"f:spec": {"f:b": {}}}),
            _entry("mine", "Apply", {"f:spec": {"f:c": {}}}),
            _entry("operator", "Update", {"f:spec": {"f:d": {}}}),
        )
        patch = taken_over(live, "mine")
        assert patch is not None
        assert patch[0]["value"] == [
            _entry("mine", "Apply", {"f:spec": {"f:a": {}, "f:b": {}, "f:c": {}}}),
            _entry("operator", "Update", {"f:spec": {"f:d": {}}}),
        ]
        assert patch[1]["value"] == "7"

    @pytest.mark.parametrize(
        "entry",
        [
            pytest.param(_entry("operator", "Update", {}), id="somebody else"),
            pytest.param(_entry("pulumi-kubernetes", "Update", {}, subresource="status"), id="the status"),
            pytest.param(_entry("mine", "Apply", {}), id="ours already"),
        ],
    )
    def test_nothing_is_taken_from_others(self, entry: Body) -> None:
        assert taken_over(_live(entry), "mine") is None


class TestForce:
    """An apply overrides others only where it is told to, or where nobody is recorded."""

    @pytest.mark.parametrize(
        ("live", "preview", "expected"),
        [
            pytest.param(None, False, False, id="a new object"),
            pytest.param(None, True, True, id="a preview of a new object"),
            pytest.param(_live(), False, True, id="nobody is recorded"),
            pytest.param(_live(_entry("operator", "Update", {})), False, False, id="somebody else"),
            pytest.param(_live(_entry("operator", "Update", {})), True, False, id="a preview, somebody else"),
            pytest.param(
                _live(_entry("pulumi-kubernetes", "Update", {})), True, True, id="a preview, our create"
            ),
            pytest.param(_live(_entry("pulumi-kubernetes", "Update", {})), False, False, id="our create"),
        ],
    )
    def test_force(self, lab: Session, live: Body | None, preview: bool, expected: bool) -> None:
        assert forced(lab, {"metadata": {}}, live, preview=preview) is expected

    def test_the_program_can_force(self, lab: Session, make_session: Callable[..., Session]) -> None:
        live = _live(_entry("operator", "Update", {}))
        annotated = {"metadata": {"annotations": {"pulumi.com/patchForce": "true"}}}
        assert forced(lab, annotated, live, preview=False)
        assert forced(make_session(enablePatchForce="true"), {}, live, preview=False)


class TestManager:
    """The annotation's name, the state's, or a new one."""

    def test_the_annotation_wins(self, lab: Session) -> None:
        inputs = {"metadata": {"annotations": {"pulumi.com/patchFieldManager": "mine"}}}
        assert manager(lab, inputs, {"__fieldManager": "old"}) == "mine"
        assert manager(lab, {}, {"__fieldManager": "old"}) == "old"
        assert manager(lab, {}, {}) != manager(lab, {}, {})

    def test_the_older_mode_has_one_name_for_all(self, make_session: Callable[..., Session]) -> None:
        assert (
            manager(make_session(enableServerSideApply=False), {}, {"__fieldManager": "x"})
            == "pulumi-kubernetes"
        )


class TestIgnoredFields:
    """`ignoreChanges` leaves a field to whoever manages it."""

    INPUTS: Body = {"metadata": {"name": "a"}, "spec": {"replicas": 1, "other": {"deep": 1}}}  # noqa: RUF012 - read only

    def test_a_field_of_others_is_left_out(self) -> None:
        live = _live(_entry("autoscaler", "Update", {"f:spec": {"f:replicas": {}}}), spec={"replicas": 5})
        found = left_to_others(self.INPUTS, live, "mine", ["spec.replicas"])
        assert found["spec"] == {"other": {"deep": 1}}
        assert self.INPUTS["spec"]["replicas"] == 1

    def test_a_field_of_ours_keeps_its_live_value(self) -> None:
        live = _live(_entry("mine", "Apply", {"f:spec": {"f:replicas": {}}}), spec={"replicas": 5})
        assert left_to_others(self.INPUTS, live, "mine", ["spec.replicas"])["spec"]["replicas"] == 5

    def test_a_field_that_is_not_there_is_sent_as_written(self) -> None:
        live = _live(spec={"replicas": 5})
        assert left_to_others(self.INPUTS, live, "mine", ["spec.other.deep"]) == self.INPUTS

    def test_fields_inside_lists_are_sent_as_written(self) -> None:
        live = _live(spec={"replicas": 5})
        assert left_to_others(self.INPUTS, live, "mine", ["spec.ports[0]"]) == self.INPUTS
