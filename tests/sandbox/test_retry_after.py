"""A server that asks to be left alone for a moment is asked again, as often as is reasonable."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from sandbox import retry_after
from sandbox.retry_after import ATTEMPTS, asked_to_wait, when_asked


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)


REINITIALIZING = Answer(429, {"Retry-After": "1"})


def asked(answers: list[Answer]) -> tuple[Answer, int, list[float]]:
    """Return the answer, how often was asked and what was waited."""
    slept: list[float] = []
    left = iter(answers)
    count = 0

    def ask() -> Answer:
        nonlocal count
        count += 1
        return next(left)

    return when_asked(ask, slept.append), count, slept


def test_an_answer_is_taken_as_it_is() -> None:
    assert asked([Answer(200)]) == (Answer(200), 1, [])


def test_a_server_that_is_not_ready_is_asked_again_when_it_says() -> None:
    answer, count, slept = asked([REINITIALIZING, REINITIALIZING, Answer(200)])
    assert (answer.status, count, slept) == (200, 3, [1.0, 1.0])


def test_it_is_asked_ten_times_and_its_last_refusal_is_the_answer() -> None:
    answer, count, slept = asked([REINITIALIZING] * 50)
    assert (answer, count, len(slept)) == (REINITIALIZING, ATTEMPTS, ATTEMPTS - 1)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        pytest.param(Answer(429, {"Retry-After": "1"}), 1.0, id="too-many-requests"),
        pytest.param(Answer(503, {"Retry-After": "2"}), 2.0, id="unavailable"),
        pytest.param(Answer(429, {"Retry-After": "3600"}), retry_after._LONGEST, id="an-hour"),
        pytest.param(Answer(429), None, id="says-not-when"),
        pytest.param(Answer(429, {"Retry-After": "Fri, 27 Nov 2026 05:00:00 GMT"}), None, id="a-date"),
        pytest.param(Answer(404, {"Retry-After": "1"}), None, id="another-refusal"),
        pytest.param(Answer(200, {"Retry-After": "1"}), None, id="no-refusal"),
    ],
)
def test_only_a_refusal_that_says_when_is_waited_for(answer: Answer, seconds: float | None) -> None:
    assert asked_to_wait(answer) == seconds
