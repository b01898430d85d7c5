# ruff: noqa: E501 -- whole messages are asserted, and they are long
"""Advice: one policy set that gives none, and one change to it for each finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from reach.lint import CHECKS, lint
from reach.topology import load_lab
from tests.reach.project import DENY, global_policy, make_project, policy

WEB = policy(
    "{order: 10, selector: app == 'web', types: [Ingress], "
    "ingress: [{action: Allow, protocol: TCP, destination: {ports: [http]}}]}",
    name="web",
)
BASELINE = (DENY, WEB)


def findings(folder: Path, *policies: str, config: str = "") -> list[str]:
    """Return the findings of a lab with these policies."""
    return [str(found) for found in lint(load_lab(make_project(folder, *policies, config=config), "byocni"))]


def test_the_baseline_has_no_findings(tmp_path: Path) -> None:
    assert findings(tmp_path, *BASELINE) == []


ROWS = [
    pytest.param(
        policy("{types: [Ingress], ingress: [{action: Allow}], egress: [{action: Allow}]}"),
        "ignored-rules",
        "NetworkPolicy shop/p spec.egress is never asked, as the types are Ingress; add Egress or remove it",
        id="ignored-rules",
    ),
    pytest.param(
        policy("{types: [Ingress], selector: app == 'wbe'}"),
        "selects-nothing",
        "NetworkPolicy shop/p spec selects no workload of this lab; check its selectors and namespace",
        id="selects-nothing",
    ),
    pytest.param(
        policy("{types: [Ingress], order: 20, ingress: [{action: Allow, source: {selector: app == 'x'}}]}"),
        "matches-nothing",
        "NetworkPolicy shop/p spec.ingress[0].source selects nothing of this lab; check the labels",
        id="matches-nothing",
    ),
    pytest.param(
        policy(
            "{types: [Egress], order: 20, egress: [{action: Allow, destination: {services: {name: x}}}, {action: Allow}]}"
        ),
        "matches-nothing",
        "NetworkPolicy shop/p spec.egress[0].destination names the Service shop/x, which has no pods here",
        id="matches-nothing-service",
    ),
    pytest.param(
        policy(
            "{types: [Ingress], order: 20, ingress: [{action: Allow, protocol: TCP, destination: {ports: [htpp]}}]}"
        ),
        "unknown-port-name",
        "NetworkPolicy shop/p spec.ingress[0].destination.ports[0] is 'htpp' but no pod that it could mean declares "
        "a port of that name",
        id="unknown-port-name",
    ),
    pytest.param(
        DENY.replace("name: deny", "name: two").replace(
            "policyTypes: [Ingress]",
            "policyTypes: [Ingress]\n  ingress: [{from: [{namespaceSelector: {}}, {podSelector: {matchLabels: {app: db}}}]}]",
        ),
        "split-peer",
        "KubernetesNetworkPolicy shop/two spec.ingress[0].from[1] stands beside its other half as a second peer, which means "
        "OR: the whole namespace, and such pods of the policy's own; write both selectors in one list item",
        id="split-peer",
    ),
    pytest.param(
        policy(
            "{types: [Ingress], order: 10, selector: app == 'web', ingress: [{action: Deny, protocol: UDP}]}",
            name="z",
        ),
        "equal-orders",
        "NetworkPolicy shop/z spec.order is that of NetworkPolicy shop/web (policies/byocni/01.yaml:1), and their Ingress "
        "rules disagree on common pods; give them different orders (the name decides now, and by another rule before v3.32)",
        id="equal-orders",
    ),
    pytest.param(
        policy("{types: [Egress], order: 20, egress: [{action: Allow, protocol: TCP}]}"),
        "no-dns",
        "NetworkPolicy shop/p spec closes the egress of shop/db, and nothing lets it ask kube-system/coredns on UDP 53; "
        "allow that, or every name lookup fails",
        id="no-dns",
    ),
    pytest.param(
        policy("{types: [Ingress], order: 20, ingress: [{action: Allow, http: {methods: [GET]}}]}"),
        "http-not-enforced",
        "NetworkPolicy shop/p spec.ingress[0].http is not enforced here, so the rule is wider than it looks",
        id="http-not-enforced",
    ),
    pytest.param(
        policy("{types: [Ingress], order: 1, selector: app == 'web', ingress: [{action: Deny}]}"),
        "closed-entry",
        "LoadBalancer shop/front port 80/TCP leads to shop/web, but it is closed for clients; open it, or make the "
        "Service a ClusterIP",
        id="closed-entry",
    ),
]


@pytest.mark.parametrize(("added", "check", "message"), ROWS)
def test_one_more_policy_is_found(tmp_path: Path, added: str, check: str, message: str) -> None:
    found = findings(tmp_path, *BASELINE, added)
    assert any(line.endswith(f": {check}: {message}") for line in found), found


def test_a_late_deny_under_kubernetes_allows_is_found(tmp_path: Path) -> None:
    allow = DENY.replace("policyTypes: [Ingress]", "policyTypes: [Ingress]\n  ingress: [{}]")
    late = global_policy(
        "{order: 2000, selector: app == 'web', types: [Ingress], ingress: [{action: Deny, protocol: UDP}]}"
    )
    assert findings(tmp_path, allow, late) == [
        (
            "policies/byocni/01.yaml:4: shadowed-by-kubernetes: GlobalNetworkPolicy g spec.ingress[0] comes after Kubernetes "
            "policies, which are order 1000: what KubernetesNetworkPolicy shop/deny (policies/byocni/00.yaml:1) allows is never "
            "denied here; set an order below 1000"
        )
    ]


def test_tiers_on_an_old_calico_are_found(tmp_path: Path) -> None:
    tiered = WEB.replace("order: 10", "tier: net, order: 10")
    found = findings(tmp_path, DENY, tiered, config="  calico-labs:calicoVersion: v3.28.5\n")
    assert any(
        "too-new: NetworkPolicy shop/web spec.tier needs Calico v3.29, but the lab has v3.28.5" in line
        for line in found
    )


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("{action: Log}", "the action Log"),
        ("{action: Allow, protocol: TCP, destination: {notPorts: [80]}}", "a negated match"),
        ("{action: Allow, protocol: TCP, destination: {ports: [http]}}", "a named port"),
        ("{action: Allow, protocol: ICMP, icmp: {type: 8}}", "an ICMP type"),
    ],
)
def test_rules_that_windows_nodes_skip_are_found(tmp_path: Path, rule: str, why: str) -> None:
    added = policy(f"{{types: [Ingress], order: 20, ingress: [{rule}]}}")
    found = findings(tmp_path, DENY, added, config="  calico-labs:windowsNodeCount: 1\n")
    assert any(
        f"windows-skips: NetworkPolicy shop/p spec.ingress[0] has {why}, and Windows nodes skip such rules; write it without"
        in line
        for line in found
    ), found


def test_every_check_is_tried_here() -> None:
    tried = {str(row.values[1]) for row in ROWS} | {"shadowed-by-kubernetes", "too-new", "windows-skips"}
    # The strict loader refuses a policy without types before lint sees it; other callers have no such loader.
    assert tried | {"missing-types"} == set(CHECKS)
