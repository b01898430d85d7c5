"""Rules about the cluster: region, owner, versions, the system pool. One baseline, each case changes one
thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from labs.rules import cluster
from tests.labs.cases import BYOCNI, Case, messages, rows, rules_without_a_case

REFUSED = [
    Case(
        "location-with-a-space",
        {"location": "Canada Central"},
        "azure-native:location is 'Canada Central' but Azure's region names have lower-case letters and "
        "digits alone; set it to 'canadacentral' (the name is compared letter by letter)",
    ),
    Case(
        "location-empty",
        {"location": ""},
        "azure-native:location is '' but Azure's region names have lower-case letters and digits alone; "
        "set it to 'canadacentral' (the name is compared letter by letter)",
    ),
    Case(
        "owner-blank",
        {"owner": " "},
        "calico-labs:owner is ' ' but it has no letters; set it to a name or an e-mail address "
        "(it is the tag by which a forgotten lab finds its owner)",
    ),
    Case(
        "owner-with-a-slash",
        {"owner": "net/team"},
        "calico-labs:owner is 'net/team' but an Azure tag takes no control characters and none of <>%&\\?/; "
        "set it to a name or an e-mail address (it is the tag by which a forgotten lab finds its owner)",
    ),
    Case(
        "owner-with-a-line-break",
        {"owner": "net\nteam"},
        "calico-labs:owner is 'net\\nteam' but an Azure tag takes no control characters and none of "
        "<>%&\\?/; set it to a name or an e-mail address (it is the tag by which a forgotten lab finds its "
        "owner)",
    ),
    Case(
        "owner-too-long",
        {"owner": "x" * 257},
        f"calico-labs:owner is '{'x' * 119}…' but an Azure tag holds 256 characters; "
        "set it to a name or an e-mail address (it is the tag by which a forgotten lab finds its owner)",
    ),
    Case(
        "ttl-of-zero",
        {"ttl_hours": 0},
        "calico-labs:ttlHours is '0' but the key takes 1 to 720; set it to 1 "
        "(a lab that lives for more than a month has been forgotten)",
    ),
    Case(
        "ttl-over-a-month",
        {"ttl_hours": 721},
        "calico-labs:ttlHours is '721' but the key takes 1 to 720; set it to 720 "
        "(a lab that lives for more than a month has been forgotten)",
    ),
    Case(
        "kubernetes-with-a-v",
        {"kubernetes_version": "v1.36"},
        "calico-labs:kubernetesVersion is 'v1.36' but it is neither a minor nor a patch release; "
        'set it to "1.36", in quotes (AKS takes the numbers alone, without a v)',
    ),
    Case(
        "kubernetes-too-old",
        {"kubernetes_version": "1.34.2"},
        "calico-labs:kubernetesVersion is '1.34.2' but AKS creates clusters of 1.35, 1.36, 1.37; "
        'set it to "1.36", in quotes (AKS supports three minors at a time, and YAML drops a trailing zero)',
    ),
    Case(
        "kubernetes-that-lost-its-zero",
        {"kubernetes_version": "1.4"},
        "calico-labs:kubernetesVersion is '1.4' but AKS creates clusters of 1.35, 1.36, 1.37; "
        'set it to "1.36", in quotes (AKS supports three minors at a time, and YAML drops a trailing zero)',
    ),
    Case(
        "no-node",
        {"node_count": 0},
        "calico-labs:nodeCount is '0' but the key takes 1 to 1000; set it to 1 "
        "(a system pool is never empty, and AKS ends a pool there)",
    ),
    Case(
        "too-many-nodes",
        {"node_count": 1001},
        "calico-labs:nodeCount is '1001' but the key takes 1 to 1000; set it to 1000 "
        "(a system pool is never empty, and AKS ends a pool there)",
    ),
    Case(
        "b-series-system-pool",
        {"node_vm_size": "Standard_B4ms"},
        "calico-labs:nodeVmSize is 'Standard_B4ms' but AKS does not support B-series sizes in a system pool; "
        "set it to 'Standard_D4s_v5' (their CPU is throttled once the credits are used up, and Calico with "
        "it)",
    ),
    Case(
        "two-vcpus",
        {"node_vm_size": "Standard_D2s_v5"},
        "calico-labs:nodeVmSize is 'Standard_D2s_v5' but it has 2 vCPU and a system pool needs 4; "
        "set it to 'Standard_D4s_v5' (AKS's own pods take most of a smaller one)",
    ),
    Case(
        "size-without-prefix",
        {"node_vm_size": "D4s_v5"},
        "calico-labs:nodeVmSize is 'D4s_v5' but it is not in Azure's form Standard_<family><vCPUs>...; "
        "set it to 'Standard_D4s_v5' (upper and lower case count)",
    ),
    Case(
        "pool-name-too-long",
        {"node_pool_name": "systemsystem1"},
        "calico-labs:nodePoolName is 'systemsystem1' but a Linux pool's name is a lower-case letter and up "
        "to 11 more letters or digits; set it to 'system' (AKS makes host names from it)",
    ),
    Case(
        "pool-name-with-a-hyphen",
        {"node_pool_name": "sys-tem"},
        "calico-labs:nodePoolName is 'sys-tem' but a Linux pool's name is a lower-case letter and up to 11 "
        "more letters or digits; set it to 'system' (AKS makes host names from it)",
    ),
    Case(
        "no-replica",
        {"control_plane_replicas": 0},
        "calico-labs:controlPlaneReplicas is '0' but the key takes 1 to 10; set it to 1 "
        "(the operator needs one, and more only cost memory in a lab)",
    ),
    Case(
        "wait-of-zero",
        {"wait_minutes": 0},
        "calico-labs:waitMinutes is '0' but the key takes 1 to 120; set it to 1 "
        "(a wait has to end, and Calico is up in minutes or never)",
    ),
]

ALLOWED = [
    pytest.param({"location": "westeurope2"}, id="location-with-a-digit"),
    pytest.param({"owner": "Ada Löwe"}, id="owner-with-an-umlaut"),
    pytest.param({"owner": "x" * 256}, id="owner-as-long-as-a-tag"),
    pytest.param({"ttl_hours": 720}, id="ttl-of-a-month"),
    pytest.param({"kubernetes_version": "1.35"}, id="kubernetes-oldest"),
    pytest.param({"kubernetes_version": "1.36.2"}, id="kubernetes-patch"),
    pytest.param({"node_count": 1}, id="one-node"),
    pytest.param({"node_vm_size": "Standard_DS3_v2"}, id="old-size-whose-number-is-a-rank"),
    pytest.param({"node_vm_size": "Standard_E8-4s_v5"}, id="size-with-constrained-cores"),
    pytest.param({"node_pool_name": "systemsystem"}, id="pool-name-of-twelve"),
    pytest.param({"wait_minutes": 120}, id="longest-wait"),
]


@pytest.mark.parametrize("case", rows(REFUSED))
def test_prevent(case: Case) -> None:
    assert messages(case.settings) == [case.message]


@pytest.mark.parametrize("changes", ALLOWED)
def test_allow(changes: dict[str, Any]) -> None:
    assert messages(replace(BYOCNI, **changes)) == []


def test_every_rule_has_a_case() -> None:
    assert rules_without_a_case(cluster.RULES, REFUSED) == []
