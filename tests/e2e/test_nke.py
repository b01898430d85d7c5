"""The story of the nke lab: 0 install into a cluster that was there, 1 route reflectors and back, and the CNI models of
the course, 2 destroy; then 3 the same on a cluster that came with Calico.

Nobody takes the cluster away, so what the lab puts there has to go object by object, in order, and the cluster has
to be as it was.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import engine, plain_clusters
from sandbox.calico.companions import is_true
from sandbox.home import Home, write_private
from sandbox.kube_api import KubeApi
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab, make_project
from tests.e2e.labs import operations

_V3 = "/apis/projectcalico.org/v3"
_BEFORE = {"default", "kube-node-lease", "kube-public", "kube-system"}
_DELETED_IN_ORDER = (
    "app-guestbook-frontend",
    "policies-guestbook-default-allow-egress",
    "policies-guestbook-custom-deny-egress",
    "policies-guestbook-mypolicy",
    "app-namespaces-guestbook",
    "calico-api-server",
    "calico-installation",
    "operator-release",
    "operator-namespace",
)


def plain(
    home: Home, toolbox: Toolbox, folder: Any, name: str, calico: bool, *config: str
) -> Iterator[tuple[Lab, KubeApi]]:
    """Yield the stack on a plain cluster, and the cluster itself; both are gone afterwards."""
    project = make_project(folder / "calico-labs")
    engine.prepare(home, toolbox, project)
    write_private(project / f"kubeconfig-{name}", plain_clusters.start(home, name, 3, calico))
    lab = Lab(home, project, "nke")
    for pair in (f"kubeconfig=kubeconfig-{name}", f"context={name}", *config):
        key, _, value = pair.partition("=")
        assert lab.pulumi("config", "set", key, value).returncode == 0
    yield lab, KubeApi((project / f"kubeconfig-{name}").read_text(encoding="utf-8"))
    lab.run("destroy")
    plain_clusters.remove(home, name)


def names(api: KubeApi, path: str) -> set[str]:
    return {str(item["metadata"]["name"]) for item in api.list(path)}


def eventually(api: KubeApi, path: str, wanted: set[str]) -> None:
    deadline = time.monotonic() + 60
    while (found := names(api, path)) != wanted:
        assert time.monotonic() < deadline, found
        time.sleep(0.5)


class TestInstalled:
    """`calico: install` on a cluster whose nodes wait for a CNI."""

    @pytest.fixture(scope="class")
    @classmethod
    def there(
        cls, home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[tuple[Lab, KubeApi]]:
        yield from plain(home, toolbox, tmp_path_factory.mktemp("nke"), "bare", False)

    def test_0_up_brings_calico_with_bgp_and_no_encapsulation(self, there: tuple[Lab, KubeApi]) -> None:
        lab, api = there
        assert not any(is_true(node, "Ready") for node in api.list("/api/v1/nodes"))
        assert set(lab.must_up().changes) == {"create"}
        assert all(is_true(node, "Ready") for node in api.list("/api/v1/nodes"))
        pool = api.get(f"{_V3}/ippools/default-ipv4-ippool")
        assert pool is not None
        assert (pool["spec"]["ipipMode"], pool["spec"]["vxlanMode"], pool["spec"]["natOutgoing"]) == (
            "Never",
            "Never",
            True,
        )
        installation = api.get("/apis/operator.tigera.io/v1/installations/default")
        assert installation is not None
        assert installation["spec"].get("kubernetesProvider", "") == ""
        assert installation["spec"]["calicoNetwork"]["bgp"] == "Enabled"

    def test_0_the_status_of_each_node_that_the_cluster_has_is_asked_for(
        self, there: tuple[Lab, KubeApi]
    ) -> None:
        lab, api = there
        nodes = sorted(names(api, "/api/v1/nodes"))
        assert nodes == ["bare-master-0", "bare-worker-0", "bare-worker-1"]
        assert lab.outputs()["reportedNodes"] == nodes
        asked = {status["spec"]["node"]: status["spec"] for status in api.list(f"{_V3}/caliconodestatuses")}
        assert sorted(asked) == nodes
        assert asked[nodes[0]] == {
            "node": nodes[0],
            "classes": ["Agent", "BGP", "Routes"],
            "updatePeriodSeconds": 10,
        }

    def test_0_the_policies_are_the_courses_with_what_it_forgot(self, there: tuple[Lab, KubeApi]) -> None:
        _, api = there
        policy = api.get("/apis/networking.k8s.io/v1/namespaces/guestbook/networkpolicies/mypolicy")
        assert policy is not None
        assert policy["spec"]["podSelector"] == {"matchLabels": {"app": "guestbook", "tier": "frontend"}}
        pair = {
            item["metadata"]["name"]: (
                item["spec"]["order"],
                item["spec"]["egress"][0]["action"],
                item["spec"]["types"],
            )
            for item in api.list(f"{_V3}/namespaces/guestbook/networkpolicies")
        }
        assert pair == {
            "custom-deny-egress": (10, "Deny", ["Egress"]),
            "default-allow-egress": (20, "Allow", ["Egress"]),
        }

    def test_0_second_up_changes_nothing(self, there: tuple[Lab, KubeApi]) -> None:
        assert set(there[0].must_up().changes) == {"same"}

    def test_1_a_route_reflector_ends_the_full_mesh(self, there: tuple[Lab, KubeApi]) -> None:
        lab, api = there
        outcome = lab.must_up("--config", "routeReflectors=bare-master-0")
        assert list(operations(outcome)) == ["bgp-reflector-bare-master-0", "bgp-peering", "bgp-no-mesh"]
        mesh = api.get(f"{_V3}/bgpconfigurations/default")
        assert mesh is not None
        assert mesh["spec"]["nodeToNodeMeshEnabled"] is False
        node = api.get("/api/v1/nodes/bare-master-0")
        assert node is not None
        assert node["metadata"]["labels"]["route-reflector"] == "true"

    def test_1_and_without_one_it_is_back(self, there: tuple[Lab, KubeApi]) -> None:
        lab, api = there
        outcome = lab.must_up("--config", "routeReflectors=")
        assert list(operations(outcome)) == ["bgp-no-mesh", "bgp-peering", "bgp-reflector-bare-master-0"]
        assert set(operations(outcome).values()) == {"delete"}
        assert api.list(f"{_V3}/bgpconfigurations") == []
        node = api.get("/api/v1/nodes/bare-master-0")
        assert node is not None
        assert "route-reflector" not in node["metadata"]["labels"]

    @pytest.mark.parametrize(
        ("model", "modes"),
        [
            pytest.param("IPIP", ("Always", "Never"), id="ipip"),
            pytest.param("VXLAN", ("Never", "Always"), id="vxlan"),
            pytest.param("None", ("Never", "Never"), id="back-to-routes-alone"),
        ],
    )
    def test_1_a_cni_model_is_a_change_of_the_pool(
        self, there: tuple[Lab, KubeApi], model: str, modes: tuple[str, str]
    ) -> None:
        lab, api = there
        outcome = lab.must_up("--config", f"encapsulation={model}")
        assert operations(outcome) == {"calico-installation": "update"}
        found: tuple[str, str] | None = None
        deadline = time.monotonic() + 90
        while found != modes:
            assert time.monotonic() < deadline, found
            pool = api.get(f"{_V3}/ippools/default-ipv4-ippool")
            assert pool is not None
            found = (pool["spec"]["ipipMode"], pool["spec"]["vxlanMode"])
            time.sleep(0.5)

    def test_1_a_model_that_cannot_be_is_refused_and_changes_nothing(
        self, there: tuple[Lab, KubeApi]
    ) -> None:
        lab, api = there
        outcome = lab.up("--config", "encapsulation=IPIP", "--config", "bgp=Disabled")
        assert outcome.exit_code != 0
        assert "calico-labs:encapsulation is 'IPIP' but calico-labs:bgp is 'Disabled'" in outcome.errors
        pool = api.get(f"{_V3}/ippools/default-ipv4-ippool")
        assert pool is not None
        assert pool["spec"]["ipipMode"] == "Never"

    def test_2_destroy_takes_one_after_the_other_and_leaves_only_crds(
        self, there: tuple[Lab, KubeApi]
    ) -> None:
        lab, api = there
        outcome = lab.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        order = list(operations(outcome))
        places = [order.index(name) for name in _DELETED_IN_ORDER]
        assert places == sorted(places), order
        assert lab.resources() == []
        eventually(api, "/api/v1/namespaces", _BEFORE)
        roles = names(api, "/apis/rbac.authorization.k8s.io/v1/clusterroles")
        assert not [name for name in roles if "calico" in name or "tigera" in name]
        assert names(api, "/apis/operator.tigera.io/v1/installations") == set()
        assert "installations.operator.tigera.io" in names(
            api, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        )


class TestExisting:
    """`calico: existing` on a cluster that came with Calico, as NKE's do."""

    @pytest.fixture(scope="class")
    @classmethod
    def there(
        cls, home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[tuple[Lab, KubeApi]]:
        folder = tmp_path_factory.mktemp("nke-existing")
        yield from plain(home, toolbox, folder, "nkelike", True, "calico=existing")

    def test_3_up_installs_nothing_of_calico(self, there: tuple[Lab, KubeApi]) -> None:
        lab, api = there
        assert set(lab.must_up().changes) == {"create"}
        types = {resource["type"] for resource in lab.resources()}
        assert not [kind for kind in types if "operator.tigera.io" in kind or "helm.sh" in kind]
        assert names(api, "/api/v1/namespaces") == {*_BEFORE, "guestbook", "testns"}
        assert len(api.list(f"{_V3}/caliconodestatuses")) == 3

    def test_3_second_up_changes_nothing(self, there: tuple[Lab, KubeApi]) -> None:
        assert set(there[0].must_up().changes) == {"same"}

    def test_3_a_cluster_without_the_v3_api_takes_the_same_objects_in_the_internal_group(
        self, there: tuple[Lab, KubeApi]
    ) -> None:
        lab, api = there
        internal = "/apis/crd.projectcalico.org/v1"
        pair = {"custom-deny-egress", "default-allow-egress"}
        lab.must_up("--config", "calicoApiGroup=crd.projectcalico.org/v1")
        assert names(api, f"{internal}/namespaces/guestbook/networkpolicies") == pair
        assert len(api.list(f"{internal}/caliconodestatuses")) == 3
        assert names(api, f"{_V3}/namespaces/guestbook/networkpolicies") == set()
        lab.must_up("--config", "calicoApiGroup=projectcalico.org/v3")
        assert names(api, f"{_V3}/namespaces/guestbook/networkpolicies") == pair
        assert names(api, f"{internal}/namespaces/guestbook/networkpolicies") == set()

    def test_3_destroy_leaves_the_cluster_as_it_was(self, there: tuple[Lab, KubeApi]) -> None:
        lab, api = there
        outcome = lab.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        eventually(api, "/api/v1/namespaces", _BEFORE)
        assert names(api, f"{_V3}/ippools") == {"default-ipv4-ippool"}
        assert api.list(f"{_V3}/caliconodestatuses") == []


class TestRefused:
    """A kubeconfig that cannot be used costs one message, and a context is never guessed."""

    @pytest.mark.parametrize(
        ("config", "message"),
        [
            (
                {"kubeconfig": "no-such-file", "context": "plain"},
                "kubeconfig is 'no-such-file' but it cannot be read",
            ),
            (
                {"kubeconfig": "", "context": ""},
                "calico-labs:context is '' but lab 'nke' runs on a cluster of yours",
            ),
        ],
        ids=["no-file", "nothing-named"],
    )
    def test_nothing_is_created(
        self, home: Home, toolbox: Toolbox, tmp_path: Any, config: dict[str, str], message: str
    ) -> None:
        project = make_project(tmp_path / "refused")
        engine.prepare(home, toolbox, project)
        lab = Lab(home, project, "nke")
        pairs = [item for key, value in config.items() for item in ("--config", f"{key}={value}")]
        outcome = lab.up(*pairs)
        assert outcome.exit_code != 0
        assert message in outcome.errors
        assert "Traceback" not in outcome.events
        assert [r for r in lab.resources() if r["type"] != "pulumi:pulumi:Stack"] == []
