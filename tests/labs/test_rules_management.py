"""What AKS refuses where it runs Calico itself. One baseline, each case changes one thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from labs.enums import CalicoManagement, Dataplane, PolicySet, Switch
from labs.rules import management
from tests.labs.cases import AZURE, BYOCNI, MANAGED, WINDOWS, Case, messages, rows, rules_without_a_case

_BACK = "remove it (AKS puts its own Installation back, and chooses the release itself)"

REFUSED = [
    Case(
        "without-akss-cni",
        {"calico_management": CalicoManagement.AKS, "policies": PolicySet.KUBERNETES},
        "calico-labs:calicoManagement is 'aks' but lab 'byocni' runs without AKS's own CNI; set it to 'operator' "
        "(AKS's add-on works beside Azure CNI only)",
        BYOCNI,
    ),
    Case(
        "mtu",
        {"mtu": 1400},
        f"calico-labs:mtu is '1400' but calico-labs:calicoManagement is 'aks'; {_BACK}",
        MANAGED,
    ),
    Case(
        "release",
        {"calico_version": "v3.33.1"},
        f"calico-labs:calicoVersion is 'v3.33.1' but calico-labs:calicoManagement is 'aks'; {_BACK}",
        MANAGED,
    ),
    Case(
        "autodetection",
        {"node_address_autodetection_v4": {"firstFound": True}},
        "calico-labs:nodeAddressAutodetectionV4 is '{\"firstFound\": true}' but calico-labs:calicoManagement is "
        f"'aks'; {_BACK}",
        MANAGED,
    ),
    Case(
        "ebpf",
        {"dataplane": Dataplane.BPF},
        "calico-labs:dataplane is 'BPF' but calico-labs:calicoManagement is 'aks'; set it to 'Iptables' or use "
        "'operator' (the data plane is a field of the Installation, which AKS puts back)",
        MANAGED,
    ),
    Case(
        "wireguard",
        {"wireguard": Switch.ENABLED},
        "calico-labs:wireguard is 'Enabled' but calico-labs:calicoManagement is 'aks'; set it to 'Disabled' or use "
        "'operator' (it is switched through Calico's API, which AKS does not serve, and AKS does not support it)",
        MANAGED,
    ),
    Case(
        "calicos-own-policies",
        {"policies": PolicySet.ALL},
        "calico-labs:policies is 'All' but calico-labs:calicoManagement is 'aks'; set it to 'Kubernetes' or 'None', or "
        "use 'operator' (Calico's own policies need an APIServer, which AKS does not support and whose certificates "
        "its operator cannot make)",
        MANAGED,
    ),
    Case(
        "copies-of-an-api-server",
        {"control_plane_replicas": 2},
        "calico-labs:controlPlaneReplicas is '2' but calico-labs:calicoManagement is 'aks'; remove it (they are copies "
        "of Calico's API server, which AKS does not support)",
        MANAGED,
    ),
]

ALLOWED: list[Any] = [
    pytest.param(MANAGED, {}, id="azurecni"),
    pytest.param(MANAGED, {"policies": PolicySet.NONE}, id="without-policies"),
    pytest.param(MANAGED, {"node_count": 5}, id="more-nodes"),
    pytest.param(
        WINDOWS, {"calico_management": CalicoManagement.AKS, "policies": PolicySet.KUBERNETES}, id="windows"
    ),
    pytest.param(AZURE, {"policies": PolicySet.DEFAULT_DENY, "control_plane_replicas": 2}, id="the-labs-own"),
]


@pytest.mark.parametrize("case", rows(REFUSED))
def test_prevent(case: Case) -> None:
    assert messages(case.settings) == [case.message]


@pytest.mark.parametrize(("baseline", "changes"), ALLOWED)
def test_allow(baseline: Any, changes: dict[str, Any]) -> None:
    assert messages(replace(baseline, **changes)) == []


def test_every_rule_has_a_case() -> None:
    assert rules_without_a_case(management.RULES, REFUSED) == []
