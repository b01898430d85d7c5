"""The application's page, asked for from this machine, as a visitor would."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from checks.api import Body
from checks.check import Check
from checks.lab import Lab, simulated
from checks.result import Findings, Row, Skip, untested
from checks.state.application_address import address_of, load_balancers
from checks.traffic.ends import targets
from checks.traffic.expected import Expectation, Expectations
from checks.traffic.outcome import Answer, Outcome
from checks.traffic.session import backends
from labs.manifests import Manifest

_SECONDS = 5.0
_DOCUMENTATION = tuple(ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
"""Addresses that nobody routes (RFC 5737); the sandbox gives them to load balancers."""
_VISITOR = "198.51.100.1"
"""Any address outside will do: policies of the labs do not tell visitors apart."""


def connect(host: str, port: int, seconds: float = _SECONDS) -> Answer:
    """Try one connection from here."""
    try:
        socket.create_connection((host, port), timeout=seconds).close()
    except TimeoutError:
        return Answer(Outcome.DENIED)
    except ConnectionRefusedError:
        return Answer(Outcome.REFUSED)
    except socket.gaierror as error:
        return Answer(Outcome.DNS_FAILED, str(error))
    except OSError as error:
        return Answer(Outcome.UNTESTED, str(error))
    return Answer(Outcome.ALLOWED)


def _run(lab: Lab) -> Findings:
    nodes = lab.nodes("linux")
    if what := simulated(nodes):
        return Skip(f"traffic checks need real nodes; {what}")
    rows: list[Row] = []
    for service in load_balancers(lab):
        address = address_of(lab, service)
        what = f"this machine -> {service.namespace}/{service.name}"
        if not address:
            rows.append(untested(what, Outcome.ALLOWED, "the Service has no address"))
            continue
        if _nobody_routes(address):
            return Skip(f"{address} is a documentation address (RFC 5737), which this machine has no way to")
        port = int(service.body["spec"]["ports"][0]["port"])
        by_hand = f"curl --max-time {_SECONDS:.0f} http://{address}:{port}/"
        expected = _expected(lab, service, nodes)
        if expected.outcome is Outcome.UNTESTED:
            rows.append(untested(what, "one verdict", expected.why, by_hand))
            continue
        answer = connect(address, port)
        rows.append(
            Row(
                what,
                str(expected.outcome),
                str(answer),
                answer.outcome is expected.outcome,
                untested=answer.outcome is Outcome.UNTESTED,
                reproduce=by_hand,
                why=expected.why,
            )
        )
    return rows


def _expected(lab: Lab, service: Manifest, nodes: Sequence[Body]) -> Expectation:
    """Return what the policy files say of a visitor, who comes with his own address or with a node's."""
    (target,) = targets([service])[:1]
    behind = backends(lab, target)
    expectations = Expectations(lab.settings, lab.policy_files, lab.api.list("/api/v1/namespaces"), behind)
    addresses = [
        a["address"] for node in nodes for a in node["status"]["addresses"] if a["type"] == "InternalIP"
    ]
    found = [expectations.from_address(ip_address(a), target, behind) for a in [_VISITOR, *addresses]]
    if len({expectation.outcome for expectation in found}) > 1:
        why = "the policies treat a visitor's address and a node's differently, and either may arrive"
        return Expectation(Outcome.UNTESTED, why)
    return found[0]


def _nobody_routes(address: str) -> bool:
    try:
        return any(ip_address(address) in network for network in _DOCUMENTATION)
    except ValueError:
        return False


CHECK = Check(
    name="page",
    proves="a visitor from outside reaches the application's page, or not, as the policy files say",
    course="curl of the load balancer's address",
    needs="read services; a way to the load balancer's address; real nodes",
    run=_run,
    applies=lambda lab: lab.traffic is not None and bool(load_balancers(lab)),
)
