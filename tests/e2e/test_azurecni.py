"""The story of the azurecni lab: 0 up, 1 nothing to do, 2 scale, 3 default deny, 4 WireGuard, 5 eBPF, 6 destroy.

The tests of this file run in order and share one stack, as a learner would take the steps. WireGuard and eBPF are
steps of the course on this very cluster; their own labs start with them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from guardrails.expiry import expired
from guardrails.sources import from_state
from preview.drift import drift
from sandbox.calico.companions import is_true
from sandbox.home import Home
from sandbox.status import programs
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab
from tests.e2e.labs import operations, replaced, running
from tests.e2e.test_lifecycle import Arm

_FELIX = "/apis/projectcalico.org/v3/felixconfigurations/default"
_TYPHA = "/apis/apps/v1/namespaces/calico-system/deployments/calico-typha"
_INSTALLATION = "/apis/operator.tigera.io/v1/installations/default"


@pytest.fixture(scope="module")
def lab(home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from running(home, toolbox, tmp_path_factory.mktemp("azurecni"), "azurecni")


def nodes_by_label(lab: Lab) -> dict[str, int]:
    """Return how many nodes carry each value of the course's label."""
    found: dict[str, int] = {}
    for node in lab.api().list("/api/v1/nodes"):
        value = node["metadata"]["labels"].get("node", "")
        found[value] = found.get(value, 0) + 1
    return found


def felix(lab: Lab) -> dict[str, Any]:
    found = lab.api().get(_FELIX)
    assert found is not None
    return dict(found["spec"])


def eventually(lab: Lab, path: str, field: str, wanted: object) -> None:
    """Wait until a field of an object's spec has a value; the operator looks every few seconds."""
    deadline = time.monotonic() + 90
    while True:
        found = lab.api().get(path)
        value = None if found is None else found["spec"].get(field)
        if value == wanted:
            return
        assert time.monotonic() < deadline, f"{path} {field} is {value}, not {wanted}"
        time.sleep(1)


class TestStep0Up:
    def test_up_creates_every_resource(self, lab: Lab) -> None:
        assert set(lab.must_up().changes) == {"create"}

    def test_azure_gives_the_pods_their_addresses_and_leaves_policy_to_the_lab(self, lab: Lab) -> None:
        (cluster,) = [body for id, body in lab.azure().items() if re.search("/managedclusters/[^/]+$", id)]
        profile = cluster["properties"]["networkProfile"]
        assert (profile["networkPlugin"], profile["networkPolicy"]) == ("azure", "none")
        assert "podCidr" not in profile

    def test_the_operator_took_the_installation_with_azures_cni(self, lab: Lab) -> None:
        installation = lab.api().get(_INSTALLATION)
        assert installation is not None
        assert is_true(installation, "Ready")
        assert installation["spec"]["cni"] == {"type": "AzureVNET", "ipam": {"type": "AzureVNET"}}
        assert lab.api().list("/apis/projectcalico.org/v3/ippools") == []

    def test_the_two_nodes_carry_the_labels_of_their_pools(self, lab: Lab) -> None:
        assert nodes_by_label(lab) == {"first": 1, "second": 1}

    def test_the_web_page_and_what_is_behind_it_are_on_different_nodes(self, lab: Lab) -> None:
        labels = {
            node["metadata"]["name"]: node["metadata"]["labels"]["node"]
            for node in lab.api().list("/api/v1/nodes")
        }
        placed = {
            pod["metadata"]["labels"]["app"]: labels[pod["spec"]["nodeName"]]
            for pod in lab.api().list("/api/v1/namespaces/yaobank/pods")
        }
        assert placed == {"customer": "first", "summary": "second", "database": "second"}

    def test_the_plan_of_addresses_is_an_output(self, lab: Lab) -> None:
        plan = lab.outputs()["ipPlan"]
        assert (plan["nodesTake"], plan["needed"], plan["smallestSubnet"]) == (62, 129, "/24")


class TestStep1NothingToDo:
    def test_second_up_changes_nothing(self, lab: Lab) -> None:
        assert set(lab.must_up().changes) == {"same"}

    def test_a_pod_that_was_called_not_ready_is_ready_again(self, lab: Lab) -> None:
        """As a kubelet says again; else whoever waits for its Deployment waits for ever."""
        api = lab.api()
        pod = api.list("/api/v1/namespaces/yaobank/pods")[0]
        path = f"/api/v1/namespaces/yaobank/pods/{pod['metadata']['name']}"
        conditions = [
            {**item, "status": "False"} if item["type"] == "Ready" else item
            for item in pod["status"]["conditions"]
        ]
        api.merge(f"{path}/status", {"status": {"conditions": conditions}})
        deadline = time.monotonic() + 90
        while not is_true(api.get(path) or {}, "Ready"):
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def test_refresh_finds_the_second_pool_in_the_cluster_and_the_next_up_settles_it(self, lab: Lab) -> None:
        """Azure lists all pools in the cluster's own body, the separate ones too (pulumi-azure-native#579)."""
        assert drift(json.loads(lab.pulumi("preview", "--refresh", "--json").stdout)) == []
        assert operations(lab.run("refresh")) == {"aks-cluster": "update"}
        assert operations(lab.must_up()) == {"aks-cluster": "update"}
        assert nodes_by_label(lab) == {"first": 1, "second": 1}
        assert set(lab.must_up().changes) == {"same"}

    def test_a_lab_is_kept_longer_by_its_tag_in_azure_and_a_refresh(self, lab: Lab) -> None:
        """As README says: the clean-up reads the state, and no later `up` puts the old time back."""
        arm, path, later = (
            Arm(lab.home),
            "/resourceGroups/calico-labs-azurecni",
            datetime(2098, 1, 1, tzinfo=UTC),
        )
        assert expired(from_state(lab.export()), later)
        group = arm.call("GET", path)
        tags = group["tags"]
        assert isinstance(tags, dict)
        arm.call(
            "PUT", path, {"location": group["location"], "tags": {**tags, "expires": "2099-01-01T00:00:00Z"}}
        )
        lab.run("refresh")
        assert not expired(from_state(lab.export()), later)
        assert set(lab.must_up().changes) == {"same"}
        assert not expired(from_state(lab.export()), later)


class TestStep2Scale:
    """The course scales 1 -> 2 and looks for a second typha, which comes at three nodes."""

    @pytest.mark.parametrize(
        ("count", "changed", "typhas"),
        [
            pytest.param(1, {"aks-pool-second": "delete"}, 1, id="one"),
            pytest.param(2, {"aks-pool-second": "create"}, 1, id="two"),
            pytest.param(3, {"aks-pool-second": "update"}, 2, id="three"),
            pytest.param(5, {"aks-pool-second": "update"}, 3, id="five"),
            pytest.param(2, {"aks-pool-second": "update"}, 1, id="back-to-two"),
        ],
    )
    def test_a_change_of_node_count_is_a_change_of_one_pool(
        self, lab: Lab, count: int, changed: dict[str, str], typhas: int
    ) -> None:
        outcome = lab.must_up("--config", f"nodeCount={count}")
        assert operations(outcome) == changed
        assert sum(nodes_by_label(lab).values()) == count
        eventually(lab, _TYPHA, "replicas", typhas)


class TestStep3DefaultDeny:
    def test_default_deny_alone_takes_every_other_policy_away(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "policies=DefaultDeny")
        assert set(operations(outcome).values()) == {"delete"}
        api = lab.api()
        kept = [
            p["metadata"]["name"]
            for p in api.list("/apis/networking.k8s.io/v1/namespaces/yaobank/networkpolicies")
        ]
        assert kept == ["default-deny"]
        everywhere = api.list("/apis/projectcalico.org/v3/globalnetworkpolicies")
        assert [p["metadata"]["name"] for p in everywhere] == ["default-deny"]

    def test_off(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "policies=None")
        assert operations(outcome) == {
            "policies-yaobank-default-deny": "delete",
            "policies-default-deny": "delete",
        }

    def test_and_all_on_again_without_touching_the_application(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "policies=All")
        changed = operations(outcome)
        assert set(changed.values()) == {"create"}
        assert all(name.startswith("policies-") for name in changed)
        assert len(changed) == len(list((lab.project / "policies" / "azurecni").glob("*.yaml")))


class TestStep4WireGuard:
    def test_on_is_one_patch(self, lab: Lab) -> None:
        assert operations(lab.must_up("--config", "wireguard=Enabled")) == {"calico-felix": "create"}
        assert felix(lab)["wireguardEnabled"] is True

    def test_off_gives_the_field_back(self, lab: Lab) -> None:
        assert operations(lab.must_up("--config", "wireguard=Disabled")) == {"calico-felix": "delete"}
        assert "wireguardEnabled" not in felix(lab)


class TestStep5Ebpf:
    def test_on_changes_calico_and_no_node(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "dataplane=BPF")
        assert replaced(outcome) == []
        assert operations(outcome) == {
            "calico-services-endpoint": "create",
            "calico-installation": "update",
            "calico-felix": "create",
            "operator-release": "update",
        }
        assert felix(lab)["bpfKubeProxyIptablesCleanupEnabled"] is False

    def test_off_takes_it_back(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "dataplane=Iptables")
        assert operations(outcome) == {
            "calico-services-endpoint": "delete",
            "calico-installation": "update",
            "calico-felix": "delete",
            "operator-release": "update",
        }
        assert "bpfKubeProxyIptablesCleanupEnabled" not in felix(lab)
        assert set(lab.must_up().changes) == {"same"}


class TestStep6Destroy:
    def test_destroy_leaves_nothing(self, lab: Lab) -> None:
        outcome = lab.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        assert lab.resources() == []
        assert lab.azure() == {}
        assert [p for p in programs(lab.home) if "kube" in p.name] == []
