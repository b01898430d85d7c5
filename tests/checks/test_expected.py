"""Expectations are the verdicts of `reach` over the policy files: change a file and they change."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from checks.traffic.ends import Target, sources, targets
from checks.traffic.expected import Expectations
from checks.traffic.outcome import Outcome
from checks.traffic.script import Probe
from labs.manifests import Manifest
from tests.checks.fakes import FakeApi, lab_of

LAB = lab_of("byocni", FakeApi())
OWN = "own"


def pod(namespace: str, name: str, address: str, **labels: str) -> dict[str, Any]:
    return {
        "metadata": {"namespace": namespace, "name": name, "labels": labels},
        "spec": {"containers": [{"ports": [{"name": "web", "containerPort": 80}]}]},
        "status": {"podIP": address, "phase": "Running"},
    }


DNS = pod("kube-system", "coredns-1", "10.244.0.2", **{"k8s-app": "kube-dns"})
BACKENDS = {
    "database": pod("yaobank-database", "database-1", "10.244.0.10", app="database"),
    "summary": pod("yaobank-summary", "summary-1", "10.244.0.11", app="summary"),
    "customer": pod("yaobank-customer", "customer-1", "10.244.0.12", app="customer"),
}
PROBES = {
    source.name: pod(source.namespace, f"check-{source.name}", f"10.244.1.{index}", **source.labels)
    for index, source in enumerate(sources(LAB.app, OWN), start=10)
}


def namespace(name: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}}


NAMESPACES = [namespace(n) for n in (*LAB.namespaces, "kube-system", OWN)]


def matrix(policies: list[Manifest]) -> dict[str, str]:
    """Return source -> target: outcome, for all pairs."""
    expectations = Expectations(
        LAB.settings, policies, LAB.app, NAMESPACES, [DNS, *BACKENDS.values(), *PROBES.values()]
    )
    return {
        f"{source} -> {target.probe.host.partition('.')[0]}": str(
            expectations.between(body, target, [BACKENDS[target.probe.host.partition(".")[0]]]).outcome
        )
        for source, body in PROBES.items()
        for target in targets(LAB.app)
    }


ENFORCED = matrix(list(LAB.policy_files))


def test_the_lab_lets_each_tier_reach_the_next_and_nobody_else() -> None:
    assert {pair for pair, outcome in ENFORCED.items() if outcome == "allowed"} == {
        "customer -> summary",
        "summary -> database",
    }
    assert set(ENFORCED.values()) == {"allowed", "denied"}
    assert len(ENFORCED) == 12


def test_without_policies_everything_is_allowed() -> None:
    assert set(matrix([]).values()) == {"allowed"}


@pytest.mark.parametrize(
    ("left_out", "changed"),
    [
        ("23-summary-from-customer", {"customer -> summary": "denied"}),
        ("25-database-from-summary", {"summary -> database": "denied"}),
        ("31-customer-not-from-pods", {"outsider -> customer": "allowed"}),
        (
            "13-customer-dns",
            {f"customer -> {name}": "DNS failed" for name in ("database", "summary", "customer")},
        ),
    ],
)
def test_a_file_less_changes_what_is_expected(left_out: str, changed: dict[str, str]) -> None:
    policies = [policy for policy in LAB.policy_files if policy.path.stem != left_out]
    assert len(policies) == len(LAB.policy_files) - 1
    found = matrix(policies)
    assert {pair: outcome for pair, outcome in found.items() if outcome != ENFORCED[pair]} == changed


def test_the_deciding_rule_is_named_with_its_file_and_line() -> None:
    expectations = Expectations(
        LAB.settings, LAB.policy_files, LAB.app, NAMESPACES, [DNS, *BACKENDS.values(), *PROBES.values()]
    )
    (target,) = [t for t in targets(LAB.app) if t.name.startswith("customer")]
    why = expectations.between(PROBES["outsider"], target, [BACKENDS["customer"]]).why
    assert why == (
        "ingress denied by GlobalNetworkPolicy customer-not-from-pods ingress[0] "
        "(policies/byocni/31-customer-not-from-pods.yaml:16)"
    )


def test_a_target_without_pods_expects_nothing() -> None:
    expectations = Expectations(LAB.settings, [], LAB.app, NAMESPACES, [DNS, *PROBES.values()])
    found = expectations.between(PROBES["outsider"], targets(LAB.app)[0], [])
    assert (found.outcome, found.why) == (Outcome.UNTESTED, "no pod runs behind it")


def test_a_named_port_is_that_of_the_pod() -> None:
    expectations = Expectations(
        LAB.settings, LAB.policy_files, LAB.app, NAMESPACES, [DNS, *BACKENDS.values(), *PROBES.values()]
    )
    target = replace(targets(LAB.app)[1], target_port="web")
    assert expectations.between(PROBES["customer"], target, [BACKENDS["summary"]]).outcome is Outcome.ALLOWED


def test_an_address_outside_is_judged_by_the_files_of_the_nke_lab() -> None:
    lab = lab_of("nke", FakeApi())
    guest = pod("guestbook", "check-frontend", "10.244.1.1", app="guestbook", tier="frontend")
    stranger = pod(OWN, "check-outsider", "10.244.1.2")
    namespaces = [namespace(n) for n in (*lab.namespaces, "kube-system", OWN)]
    expectations = Expectations(lab.settings, lab.policy_files, lab.app, namespaces, [DNS, guest, stranger])
    outcomes = {
        (who, host): str(expectations.between(body, Target(host, Probe(host, 53)), []).outcome)
        for who, body in (("frontend", guest), ("outsider", stranger))
        for host in ("8.8.8.8", "1.1.1.1")
    }
    assert outcomes == {
        ("frontend", "8.8.8.8"): "denied",
        ("frontend", "1.1.1.1"): "allowed",
        ("outsider", "8.8.8.8"): "allowed",
        ("outsider", "1.1.1.1"): "allowed",
    }


def test_a_visitor_from_outside_is_let_in_by_the_page_and_by_nothing_else() -> None:
    expectations = Expectations(
        LAB.settings, LAB.policy_files, LAB.app, NAMESPACES, [DNS, *BACKENDS.values()]
    )
    outcomes = {
        target.probe.host.partition(".")[0]: str(
            expectations.from_address(
                ip_address("198.51.100.7"), target, [BACKENDS[target.probe.host.partition(".")[0]]]
            ).outcome
        )
        for target in targets(LAB.app)
    }
    assert outcomes == {"database": "denied", "summary": "denied", "customer": "allowed"}


def test_a_service_account_is_found_by_its_labels_in_the_files() -> None:
    labelled = Manifest(
        Path("apps/x/01-accounts.yaml"),
        1,
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": OWN, "labels": {"role": "guest"}},
        },
    )
    guests = Manifest(
        Path("policies/x/01-guests.yaml"),
        1,
        {
            "apiVersion": "projectcalico.org/v3",
            "kind": "GlobalNetworkPolicy",
            "metadata": {"name": "guests"},
            "spec": {
                "tier": "default",
                "order": 1,
                "serviceAccountSelector": "role == 'guest'",
                "types": ["Egress"],
                "egress": [{"action": "Allow", "protocol": "UDP"}],
            },
        },
    )
    (target,) = [target for target in targets(LAB.app) if target.name.startswith("summary")]
    outcomes = [
        Expectations(LAB.settings, [guests], app, NAMESPACES, [DNS, *BACKENDS.values(), *PROBES.values()])
        .between(PROBES["outsider"], target, [BACKENDS["summary"]])
        .outcome
        for app in ([labelled], [])
    ]
    assert outcomes == [Outcome.DENIED, Outcome.ALLOWED]
