"""A cluster of the reader's own: named, never guessed, and without keys that would change nothing."""

# ruff: noqa: E501 - tables of cases keep one case a line, so that they can be read as tables

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from labs.enums import CalicoApiGroup, CalicoSource, Dataplane, Encapsulation, Switch, WindowsOsSku
from labs.rules import existing
from tests.labs.cases import BYOCNI, NKE, Case, messages, rows, rules_without_a_case

FOUND = replace(NKE, calico=CalicoSource.EXISTING)
_NOTHING = (
    "remove it, or set calico-labs:calico to 'install' (nothing is installed, so it would change nothing)"
)
_NAMES = "set it to names as `kubectl get nodes` prints them, with commas between (an object is made for each of them)"

REFUSED = [
    Case(
        "no-kubeconfig",
        {"kubeconfig": ""},
        "calico-labs:kubeconfig is '' but lab 'nke' runs on a cluster of yours; set it to the path of that cluster's "
        "kubeconfig (the lab must not land on whichever cluster KUBECONFIG names today)",
        NKE,
    ),
    Case(
        "no-context",
        {"context": " "},
        "calico-labs:context is ' ' but lab 'nke' runs on a cluster of yours; set it to a context of the kubeconfig; "
        "`kubectl config get-contexts` lists them (the current context changes with every other piece of work)",
        NKE,
    ),
    Case(
        "nodes-of-aks",
        {"node_count": 3},
        "calico-labs:nodeCount is '3' but lab 'nke' makes no cluster; remove it (the key would change nothing)",
        NKE,
    ),
    *(
        Case(
            f"{key}-of-aks",
            {field: value},
            f"calico-labs:{key} is '{value}' but lab 'nke' makes no cluster; remove it (the key would change nothing)",
            NKE,
        )
        for key, field, value in (
            ("owner", "owner", "you@example.org"),
            ("ttlHours", "ttl_hours", 9),
            ("windowsPoolName", "windows_pool_name", "other"),
            ("windowsOsSku", "windows_os_sku", WindowsOsSku.WINDOWS_2019),
            ("windowsVmSize", "windows_vm_size", "Standard_D8s_v5"),
        )
    ),
    Case(
        "windows-password",
        {"windows_admin_password": "Correct-Horse"},
        "calico-labs:windowsAdminPassword is '(hidden)' but lab 'nke' makes no cluster; remove it (the key would "
        "change nothing)",
        NKE,
    ),
    Case(
        "kubeconfig-for-aks",
        {"kubeconfig": "kube"},
        "calico-labs:kubeconfig is 'kube' but lab 'byocni' makes a cluster of its own; remove it, or use lab 'nke' "
        "(the key would change nothing)",
        BYOCNI,
    ),
    Case(
        "existing-calico-on-aks",
        {"calico": CalicoSource.EXISTING},
        "calico-labs:calico is 'existing' but lab 'byocni' makes a cluster of its own; remove it, or use lab 'nke' "
        "(the key would change nothing)",
        BYOCNI,
    ),
    Case("pool-of-existing-calico", {"pod_cidr": "10.1.0.0/16"}, f"calico-labs:podCidr is '10.1.0.0/16' but calico-labs:calico is 'existing'; {_NOTHING}", FOUND),
    Case("encapsulation-of-existing-calico", {"encapsulation": Encapsulation.VXLAN}, f"calico-labs:encapsulation is 'VXLAN' but calico-labs:calico is 'existing'; {_NOTHING}", FOUND),
    Case("mtu-of-existing-calico", {"mtu": 1400}, f"calico-labs:mtu is '1400' but calico-labs:calico is 'existing'; {_NOTHING}", FOUND),
    Case("wireguard-of-existing-calico", {"wireguard": Switch.ENABLED}, f"calico-labs:wireguard is 'Enabled' but calico-labs:calico is 'existing'; {_NOTHING}", FOUND),
    Case("nftables-of-existing-calico", {"dataplane": Dataplane.NFTABLES}, f"calico-labs:dataplane is 'Nftables' but calico-labs:calico is 'existing'; {_NOTHING}", FOUND),
    Case(
        "internal-group-of-an-installed-calico",
        {"calico_api_group": CalicoApiGroup.V1},
        "calico-labs:calicoApiGroup is 'crd.projectcalico.org/v1' but calico-labs:calico is 'install'; set it to "
        "'projectcalico.org/v3' (the lab installs the API server too, and nothing may be written past its checks)",
        NKE,
    ),
    Case("empty-node-name", {"node_names": "a,,b"}, f"calico-labs:nodeNames is 'a,,b' but '' is not the name of a node; {_NAMES}", NKE),
    Case("capital-node-name", {"route_reflectors": "A"}, f"calico-labs:routeReflectors is 'A' but 'A' is not the name of a node; {_NAMES}", NKE),
    Case("node-named-twice", {"node_names": "a, b, a"}, f"calico-labs:nodeNames is 'a, b, a' but 'a' is in it twice; {_NAMES}", NKE),
    Case(
        "report-less-than-daily",
        {"node_status_seconds": 86401},
        "calico-labs:nodeStatusSeconds is '86401' but the key takes 0 to 86400; set it to 86400 (Calico takes a day at "
        "most)",
        NKE,
    ),
    Case(
        "reflectors-without-bgp",
        {"route_reflectors": "a", "bgp": Switch.DISABLED, "encapsulation": Encapsulation.VXLAN},
        "calico-labs:routeReflectors is 'a' but calico-labs:bgp is 'Disabled'; remove it or set calico-labs:bgp to "
        "'Enabled' (a route reflector speaks BGP)",
        NKE,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "key", "value"),
    [("node_names", "nodeNames", "a"), ("node_status_seconds", "nodeStatusSeconds", 60)],
)
def test_prevent_keys_of_a_status_that_is_never_asked_for(field: str, key: str, value: str | int) -> None:
    changes: dict[str, Any] = {field: value, "bgp": Switch.DISABLED, "encapsulation": Encapsulation.VXLAN}
    assert messages(replace(NKE, **changes)) == [
        (
            f"calico-labs:{key} is '{value}' but calico-labs:bgp is 'Disabled'; remove it or set calico-labs:bgp to "
            "'Enabled' (what a node's status reports is its BGP)"
        )
    ]


ALLOWED: list[Any] = [
    pytest.param(NKE, {}, id="installed"),
    pytest.param(FOUND, {}, id="existing"),
    pytest.param(FOUND, {"calico_api_group": CalicoApiGroup.V1}, id="existing-without-an-api-server"),
    pytest.param(NKE, {"kubeconfig_exec": Switch.ENABLED}, id="exec"),
    pytest.param(NKE, {"node_names": "a, b.example", "node_status_seconds": 0}, id="named-nodes"),
    pytest.param(NKE, {"route_reflectors": "a,b"}, id="reflectors"),
]


@pytest.mark.parametrize("case", rows(REFUSED))
def test_prevent(case: Case) -> None:
    assert messages(case.settings) == [case.message]


@pytest.mark.parametrize(("baseline", "changes"), ALLOWED)
def test_allow(baseline: Any, changes: dict[str, Any]) -> None:
    assert messages(replace(baseline, **changes)) == []


def test_every_rule_has_a_case() -> None:
    assert rules_without_a_case(existing.RULES, REFUSED) == []


def test_a_node_may_be_named_with_blanks_around() -> None:
    assert messages(replace(NKE, node_names=" a , b ")) == []
