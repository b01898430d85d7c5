"""Side by side, each to its own end; only what differs is looked at again, at least twice and not past the deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from checks import runner
from checks.check import Check
from checks.errors import ApiError, CouldNotTestError
from checks.lab import Lab
from checks.result import Findings, Result, Skip, Status, same, untested
from tests.checks.fakes import FakeApi, lab_of

LAB = lab_of("byocni", FakeApi())


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_PAUSE", 0.05)
    monkeypatch.setattr(runner, "_POLL", 0.01)


def make(name: str, run: Callable[[Lab], Findings], retries: bool = True) -> Check:
    return Check(name=name, proves="p", course="c", needs="n", run=run, retries=retries)


def counted(*answers: Findings) -> tuple[Check, list[int]]:
    """Return a check that gives one answer after the other, the last one for ever, and its count of runs."""
    runs: list[int] = []

    def run(_: Lab) -> Findings:
        runs.append(1)
        return answers[min(len(runs), len(answers)) - 1]

    return make("counted", run), runs


GOOD, BAD = [same("a", 1, 1)], [same("a", 1, 2)]


def test_a_mismatch_is_looked_at_twice_even_without_patience() -> None:
    check, runs = counted(BAD)
    (result,) = runner.run_all([check], LAB, 0).results
    assert (result.status, result.attempts, len(runs)) == (Status.FAILED, 2, 2)


def test_a_mismatch_that_goes_away_passes_and_says_how_often_it_was_looked_at() -> None:
    check, runs = counted(BAD, BAD, BAD, GOOD)
    (result,) = runner.run_all([check], LAB, 5).results
    assert (result.status, result.attempts, len(runs)) == (Status.PASSED, 4, 4)


def test_a_mismatch_is_not_looked_at_past_the_deadline() -> None:
    check, _ = counted(BAD)
    (result,) = runner.run_all([check], LAB, 0.3).results
    assert 2 <= result.attempts <= 2 + 0.3 / runner._PAUSE


@pytest.mark.parametrize(
    "answer",
    [GOOD, Skip("no nodes"), [untested("a", 1, "no answer")]],
    ids=["passed", "skipped", "untested"],
)
def test_what_is_no_mismatch_is_not_looked_at_again(answer: Findings) -> None:
    check, runs = counted(answer)
    runner.run_all([check], LAB, 1)
    assert len(runs) == 1


def test_a_check_that_retries_by_itself_is_run_once() -> None:
    runs: list[int] = []

    def run(_: Lab) -> Findings:
        runs.append(1)
        return BAD

    runner.run_all([make("own", run, retries=False)], LAB, 1)
    assert len(runs) == 1


def test_a_check_that_cannot_look_says_why() -> None:
    def run(_: Lab) -> Findings:
        raise CouldNotTestError("no right to list nodes")

    (result,) = runner.run_all([make("blind", run)], LAB, 1).results
    assert (result.status, result.reason) == (Status.UNTESTED, "no right to list nodes")


@pytest.mark.parametrize(("status", "attempts"), [(403, 1), (404, 1), (0, 2), (429, 2), (503, 2)])
def test_an_api_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not(
    status: int, attempts: int
) -> None:
    def run(_: Lab) -> Findings:
        raise ApiError(status, "storage is (re)initializing")

    (result,) = runner.run_all([make("busy", run)], LAB, 0).results
    assert (result.status, result.attempts) == (Status.UNTESTED, attempts)


def test_a_broken_check_does_not_take_the_others_along() -> None:
    def broken(_: Lab) -> Findings:
        raise KeyError("status")

    results = runner.run_all([make("broken", broken), make("good", lambda _: GOOD)], LAB, 1).results
    assert [(r.name, r.status) for r in results] == [("broken", Status.UNTESTED), ("good", Status.PASSED)]
    assert results[0].reason == "the check itself broke: KeyError: 'status'"


def test_checks_run_side_by_side_and_each_says_how_long_it_took() -> None:
    all_are_here = threading.Barrier(runner.WORKERS)

    def waits(_: Lab) -> Findings:
        all_are_here.wait(20)
        time.sleep(0.1)
        return GOOD

    report = runner.run_all([make(str(i), waits) for i in range(runner.WORKERS)], LAB, 1)
    assert [result.status for result in report.results] == [Status.PASSED] * runner.WORKERS
    assert all(result.seconds >= 0.1 for result in report.results)


def test_results_are_told_at_once_and_reported_in_the_order_of_the_catalogue() -> None:
    told: list[Result] = []
    released = threading.Event()

    def waits(_: Lab) -> Findings:
        released.wait(5)
        return GOOD

    def hear(result: Result) -> None:
        told.append(result)
        released.set()

    report = runner.run_all([make("late", waits), make("early", lambda _: GOOD)], LAB, 1, hear)
    assert [r.name for r in told] == ["early", "late"]
    assert [r.name for r in report.results] == ["late", "early"]


def test_an_interrupt_ends_the_run_without_starting_what_waits() -> None:
    runs: list[int] = []

    def run(_: Lab) -> Findings:
        runs.append(1)
        time.sleep(0.1)
        return BAD

    def interrupt(_: Result) -> None:
        raise KeyboardInterrupt

    checks = [make("first", lambda _: GOOD), *(make(str(i), run) for i in range(20))]
    with pytest.raises(KeyboardInterrupt):
        runner.run_all(checks, LAB, 60, interrupt, workers=2)
    assert len(runs) < 6
