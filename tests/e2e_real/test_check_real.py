"""`labctl check` on real nodes: every traffic check runs, and fails when a policy is not what its file says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import pytest

from checks.catalogue import checks_of
from checks.lab import Lab
from checks.result import Report, Result, Status
from checks.runner import run_all
from checks.traffic import pods
from checks.traffic.script import Probe
from checks.traffic.session import OUTSIDE, Options, Session
from sandbox.tools import Toolbox
from tests.e2e.checking import failing, lab_of, told
from tests.e2e_real import nke
from tests.e2e_real.changing import without
from tests.e2e_real.conftest import RealLab, on

_K8S = "/apis/networking.k8s.io/v1/namespaces"
_V3 = "/apis/projectcalico.org/v3"
_PATIENCE = 8.0
"""Seconds that a mismatch gets; what is broken stays broken, so more would only cost time."""
_RUNS = itertools.count()
OUTSIDE_HOSTS = tuple(Probe(host, nke.PORT) for host in (nke.BLOCKED_HOST, nke.OPEN_HOSTS[0]))


@pytest.fixture(scope="module")
def outside(real: RealLab, toolbox: Toolbox) -> Iterator[None]:
    """The hosts outside that the nke lab closes and leaves open; other labs need none."""
    wanted = real.lab.stack == "nke"
    with nke.outside(real.home, toolbox.path("lab-programs")) if wanted else nullcontext():
        yield


pytestmark = pytest.mark.usefixtures("outside")


def check(real: RealLab, run: str, only_traffic: bool = True, full: bool = False) -> Report:
    """Run the checks with a session of their own and take its pods away."""
    hosts = OUTSIDE_HOSTS if real.lab.stack == "nke" else OUTSIDE
    # A name of its own: the namespace of the run before may still be on its way out.
    session = Session(Options(run=f"{run}{next(_RUNS)}", patience=_PATIENCE, full=full, outside=hosts))
    base = lab_of(real.lab, real.lab.kubeconfig(), traffic=False)
    lab = Lab(
        base.settings, base.api, base.app, base.policies, base.policy_files, base.other_policy_files, session
    )
    wanted = [c for c in checks_of(lab) if c.name.startswith("traffic") or not only_traffic]
    try:
        return run_all(wanted, lab, 30, interrupted=session.stop)
    finally:
        assert session.close() == []
        assert lab.api.list(f"{_V3}/globalnetworkpolicies", labelSelector=pods.LABEL) == []


def traffic(report: Report) -> dict[str, Result]:
    return {result.name: result for result in report.results if result.name.startswith("traffic/")}


TARGETS = {
    "byocni": {
        "traffic/customer.yaobank-customer:80",
        "traffic/summary.yaobank-summary:80",
        "traffic/database.yaobank-database:2379",
    },
    "azurecni": {
        "traffic/customer.yaobank:80",
        "traffic/summary.yaobank:80",
        "traffic/database.yaobank:2379",
    },
    "nke": {
        "traffic/frontend.guestbook:80",
        "traffic/redis-leader.guestbook:6379",
        "traffic/redis-follower.guestbook:6379",
        *(f"traffic/{probe.address}" for probe in OUTSIDE_HOSTS),
    },
}


@on(*TARGETS)
class TestWhole:
    """What is right passes, by packets."""

    def test_every_check_of_the_lab_passes_and_packets_were_sent(self, real: RealLab) -> None:
        report = check(real, "whole", only_traffic=False)
        assert failing(report) == set(), told(report)
        found = traffic(report)
        assert set(found) == TARGETS[real.lab.stack]
        for result in found.values():
            assert result.status is Status.PASSED
            assert len(result.rows) >= 4
        outcomes = {row.actual.partition(" ")[0] for result in found.values() for row in result.rows}
        assert outcomes == {"allowed", "denied"}
        skipped = {result.name for result in report.results if result.status is Status.SKIPPED}
        assert skipped <= {"page", "client-address", "policy-tiers"}, skipped

    def test_a_full_run_sees_the_same_pairs_open_before_and_after(self, real: RealLab) -> None:
        report = check(real, "full", full=True)
        assert failing(report) == set(), told(report)
        assert {"traffic-baseline", "traffic-baseline-again"} <= {result.name for result in report.results}


@dataclass(frozen=True)
class Break:
    """A policy that is not what its file says, and where packets show it."""

    path: str
    instead: Mapping[str, Any] | None
    """Fields of its spec that are otherwise; None: it is gone."""
    found_by: frozenset[str]
    """Checks that fail."""
    source: str
    target: str
    actual: str
    aside: str | None
    """A second policy that closes the same way, and is away too: with it nothing would be seen."""


def _break(
    how: str,
    path: str,
    instead: dict[str, Any] | None,
    row: str,
    actual: str,
    also: Sequence[str] = (),
    aside: str | None = None,
) -> Any:
    source, _, target = row.partition(" -> ")
    names = frozenset(f"traffic/{name}" for name in (target, *also))
    return pytest.param(Break(path, instead, names, source, f"traffic/{target}", actual, aside), id=how)


def _from(namespace: str, app: str, port: int) -> dict[str, Any]:
    peer = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "podSelector": {"matchLabels": {"app": app}},
    }
    return {"ingress": [{"from": [peer], "ports": [{"protocol": "TCP", "port": port}]}]}


_B_PAGE, _B_SUMMARY, _B_DATABASE = (
    "customer.yaobank-customer:80",
    "summary.yaobank-summary:80",
    "database.yaobank-database:2379",
)
_B_DENY = f"{_V3}/globalnetworkpolicies/customer-not-from-pods"
_B_ALLOW = f"{_K8S}/yaobank-summary/networkpolicies/allow-from-customer"
_B_DNS = f"{_K8S}/yaobank-customer/networkpolicies/allow-dns"
_A_PAGE, _A_SUMMARY, _A_DATABASE = "customer.yaobank:80", "summary.yaobank:80", "database.yaobank:2379"
_A_WHOLE = f"{_V3}/globalnetworkpolicies/default-deny"
_A_ALLOW = f"{_K8S}/yaobank/networkpolicies/allow-database-from-summary"
_N_PAGE, _N_CLOSED, _N_OPEN = "frontend.guestbook:80", *(probe.address for probe in OUTSIDE_HOSTS)
_N_POLICY = f"{_K8S}/guestbook/networkpolicies/mypolicy"
_N_DENY = f"{_V3}/namespaces/guestbook/networkpolicies/custom-deny-egress"
_OPEN: dict[str, Any] = {"ingress": [{"action": "Allow"}]}
_LETS = {"action": "Allow", "destination": {"nets": [nke.BLOCKED]}}
_ELSEWHERE = {"action": "Deny", "destination": {"nets": ["192.0.3.0/24"]}}

_BYOCNI = [
    _break("a deny removed", _B_DENY, None, f"outsider -> {_B_PAGE}", "allowed"),
    _break("a deny reversed", _B_DENY, _OPEN, f"outsider -> {_B_PAGE}", "allowed"),
    _break("a deny misspelt", _B_DENY, {"selector": "app == 'custmer'"}, f"outsider -> {_B_PAGE}", "allowed"),
    _break("an allow removed", _B_ALLOW, None, f"customer -> {_B_SUMMARY}", "denied"),
    _break("an allow reversed", _B_ALLOW, {"ingress": []}, f"customer -> {_B_SUMMARY}", "denied"),
    _break(
        *("an allow misspelt", _B_ALLOW, _from("yaobank-custmer", "customer", 80)),
        *(f"customer -> {_B_SUMMARY}", "denied"),
    ),
    _break(
        "lookups closed", _B_DNS, None, f"customer -> {_B_SUMMARY}", "DNS failed", also=(_B_DATABASE, _B_PAGE)
    ),
]
_AZURECNI = [
    _break("a deny removed", _B_DENY, None, f"outsider -> {_A_PAGE}", "allowed", aside=_A_WHOLE),
    _break("a deny reversed", _B_DENY, _OPEN, f"outsider -> {_A_PAGE}", "allowed", aside=_A_WHOLE),
    _break(
        *("a deny misspelt", _B_DENY, {"namespaceSelector": "kubernetes.io/metadata.name == 'yaobnk'"}),
        *(f"outsider -> {_A_PAGE}", "allowed"),
        aside=_A_WHOLE,
    ),
    _break("an allow removed", _A_ALLOW, None, f"summary -> {_A_DATABASE}", "denied"),
    _break("an allow reversed", _A_ALLOW, {"ingress": []}, f"summary -> {_A_DATABASE}", "denied"),
    _break(
        *("an allow misspelt", _A_ALLOW, _from("yaobank", "sumary", 2379)),
        *(f"summary -> {_A_DATABASE}", "denied"),
    ),
]
_NKE = [
    _break("the page's removed", _N_POLICY, None, f"outsider -> {_N_PAGE}", "allowed"),
    _break("the page's reversed", _N_POLICY, {"ingress": []}, f"anyone in testns -> {_N_PAGE}", "denied"),
    _break(
        *("the page's misspelt", _N_POLICY, {"podSelector": {"matchLabels": {"app": "guestbok"}}}),
        *(f"outsider -> {_N_PAGE}", "allowed"),
    ),
    _break("the deny removed", _N_DENY, None, f"frontend -> {_N_CLOSED}", "allowed"),
    _break("the deny reversed", _N_DENY, {"egress": [_LETS]}, f"frontend -> {_N_CLOSED}", "allowed"),
    _break("the pair's order reversed", _N_DENY, {"order": 30}, f"frontend -> {_N_CLOSED}", "allowed"),
    _break("the deny misspelt", _N_DENY, {"egress": [_ELSEWHERE]}, f"frontend -> {_N_CLOSED}", "allowed"),
]


def found_by_packets(real: RealLab, broken: Break) -> None:
    """Break the policy, look, and put it back."""
    api = real.lab.api()
    with (
        without(api, broken.aside) if broken.aside else nullcontext(),
        without(api, broken.path, broken.instead),
    ):
        report = check(real, "broken")
    api.close()
    assert failing(report) == broken.found_by, told(report)
    (row,) = [
        row for row in traffic(report)[broken.target].rows if row.subject.startswith(f"{broken.source} ->")
    ]
    assert row.actual.startswith(broken.actual)
    assert not row.passed


class TestBroken:
    """A policy that is removed, reversed or misspelt is found by packets."""

    @on("byocni")
    @pytest.mark.parametrize("broken", _BYOCNI)
    def test_a_broken_policy_of_byocni_is_found(self, real: RealLab, broken: Break) -> None:
        found_by_packets(real, broken)

    @on("azurecni")
    @pytest.mark.parametrize("broken", _AZURECNI)
    def test_a_broken_policy_of_azurecni_is_found(self, real: RealLab, broken: Break) -> None:
        found_by_packets(real, broken)

    @on("nke")
    @pytest.mark.parametrize("broken", _NKE)
    def test_a_broken_policy_of_nke_is_found(self, real: RealLab, broken: Break) -> None:
        found_by_packets(real, broken)


@on("byocni")
def test_probe_pods_wear_the_tiers_labels_and_get_none_of_its_visitors(real: RealLab) -> None:
    session = Session(Options(run="labels"))
    lab = lab_of(real.lab, real.lab.kubeconfig(), traffic=False)
    try:
        ends = session._prepare(lab)
        assert ends.pods["summary"]["metadata"]["labels"]["app"] == "summary"
        report = run_all([c for c in checks_of(lab) if c.name == "endpoints"], lab, 0)
        assert failing(report) == set(), told(report)
    finally:
        assert session.close() == []
