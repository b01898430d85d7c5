"""The page as a visitor sees it: what to expect comes from the policy files, and nobody is fooled by an address that
nobody routes, by silence, or by a page that only says that it cannot be made."""

from __future__ import annotations

from typing import Any

import pytest

from checks.result import Row, Skip
from checks.traffic import page, visit
from checks.traffic.outcome import Answer, Outcome
from tests.checks.pages import closed, lab_with_page


def answer(monkeypatch: pytest.MonkeyPatch, outcome: Outcome, status: int = 200, said: str = "") -> None:
    monkeypatch.setattr(visit, "connect", lambda *_: Answer(outcome))
    monkeypatch.setattr(visit, "get", lambda *_: visit.Visit(status, said))


def rows(*arguments: Any) -> list[Row]:
    found = page.CHECK.run(lab_with_page(*arguments))
    assert not isinstance(found, Skip)
    return list(found)


def test_a_visitor_gets_in_and_gets_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, Outcome.ALLOWED)
    assert [(row.expected, row.actual, row.passed) for row in rows("20.1.2.3")] == [
        ("allowed", "allowed", True),
        ("200", "200", True),
    ]


@pytest.mark.parametrize("outcome", [Outcome.DENIED, Outcome.REFUSED])
def test_a_visitor_who_does_not_get_in_is_a_failure(
    outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, outcome)
    (row,) = rows("20.1.2.3")
    assert (row.expected, row.actual, row.passed) == ("allowed", str(outcome), False)
    assert row.reproduce == "curl -i --max-time 5 http://20.1.2.3:80/"


@pytest.mark.parametrize(
    ("status", "said", "actual"),
    [(500, "500 INTERNAL SERVER ERROR", "500"), (0, "no answer: timed out", "no answer: timed out")],
)
def test_a_page_that_cannot_be_made_is_a_failure(
    status: int, said: str, actual: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, Outcome.ALLOWED, status, said)
    assert [(row.actual, row.passed) for row in rows("20.1.2.3")] == [("allowed", True), (actual, False)]


def test_a_page_that_should_be_closed_and_answers_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, Outcome.ALLOWED)
    (row,) = page.CHECK.run(closed(lab_with_page("20.1.2.3")))  # type: ignore[misc]
    assert (row.expected, row.actual, row.passed) == ("denied", "allowed", False)
    assert row.why == "ingress denied at the end of tier default, where no rule of its policies matched"


def test_silence_of_a_page_that_should_be_closed_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, Outcome.DENIED)
    assert page.CHECK.run(closed(lab_with_page("20.1.2.3"))) == Skip(
        "no visitor gets through to yaobank-customer/yaobank-customer, as the files say, "
        "so none shows that the way is open"
    )


def test_a_service_without_an_address_could_not_be_tested() -> None:
    (row,) = rows(None)
    assert (row.untested, row.actual) == (True, "could not test: the Service has no address")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            ("203.0.113.1",),
            "203.0.113.1 is a documentation address (RFC 5737), which this machine has no way to",
        ),
        (
            ("20.1.2.3", 0),
            "traffic checks need real nodes; 1 of 1 nodes are simulated: no kubelet answers for a",
        ),
    ],
    ids=["documentation address", "simulated nodes"],
)
def test_skips_say_why(arguments: Any, reason: str) -> None:
    assert page.CHECK.run(lab_with_page(*arguments)) == Skip(reason)
