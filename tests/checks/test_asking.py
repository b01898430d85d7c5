"""Only what differs is asked again, and a deny is believed only with a control beside it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from checks.traffic.asking import Pair, ask_until, believed
from checks.traffic.outcome import Answer, Outcome

ALLOWED, DENIED = Answer(Outcome.ALLOWED), Answer(Outcome.DENIED)
REFUSED, NO_NAME = Answer(Outcome.REFUSED), Answer(Outcome.DNS_FAILED)


class Pods:
    """Answers in turn, the last one for ever; remembers what was asked together."""

    def __init__(self, **answers: Sequence[Answer]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def ask(self, source: str, targets: Sequence[str]) -> Sequence[Answer]:
        self.asked.append((source, tuple(targets)))
        turn = sum(s == source for s, _ in self.asked) - 1
        given = self.answers[source]
        return [given[min(turn, len(given) - 1)]] * len(targets)


EXPECTED: dict[Pair, Outcome] = {
    ("a", "x"): Outcome.ALLOWED,
    ("a", "y"): Outcome.ALLOWED,
    ("b", "x"): Outcome.DENIED,
}


def test_all_probes_of_one_source_are_asked_together_and_once_if_they_agree() -> None:
    pods = Pods(a=[ALLOWED], b=[DENIED])
    observed = ask_until(EXPECTED, pods.ask, time.monotonic() + 5, pause=0.01)
    assert sorted(pods.asked) == [("a", ("x", "y")), ("b", ("x",))]
    assert {found.attempts for found in observed.values()} == {1}


def test_only_what_differs_is_asked_again() -> None:
    pods = Pods(a=[ALLOWED], b=[ALLOWED, ALLOWED, DENIED])
    observed = ask_until(EXPECTED, pods.ask, time.monotonic() + 5, pause=0.01)
    assert [asked for asked in pods.asked if asked[0] == "a"] == [("a", ("x", "y"))]
    assert (observed["b", "x"].answer, observed["b", "x"].attempts) == (DENIED, 3)


def test_a_mismatch_is_asked_twice_even_past_the_deadline() -> None:
    pods = Pods(a=[ALLOWED], b=[ALLOWED])
    observed = ask_until(EXPECTED, pods.ask, time.monotonic() - 1, pause=0.01)
    assert (observed["b", "x"].answer, observed["b", "x"].attempts) == (ALLOWED, 2)


@pytest.mark.parametrize(
    ("expected", "answers", "controls", "outcome", "said"),
    [
        pytest.param(
            Outcome.DENIED,
            {("b", "x"): DENIED, ("a", "x"): ALLOWED},
            {},
            Outcome.DENIED,
            "",
            id="another pod gets through",
        ),
        pytest.param(
            Outcome.DENIED,
            {("b", "x"): DENIED},
            {("node", "x"): ALLOWED},
            Outcome.DENIED,
            "",
            id="the node gets through",
        ),
        pytest.param(
            Outcome.DENIED,
            {("b", "x"): DENIED},
            {("b", "x"): ALLOWED},
            Outcome.DENIED,
            "",
            id="the same pair did before",
        ),
        pytest.param(
            Outcome.DENIED,
            {("b", "x"): DENIED, ("a", "x"): DENIED},
            {("node", "x"): REFUSED},
            Outcome.UNTESTED,
            "nothing reached x, so silence proves nothing",
            id="nobody gets through",
        ),
        pytest.param(
            Outcome.DENIED,
            {("b", "x"): DENIED, ("a", "y"): ALLOWED},
            {},
            Outcome.UNTESTED,
            "nothing reached x, so silence proves nothing",
            id="another target is no control",
        ),
        pytest.param(
            Outcome.ALLOWED, {("b", "x"): DENIED}, {}, Outcome.DENIED, "", id="a wrong deny stays one"
        ),
        pytest.param(
            Outcome.DENIED, {("b", "x"): REFUSED}, {}, Outcome.REFUSED, "", id="a refusal is no deny"
        ),
        pytest.param(
            Outcome.DNS_FAILED,
            {("b", "x"): NO_NAME, ("a", "x"): DENIED},
            {},
            Outcome.DNS_FAILED,
            "",
            id="others know the name",
        ),
        pytest.param(
            Outcome.DNS_FAILED,
            {("b", "x"): NO_NAME, ("a", "x"): NO_NAME},
            {},
            Outcome.UNTESTED,
            "nobody could look up the name, so a failed lookup proves nothing",
            id="nobody knows the name",
        ),
    ],
)
def test_what_is_believed(
    expected: Outcome, answers: dict[Pair, Answer], controls: dict[Pair, Answer], outcome: Outcome, said: str
) -> None:
    found = believed(("b", "x"), expected, answers, controls)
    assert (found.outcome, found.said) == (outcome, said)


def test_an_address_outside_that_no_pod_reaches_could_not_be_tested() -> None:
    found = believed(("b", "x"), Outcome.ALLOWED, {("b", "x"): DENIED, ("a", "x"): DENIED}, {}, outside=True)
    assert str(found) == "could not test: no pod reaches x, whatever the policies"
