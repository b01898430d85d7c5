"""The page as a visitor sees it: what to expect comes from the policy files, and nobody is fooled by an address that
nobody routes."""

from __future__ import annotations

from typing import Any

import pytest

from checks.lab import Lab
from checks.result import Skip
from checks.traffic import page
from checks.traffic.outcome import Answer, Outcome
from checks.traffic.session import Options, Session
from tests.checks.fakes import FakeApi, lab_of, node

_SERVICE = "/api/v1/namespaces/yaobank-customer/services/yaobank-customer"


def lab(address: str | None, port: int = 10250) -> Lab:
    api = FakeApi({"/api/v1/nodes/a": node("a", port=port)})
    given = [{"ip": address}] if address else []
    api.objects[_SERVICE] = {
        "metadata": {"name": "yaobank-customer"},
        "status": {"loadBalancer": {"ingress": given}},
    }
    for name in ("yaobank-customer", "kube-system"):
        labels = {"kubernetes.io/metadata.name": name}
        api.objects[f"/api/v1/namespaces/{name}"] = {"metadata": {"name": name, "labels": labels}}
    api.objects["/api/v1/namespaces/yaobank-customer/pods/customer-1"] = {
        "metadata": {"namespace": "yaobank-customer", "name": "customer-1", "labels": {"app": "customer"}},
        "spec": {"containers": []},
        "status": {"podIP": "10.244.0.9", "phase": "Running"},
    }
    return lab_of("byocni", api, Session(Options(run="r1")))


def answer(monkeypatch: pytest.MonkeyPatch, outcome: Outcome) -> None:
    monkeypatch.setattr(page, "connect", lambda *_: Answer(outcome))


@pytest.mark.parametrize(
    ("outcome", "passed"), [(Outcome.ALLOWED, True), (Outcome.DENIED, False), (Outcome.REFUSED, False)]
)
def test_a_visitor_gets_in(outcome: Outcome, passed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, outcome)
    (row,) = page.CHECK.run(lab("20.1.2.3"))  # type: ignore[misc]
    assert (row.expected, row.actual, row.passed) == ("allowed", str(outcome), passed)
    assert row.reproduce == "curl --max-time 5 http://20.1.2.3:80/"


def test_without_the_file_that_opens_the_page_a_visitor_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, Outcome.DENIED)
    whole = lab("20.1.2.3")
    files = [policy for policy in whole.policy_files if policy.path.stem != "21-customer-from-load-balancer"]
    closed = Lab(whole.settings, whole.api, whole.app, whole.policies, files, (), whole.traffic)
    (row,) = page.CHECK.run(closed)  # type: ignore[misc]
    assert (row.expected, row.actual, row.passed) == ("denied", "denied", True)
    assert row.why == "ingress denied at the end of tier default, where no rule of its policies matched"


def test_a_service_without_an_address_could_not_be_tested() -> None:
    (row,) = page.CHECK.run(lab(None))  # type: ignore[misc]
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
    assert page.CHECK.run(lab(*arguments)) == Skip(reason)
