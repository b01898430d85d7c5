"""This machine as a visitor of the application: which pages there are, one connection, one request."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from checks.api import Body
from checks.lab import Lab, simulated
from checks.result import Skip
from checks.state.application_address import address_of, load_balancers
from checks.traffic.ends import targets
from checks.traffic.expected import Expectation, Expectations
from checks.traffic.outcome import Answer, Outcome
from checks.traffic.session import backends
from labs.manifests import Manifest

SECONDS = 5.0
_DOCUMENTATION = tuple(ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
"""Addresses that nobody routes (RFC 5737); the sandbox gives them to load balancers."""
_VISITOR = "198.51.100.1"
"""Any address outside will do: policies of the labs do not tell visitors apart."""


@dataclass(frozen=True)
class Page:
    """A Service that the world may ask."""

    service: Manifest
    address: str
    """The load balancer's; empty if it has given none."""

    port: int
    expected: Expectation
    pods: Sequence[Body]
    """Pods that answer."""

    @property
    def name(self) -> str:
        """The Service as results name it."""
        return f"{self.service.namespace}/{self.service.name}"


def pages(lab: Lab) -> list[Page] | Skip:
    """Return the application's pages, or why nobody can visit them from here."""
    nodes = lab.nodes("linux")
    if what := simulated(nodes):
        return Skip(f"traffic checks need real nodes; {what}")
    found = []
    for service in load_balancers(lab):
        address = address_of(lab, service)
        if _nobody_routes(address):
            return Skip(f"{address} is a documentation address (RFC 5737), which this machine has no way to")
        port = int(service.body["spec"]["ports"][0]["port"])
        (target,) = targets([service])[:1]
        behind = backends(lab, target)
        expectations = Expectations(
            lab.settings, lab.policy_files, lab.app, lab.api.list("/api/v1/namespaces"), behind
        )
        addresses = [
            a["address"] for node in nodes for a in node["status"]["addresses"] if a["type"] == "InternalIP"
        ]
        verdicts = [expectations.from_address(ip_address(a), target, behind) for a in [_VISITOR, *addresses]]
        found.append(Page(service, address, port, _one(verdicts), behind))
    return found


def _one(verdicts: Sequence[Expectation]) -> Expectation:
    """Return what the files say of a visitor, who comes with his own address or with a node's."""
    if len({verdict.outcome for verdict in verdicts}) > 1:
        why = "the policies treat a visitor's address and a node's differently, and either may arrive"
        return Expectation(Outcome.UNTESTED, why)
    return verdicts[0]


def connect(host: str, port: int, seconds: float = SECONDS) -> Answer:
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


@dataclass(frozen=True)
class Visit:
    """One request for a page."""

    status: int
    """HTTP status; 0 if there was no answer."""

    said: str
    """Status and its phrase, or why there was none."""

    own_address: str = ""
    """The address that this machine asked with, before anybody on the way replaced it."""


def get(host: str, port: int, path: str = "/", seconds: float = SECONDS) -> Visit:
    """Ask for a page."""
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.connect()
        own = str(connection.sock.getsockname()[0])
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        return Visit(answer.status, f"{answer.status} {answer.reason}".strip(), own)
    except (OSError, http.client.HTTPException) as error:
        return Visit(0, f"no answer: {error or type(error).__name__}")
    finally:
        connection.close()


def _nobody_routes(address: str) -> bool:
    try:
        return any(ip_address(address) in network for network in _DOCUMENTATION)
    except ValueError:
        return False
