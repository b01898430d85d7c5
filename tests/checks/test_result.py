"""What results may say: no skip without a reason, no pass without a comparison."""

from __future__ import annotations

import pytest

from checks.result import Report, Result, Row, Skip, Status, conclude, holds, same, untested

GOOD = same("a", 1, 1)
BAD = same("b", 1, 2)
UNKNOWN = untested("c", "1", "nobody answered")


@pytest.mark.parametrize("reason", ["", " ", "\n\t"], ids=["empty", "blank", "white space"])
def test_a_skip_without_a_reason_cannot_be_written(reason: str) -> None:
    with pytest.raises(ValueError, match="a skip needs a reason; say what is missing here"):
        Skip(reason)


@pytest.mark.parametrize("status", [Status.SKIPPED, Status.UNTESTED])
def test_a_result_without_a_verdict_needs_a_reason(status: Status) -> None:
    with pytest.raises(ValueError, match=f"x: '{status}' needs a reason"):
        Result("x", status)


def test_a_result_with_a_bad_row_cannot_be_called_passed() -> None:
    with pytest.raises(ValueError, match="x: a row has not passed, so the check has not"):
        Result("x", Status.PASSED, (BAD,))


def test_a_row_is_not_both_passed_and_untested() -> None:
    with pytest.raises(ValueError, match="a row that could not be tested has not passed"):
        Row("x", "1", "1", passed=True, untested=True)


@pytest.mark.parametrize(
    ("rows", "status", "reason"),
    [
        pytest.param([GOOD], Status.PASSED, "", id="all good"),
        pytest.param([GOOD, BAD], Status.FAILED, "", id="one differs"),
        pytest.param([BAD, UNKNOWN], Status.FAILED, "", id="a difference outweighs what is unknown"),
        pytest.param([GOOD, UNKNOWN], Status.UNTESTED, "c: nobody answered", id="one unknown"),
        pytest.param([], Status.UNTESTED, "the check found nothing to compare", id="nothing compared"),
    ],
)
def test_rows_amount_to_a_status(rows: list[Row], status: Status, reason: str) -> None:
    result = conclude("x", rows, 0.1, 1)
    assert (result.status, result.reason) == (status, reason)


def test_a_skip_keeps_its_reason() -> None:
    assert conclude("x", Skip("no nodes"), 0.1, 1).reason == "no nodes"


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        pytest.param([Status.PASSED], 0, id="passed"),
        pytest.param([Status.PASSED, Status.SKIPPED], 0, id="skipped"),
        pytest.param([Status.FAILED, Status.UNTESTED], 1, id="failed and untested"),
        pytest.param([Status.PASSED, Status.UNTESTED], 3, id="untested"),
        pytest.param([], 3, id="no check at all"),
    ],
)
def test_exit_codes(statuses: list[Status], code: int) -> None:
    results = tuple(Result(str(i), status, (), "because") for i, status in enumerate(statuses))
    assert Report("s", "c", results, 1.0, "").exit_code == code


def test_holds_keeps_words_and_verdict_apart() -> None:
    assert holds("x", "1 or more", 0, False) == Row("x", "1 or more", "0", False)


def test_what_could_not_be_removed_is_not_all_well() -> None:
    results = (Result("x", Status.PASSED, (same("a", 1, 1),)),)
    assert Report("s", "c", results, 1.0, "").exit_code == 0
    assert Report("s", "c", results, 1.0, "", ("a pod is still there",)).exit_code == 3
