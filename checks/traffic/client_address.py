"""Whose address the application sees: the visitor's with eBPF, one of the cluster's with kube-proxy.

A visit with a token of its own is looked for in the log of the pods that answer, so nobody else's visit counts.
"""

from __future__ import annotations

import re
import secrets
import time
from ipaddress import ip_address, ip_network

from checks.api import Api
from checks.check import Check
from checks.lab import Lab
from checks.result import Findings, Row, Skip, holds, untested
from checks.state import scope
from checks.state.application_address import load_balancers
from checks.traffic import visit
from checks.traffic.outcome import Outcome
from labs.settings import LabSettings

_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_LINES = 200
_LOOKS = 5
_PAUSE = 1.0
"""Seconds between two looks at the log, which comes a little later than the answer."""


def _run(lab: Lab) -> Findings:
    pages = visit.pages(lab)
    if isinstance(pages, Skip):
        return pages
    rows = []
    for page in pages:
        if page.expected.outcome is not Outcome.ALLOWED:
            return Skip(f"the policy files let no visitor reach {page.name}, so none arrives with an address")
        found = _row(lab, page)
        if isinstance(found, Skip):
            return found
        rows.append(found)
    return rows


def _row(lab: Lab, page: visit.Page) -> Row | Skip:
    what = f"address of a visitor at {page.name}"
    expected = "his own" if scope.bpf(lab) else "one of the cluster's"
    by_hand = f"{lab.kubectl} -n {page.service.namespace} logs -l {_selector(page)} --tail=5"
    if not page.address:
        return untested(what, expected, "the Service has no address", by_hand)
    token = secrets.token_hex(8)
    seen = visit.get(page.address, page.port, f"/?labctl-check={token}")
    if not seen.status:
        return untested(what, expected, seen.said, by_hand)
    if _of_the_cluster(lab.settings, seen.own_address):
        return Skip(
            f"this machine's own address {seen.own_address} lies in the cluster's ranges: the two look alike"
        )
    arrived = _logged(lab.api, page, token)
    if not arrived:
        return untested(what, expected, "no line of the application's log names it", by_hand)
    inside = _of_the_cluster(lab.settings, arrived)
    return holds(what, expected, arrived, inside is not scope.bpf(lab), by_hand)


def _selector(page: visit.Page) -> str:
    return ",".join(f"{key}={value}" for key, value in page.service.body["spec"]["selector"].items())


def _logged(api: Api, page: visit.Page, token: str) -> str:
    """Return the address in the log's line about a visit; empty if there is no such line."""
    for look in range(_LOOKS):
        time.sleep(_PAUSE if look else 0)
        for pod in page.pods:
            meta, container = pod["metadata"], pod["spec"]["containers"][0]["name"]
            for line in api.logs(meta["namespace"], meta["name"], container, _LINES).splitlines():
                if token in line and (found := _ADDRESS.search(line)):
                    return found[0]
    return ""


def _of_the_cluster(settings: LabSettings, address: str) -> bool:
    """Tell whether an address is a node's or a pod's; kube-proxy puts either in the visitor's place."""
    ranges = [ip_network(r) for r in (settings.vnet_cidr, settings.pod_cidr) if r]
    return any(ip_address(address) in network for network in ranges)


CHECK = Check(
    name="client-address",
    proves="the application sees its visitor's own address with eBPF, and a node's without",
    course="curl of the page and kubectl logs deployments/customer, before and after eBPF",
    needs="read services, nodes, pods and their logs; a way to the load balancer's address; real nodes",
    run=_run,
    # The Windows application writes its log into a file.
    applies=lambda lab: lab.traffic is not None and bool(load_balancers(lab)) and not scope.windows(lab),
)
