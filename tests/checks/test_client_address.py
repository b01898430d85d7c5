"""Whose address arrives: a real request to a server on the loopback, whose log is the pod's.

What the load balancer and the node do to the address is played by what the server writes down.
"""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest

from checks.lab import Lab
from checks.result import Row, Skip
from checks.traffic import client_address, visit
from tests.checks.fakes import FakeApi
from tests.checks.pages import closed, lab_with_page

_POD = "/api/v1/namespaces/yaobank-customer/pods/customer-1/log"
NODE, POD, VISITOR = "10.224.0.4", "10.244.7.1", "20.9.8.7"


class Application:
    """Answers every request and writes a line about it, with the address that it is told to have seen."""

    def __init__(self) -> None:
        self.sees = VISITOR
        self.log: list[str] = ["10.0.0.1 somebody else's visit"]
        application = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                application.log.append(f'{application.sees} - - [now] "GET {self.path} HTTP/1.1" 200 -')
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    made = Application()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    get, address = visit.get, made.server.server_address
    monkeypatch.setattr(visit, "get", lambda host, port, path: get(str(address[0]), int(address[1]), path))
    monkeypatch.setattr(client_address, "_PAUSE", 0.01)
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def lab(application: Application, stack: str) -> Lab:
    whole = lab_with_page("20.1.2.3", stack=stack)
    cast(FakeApi, whole.api).log_lines[_POD] = application.log
    return whole


def row(whole: Lab) -> Row:
    found: Any = client_address.CHECK.run(whole)
    assert not isinstance(found, Skip), found
    (only,) = found
    assert isinstance(only, Row)
    return only


@pytest.mark.parametrize(
    ("stack", "seen", "passed"),
    [
        pytest.param("ebpf", VISITOR, True, id="eBPF keeps it"),
        pytest.param("ebpf", NODE, False, id="eBPF, but a node's arrives"),
        pytest.param("byocni", NODE, True, id="kube-proxy puts a node's in its place"),
        pytest.param("byocni", POD, True, id="or a tunnel's"),
        pytest.param("byocni", VISITOR, False, id="kube-proxy, but the visitor's arrives"),
    ],
)
def test_before_and_after_ebpf(application: Application, stack: str, seen: str, passed: bool) -> None:
    application.sees = seen
    found = row(lab(application, stack))
    assert (found.actual, found.passed, found.untested) == (seen, passed, False)


def test_somebody_elses_visit_is_not_taken_for_ours(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = lab(application, "ebpf")
    cast(FakeApi, whole.api).log_lines[_POD] = ["20.9.8.7 a visit without the token"]
    found = row(whole)
    assert (found.untested, found.actual) == (
        True,
        "could not test: no line of the application's log names it",
    )


def test_a_page_that_does_not_answer_could_not_be_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "get", lambda *_: visit.Visit(0, "no answer: timed out"))
    found = row(lab_with_page("20.1.2.3", stack="ebpf"))
    assert (found.untested, found.actual) == (True, "could not test: no answer: timed out")


def test_a_machine_of_the_clusters_own_range_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "get", lambda *_: visit.Visit(200, "200 OK", "10.224.0.99"))
    assert client_address.CHECK.run(lab_with_page("20.1.2.3", stack="ebpf")) == Skip(
        "this machine's own address 10.224.0.99 lies in the cluster's ranges: the two look alike"
    )


def test_nobody_arrives_where_the_files_let_nobody_in() -> None:
    assert client_address.CHECK.run(closed(lab_with_page("20.1.2.3"))) == Skip(
        "the policy files let no visitor reach yaobank-customer/yaobank-customer, so none arrives with an address"
    )
