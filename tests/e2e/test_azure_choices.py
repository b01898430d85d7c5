"""Two choices of the Azure CNI labs that are made before the first `up`: a subnet of one's own, and AKS's own Calico.

Each story is numbered: 0 refused, 1 up, 2 destroy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.home import Home
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab
from tests.e2e.labs import running

_POLICIES = "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies"
_OPERATOR = re.compile("helm.sh|operator.tigera.io|projectcalico.org")


def azure_names(lab: Lab) -> set[str]:
    """Return what exists in Azure, by the last two parts of each id."""
    return {"/".join(id.split("/")[-2:]) for id in lab.azure()}


def cluster_of(lab: Lab) -> dict[str, Any]:
    (found,) = [body for id, body in lab.azure().items() if re.search("/managedclusters/[^/]+$", id)]
    return dict(found)


class TestSubnet:
    """`subnetCidr`: the program makes VNet and subnet, and the cluster gets its role on it."""

    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls, home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
        yield from running(home, toolbox, tmp_path_factory.mktemp("subnet"), "azurecni")

    def test_0_one_that_the_nodes_will_outgrow_is_refused(self, lab: Lab) -> None:
        outcome = lab.up("--config", "subnetCidr=10.224.0.0/24", "--config", "nodeCount=7")
        assert outcome.exit_code != 0
        assert "7 nodes will outgrow it: they need 284 addresses, the subnet has 256" in outcome.errors
        assert lab.azure() == {}

    def test_1_nodes_get_their_addresses_in_it_and_the_cluster_a_role_on_it(self, lab: Lab) -> None:
        lab.must_up("--config", "subnetCidr=10.224.7.0/24", "--config", "nodeCount=2")
        assert "subnets/nodes" in azure_names(lab)
        (role,) = [body for id, body in lab.azure().items() if "/roleassignments/" in id]
        assert role["properties"]["principalId"] == cluster_of(lab)["identity"]["principalId"]
        assert role["properties"]["scope"].endswith("/subnets/nodes")
        addresses = {node["status"]["addresses"][0]["address"] for node in lab.api().list("/api/v1/nodes")}
        assert len(addresses) == 2
        assert all(address.startswith("10.224.7.") for address in addresses)

    def test_1_a_second_up_changes_nothing(self, lab: Lab) -> None:
        assert set(lab.must_up().changes) == {"same"}

    def test_2_destroy_leaves_nothing(self, lab: Lab) -> None:
        outcome = lab.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        assert lab.azure() == {}


class TestAksManagesCalico:
    """`calicoManagement: aks`: the same lab without what AKS does not support, for yaobank and for Windows."""

    CASES = (
        ("azurecni", "yaobank", ()),
        (
            "windows",
            "win-web-demo",
            ("windowsAdminUsername=azureuser", "windowsAdminPassword=Correct-Horse-9-Battery"),
        ),
    )

    @pytest.fixture(scope="class", params=CASES, ids=[case[0] for case in CASES])
    @classmethod
    def there(
        cls,
        request: pytest.FixtureRequest,
        home: Home,
        toolbox: Toolbox,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> Iterator[tuple[Lab, str]]:
        stack, namespace, config = request.param
        for lab in running(home, toolbox, tmp_path_factory.mktemp(f"managed-{stack}"), stack):
            for pair in ("calicoManagement=aks", *config):
                key, _, value = pair.partition("=")
                assert lab.pulumi("config", "set", key, value).returncode == 0
            yield lab, namespace

    def test_0_what_aks_does_not_support_is_refused_with_its_reason(self, there: tuple[Lab, str]) -> None:
        lab, _ = there
        outcome = lab.up("--config", "wireguard=Enabled", "--config", "mtu=1400", "--config", "policies=All")
        assert outcome.exit_code != 0
        for key, source in (("wireguard", "Azure/AKS#4038"), ("mtu", "calico#5418"), ("policies", "#5675")):
            lines = [line for line in outcome.errors.splitlines() if f"calico-labs:{key} is" in line]
            assert any(source in line for line in lines), outcome.errors
        assert lab.azure() == {}

    def test_1_the_add_on_is_asked_for_and_nothing_of_calico_is_installed(
        self, there: tuple[Lab, str]
    ) -> None:
        lab, namespace = there
        # What `--config` says stays in the stack file.
        lab.must_up("--config", "wireguard=Disabled", "--config", "mtu=0", "--config", "policies=Kubernetes")
        profile = cluster_of(lab)["properties"]["networkProfile"]
        assert (profile["networkPlugin"], profile["networkPolicy"]) == ("azure", "calico")
        assert not [r["type"] for r in lab.resources() if _OPERATOR.search(r["type"])]
        assert lab.api().list("/api/v1/namespaces/tigera-operator/pods") == []
        policies = {p["metadata"]["name"] for p in lab.api().list(_POLICIES.format(namespace))}
        assert "default-deny" in policies
        assert len(policies) > 1

    def test_1_a_second_up_changes_nothing(self, there: tuple[Lab, str]) -> None:
        assert set(there[0].must_up().changes) == {"same"}

    def test_2_destroy_leaves_nothing(self, there: tuple[Lab, str]) -> None:
        lab, _ = there
        outcome = lab.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        assert lab.azure() == {}
