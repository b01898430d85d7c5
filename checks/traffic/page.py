"""The application's page, asked for from this machine, as a visitor would.

A page that should be closed and answers is a failure; one that is silent proves nothing, for nobody gets through."""

from __future__ import annotations

from checks.check import Check
from checks.lab import Lab
from checks.result import Findings, Row, Skip, same, untested
from checks.state.application_address import load_balancers
from checks.traffic import visit
from checks.traffic.outcome import Outcome

_GOOD = 200


def _run(lab: Lab) -> Findings:
    pages = visit.pages(lab)
    if isinstance(pages, Skip):
        return pages
    rows: list[Row] = []
    for page in pages:
        found = _rows(page)
        if isinstance(found, Skip):
            return found
        rows += found
    return rows


def _rows(page: visit.Page) -> list[Row] | Skip:
    what = f"this machine -> {page.name}"
    if not page.address:
        return [untested(what, Outcome.ALLOWED, "the Service has no address")]
    by_hand = f"curl -i --max-time {visit.SECONDS:.0f} http://{page.address}:{page.port}/"
    expected = page.expected
    if expected.outcome is Outcome.UNTESTED:
        return [untested(what, "one verdict", expected.why, by_hand)]
    answer = visit.connect(page.address, page.port)
    if answer.outcome is expected.outcome is Outcome.DENIED:
        return Skip(
            f"no visitor gets through to {page.name}, as the files say, so none shows that the way is open"
        )
    rows = [
        Row(
            what,
            str(expected.outcome),
            str(answer),
            answer.outcome is expected.outcome,
            untested=answer.outcome is Outcome.UNTESTED,
            reproduce=by_hand,
            why=expected.why,
        )
    ]
    if answer.outcome is expected.outcome is Outcome.ALLOWED:
        # A page is made of what the tiers behind it say: it is not there when the way to one of them is closed.
        found = visit.get(page.address, page.port)
        rows.append(same(f"page of {page.name}", _GOOD, found.status or found.said, by_hand))
    return rows


CHECK = Check(
    name="page",
    proves="a visitor from outside gets the application's page, unless the policy files close it",
    course="curl of the load balancer's address",
    needs="read services, nodes and pods; a way to the load balancer's address; real nodes",
    run=_run,
    applies=lambda lab: lab.traffic is not None and bool(load_balancers(lab)),
)
