"""`labctl check` on real nodes: every traffic check runs, and fails when a policy is not what its file says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from checks.catalogue import checks_of
from checks.lab import Lab
from checks.result import Report, Status
from checks.runner import run_all
from checks.traffic import pods
from checks.traffic.session import Options, Session
from sandbox.kube_api import KubeApi
from tests.e2e.checking import failing, lab_of, told
from tests.e2e_real.conftest import RealLab

_GLOBAL = "/apis/projectcalico.org/v3/globalnetworkpolicies/customer-not-from-pods"
_ALLOW = "/apis/networking.k8s.io/v1/namespaces/yaobank-summary/networkpolicies/allow-from-customer"
_DNS = "/apis/networking.k8s.io/v1/namespaces/yaobank-customer/networkpolicies/allow-dns"
PAGE = "traffic/customer.yaobank-customer:80"
SUMMARY = "traffic/summary.yaobank-summary:80"
DATABASE = "traffic/database.yaobank-database:2379"


def check(real: RealLab, run: str, only_traffic: bool = True, full: bool = False) -> Report:
    """Run the checks with a session of their own and take its pods away."""
    session = Session(Options(run=run, patience=8, full=full))
    base = lab_of(real.lab, real.lab.kubeconfig(), traffic=False)
    lab = Lab(
        base.settings, base.api, base.app, base.policies, base.policy_files, base.other_policy_files, session
    )
    wanted = [c for c in checks_of(lab) if c.name.startswith("traffic") or not only_traffic]
    try:
        return run_all(wanted, lab, 10, interrupted=session.stop)
    finally:
        assert session.close() == []
        assert (
            lab.api.list("/apis/projectcalico.org/v3/globalnetworkpolicies", labelSelector=pods.LABEL) == []
        )


@contextmanager
def without(api: KubeApi, path: str, instead: dict[str, Any] | None = None) -> Iterator[None]:
    """Take a policy away, or change its spec, and put it back."""
    old = api.get(path)
    assert old is not None
    folder, meta = (
        path.rpartition("/")[0],
        {k: v for k, v in old["metadata"].items() if k in ("name", "namespace")},
    )
    body = {"apiVersion": old["apiVersion"], "kind": old["kind"], "metadata": meta, "spec": old["spec"]}
    api.delete(path)
    if instead is not None:
        api.create(folder, {**body, "spec": {**old["spec"], **instead}})
    try:
        yield
    finally:
        if instead is not None:
            api.delete(path)
        api.create(folder, body)


def test_every_check_of_the_lab_passes_and_packets_were_sent(real: RealLab) -> None:
    report = check(real, "whole", only_traffic=False)
    assert failing(report) == set(), told(report)
    by_name = {result.name: result for result in report.results}
    for name in (PAGE, SUMMARY, DATABASE):
        assert by_name[name].status is Status.PASSED
        assert len(by_name[name].rows) == 4
    assert by_name["node-addresses"].status is Status.PASSED
    outcomes = {row.actual.partition(" ")[0] for name in (SUMMARY, DATABASE) for row in by_name[name].rows}
    assert outcomes == {"allowed", "denied"}


def test_a_full_run_sees_the_same_pairs_open_before_and_after(real: RealLab) -> None:
    report = check(real, "full", full=True)
    assert failing(report) == set(), told(report)
    assert {"traffic-baseline", "traffic-baseline-again"} <= {result.name for result in report.results}


BREAKS: list[Any] = [
    pytest.param(_GLOBAL, None, {PAGE}, "outsider", "allowed", id="removed"),
    pytest.param(_GLOBAL, {"ingress": [{"action": "Allow"}]}, {PAGE}, "outsider", "allowed", id="reversed"),
    pytest.param(_GLOBAL, {"selector": "app == 'custmer'"}, {PAGE}, "outsider", "allowed", id="misspelt"),
    pytest.param(_ALLOW, None, {SUMMARY}, "customer", "denied", id="an allow removed"),
    pytest.param(_DNS, None, {SUMMARY, DATABASE, PAGE}, "customer", "DNS failed", id="lookups closed"),
]


@pytest.mark.parametrize(("path", "instead", "found_by", "source", "actual"), BREAKS)
def test_a_policy_that_is_not_what_its_file_says_is_found_by_packets(
    real: RealLab, path: str, instead: dict[str, Any] | None, found_by: set[str], source: str, actual: str
) -> None:
    api = real.lab.api()
    with without(api, path, instead):
        report = check(real, "broken")
    api.close()
    assert failing(report) == found_by, told(report)
    (row,) = [
        row
        for result in report.results
        if result.name == (PAGE if PAGE in found_by and actual == "allowed" else SUMMARY)
        for row in result.rows
        if row.subject.startswith(f"{source} ->")
    ]
    assert row.actual.startswith(actual)
    assert not row.passed


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
