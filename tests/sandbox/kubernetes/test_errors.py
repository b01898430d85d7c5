"""What the server says reaches the user, and what a Secret holds does not."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.kubernetes.errors import ApiError, redacted


def test_the_message_of_a_status_is_kept_as_it_is() -> None:
    error = ApiError.from_status(404, {"message": 'pods "a" not found', "reason": "NotFound"})
    assert (str(error), error.not_found, error.conflict) == ('pods "a" not found', True, False)


def test_a_cause_that_the_message_leaves_out_is_added_with_its_field() -> None:
    status = {
        "message": "it is invalid: Unsupported value",
        "reason": "Invalid",
        "details": {
            "causes": [
                {"field": "spec.a", "message": "Unsupported value"},
                {"field": "spec.b", "message": "Required value"},
                {"message": "and more"},
            ]
        },
    }
    assert str(ApiError.from_status(422, status)) == (
        "it is invalid: Unsupported value\n  - spec.b: Required value\n  - (object): and more"
    )


def test_an_answer_without_a_status_says_its_code() -> None:
    assert str(ApiError.from_status(502, {})) == "the server answered 502"


def test_the_required_field_of_a_refused_apply_is_found() -> None:
    causes = [
        {"reason": "FieldValueInvalid", "field": "a"},
        {"reason": "FieldValueRequired", "field": "spec"},
    ]
    assert ApiError("", 422, "Invalid", {"causes": causes}).required_field == "spec"
    assert ApiError("", 422, "Invalid").required_field == ""


@pytest.mark.parametrize(
    ("section", "value"),
    [("data", "cGFzc3dvcmQ="), ("stringData", "password"), ("stringData", 12345)],
)
def test_values_of_a_secret_are_taken_out_of_the_server_s_words(section: str, value: Any) -> None:
    error = ApiError(f'data: Invalid value: "{value}" or password', 422, "Invalid", {"causes": []})
    hidden = str(redacted(error, {"kind": "Secret", section: {"a": value, "b": "password"}}))
    assert str(value) not in hidden
    assert "password" not in hidden
    assert hidden == 'data: Invalid value: "[secret]" or [secret]'


def test_a_value_that_is_part_of_another_leaves_no_rest() -> None:
    error = ApiError("bad: pass, password", 422)
    hidden = redacted(error, {"kind": "Secret", "stringData": {"a": "pass", "b": "password"}})
    assert str(hidden) == "bad: [secret], [secret]"


def test_other_kinds_are_quoted_in_full() -> None:
    error = ApiError('data: Invalid value: "1"', 422)
    assert redacted(error, {"kind": "ConfigMap", "data": {"a": "1"}}) is error
