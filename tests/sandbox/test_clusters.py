"""What the cluster's loop decides, without a cluster: names, nodes, pools, readiness."""

from __future__ import annotations

import base64
import datetime
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from cryptography import x509

from sandbox import pki
from sandbox.calico import companions, crds
from sandbox.calico.crds import establish
from sandbox.clusters import Cluster, Clusters, ClusterSpec, PoolSpec
from sandbox.clusters.addons import install_addons
from sandbox.clusters.cluster import full_version, node_name
from sandbox.clusters.control_plane import ControlPlane
from sandbox.clusters.spec import FOUND_CALICO
from sandbox.errors import ProcessError, SandboxError
from sandbox.home import Home
from sandbox.nodes import Node, load_balancer_address
from sandbox.nodes.simulated import NOT_READY, STAGES, _status

SPEC = ClusterSpec(
    id="/subscriptions/0/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c",
    name="c",
    resource_group="rg",
    location="canadacentral",
    network_plugin="none",
    pod_cidr="10.244.0.0/16",
    service_cidr="10.0.0.0/16",
    dns_service_ip="10.0.0.10",
    kubernetes_version="1.36",
    node_resource_group="MC_rg_c_canadacentral",
)
POOL = PoolSpec("system", 2, "Standard_D4s_v5", "1.36")


def cluster(tmp_path: Path, spec: ClusterSpec = SPEC) -> Cluster:
    return Cluster(Home(tmp_path), spec, Path, Path)


def fails(why: str) -> Callable[[], None]:
    def fail() -> None:
        raise SandboxError(why)

    return fail


class TestSpec:
    def test_clusters_of_one_name_in_two_groups_do_not_share_a_folder(self) -> None:
        other = replace(SPEC, id=SPEC.id.replace("/rg/", "/rg2/"))
        assert SPEC.slug != other.slug

    def test_id_is_compared_without_regard_to_case(self) -> None:
        assert replace(SPEC, id=SPEC.id.upper()).slug == SPEC.slug


class TestKind:
    """A cluster has one kind of nodes for good, and real ones bring no Calico that was there before."""

    def test_calico_that_was_there_before_is_refused_with_real_nodes(self, tmp_path: Path) -> None:
        spec = replace(SPEC, network_plugin=FOUND_CALICO)
        with pytest.raises(
            SandboxError, match=r"cluster c should come with Calico but .* --nodes simulated$"
        ):
            Cluster(Home(tmp_path), spec, Path, Path, Path).start()
        assert list(tmp_path.rglob("*.key")) == []


class TestStart:
    def test_start_after_a_stop_waits_for_the_controllers_as_the_first_one_does(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = cluster(tmp_path)
        waited: list[bool] = []

        def wait(self: Cluster, api: object) -> None:
            waited.append(self._ended.wait(0.01))
            raise SandboxError("enough")

        monkeypatch.setattr("sandbox.clusters.cluster.KubeApi", lambda _: None)
        monkeypatch.setattr(found._plane, "start", lambda: None)
        monkeypatch.setattr(found._plane, "kubeconfig", lambda: "")
        monkeypatch.setattr(Cluster, "_wait_for_default_service_account", wait)
        for _ in range(2):
            with pytest.raises(SandboxError, match="enough"):
                found.start()
            found.stop()
        assert waited == [False, False]


class TestControlPlane:
    """It runs as a whole or not at all: a part of it would pass for all of it, and nobody would start the rest."""

    ALL = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")

    @dataclass
    class Running:
        name: str
        running: bool = True

        def stop(self) -> None:
            self.running = False

    @pytest.fixture
    def started(self, monkeypatch: pytest.MonkeyPatch) -> list[Running]:
        """What was started, from now on, without a process."""
        found: list[TestControlPlane.Running] = []

        def start(home: Home, name: str, *_: object) -> TestControlPlane.Running:
            found.append(self.Running(name.removesuffix(" of c")))
            return found[-1]

        monkeypatch.setattr("sandbox.clusters.control_plane.start_program", start)
        monkeypatch.setattr(ControlPlane, "_wait_ready", lambda *_: None)
        return found

    def running(self, started: list[Running]) -> tuple[str, ...]:
        return tuple(program.name for program in started if program.running)

    def test_api_server_that_is_not_ready_in_time_leaves_nothing_and_the_next_start_brings_all(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: list[Running]
    ) -> None:
        plane = cluster(tmp_path)._plane

        def late(*_: object) -> None:
            raise ProcessError("not ready")

        with monkeypatch.context() as slow:
            slow.setattr(ControlPlane, "_wait_ready", late)
            with pytest.raises(ProcessError, match="not ready"):
                plane.start()
        assert (plane.running, plane.programs(), self.running(started)) == (False, [], ())
        plane.start()
        assert (plane.running, self.running(started)) == (True, self.ALL)

    def test_round_after_a_failed_one_starts_it_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: list[Running]
    ) -> None:
        found, api = cluster(tmp_path), cast(Any, FakeApi({}))
        found._plane.start()
        started[0].running = False

        def refused(*_: object) -> None:
            raise ProcessError("cannot start etcd: too many open files")

        with monkeypatch.context() as full:
            full.setattr("sandbox.clusters.control_plane.start_program", refused)
            with pytest.raises(ProcessError, match="cannot start etcd"):
                found._revive(api)
        assert self.running(started) == ()
        found._revive(api)
        assert self.running(started) == self.ALL


class TestNodes:
    def test_scaling_keeps_the_nodes_that_are_there(self, tmp_path: Path) -> None:
        found = cluster(tmp_path)
        found.set_pool(POOL)
        two = found.wanted_nodes()
        found.set_pool(replace(POOL, count=3))
        three = found.wanted_nodes()
        assert len(two) == 2
        assert len(three) == 3
        assert two.items() <= three.items()

    @pytest.mark.parametrize("name", ["win", "calico"])
    def test_adding_a_pool_moves_no_address_whichever_way_it_sorts(self, tmp_path: Path, name: str) -> None:
        found = cluster(tmp_path)
        found.set_pool(POOL)
        before = found.wanted_nodes()
        found.set_pool(replace(POOL, name=name, os="Windows", mode="User", count=1))
        assert before.items() <= found.wanted_nodes().items()

    def test_a_pool_that_comes_later_gets_other_addresses(self, tmp_path: Path) -> None:
        found = cluster(tmp_path)
        for name in ("system", "calico"):
            found.set_pool(replace(POOL, name=name))
            found.wanted_nodes()
        addresses = [node.address for node in found.wanted_nodes().values()]
        assert len(addresses) == len(set(addresses))

    def test_nodes_of_a_plain_cluster_are_called_after_it(self, tmp_path: Path) -> None:
        found = cluster(
            tmp_path, replace(SPEC, name="plain", location="plain", node_subnet="192.168.102.0/24")
        )
        found.set_pool(replace(POOL, name="master", count=1))
        found.set_pool(replace(POOL, name="worker", count=2))
        assert {node.name: node.address for node in found.wanted_nodes().values()} == {
            "plain-master-0": "192.168.102.4",
            "plain-worker-0": "192.168.102.36",
            "plain-worker-1": "192.168.102.37",
        }

    def test_addresses_are_unique(self, tmp_path: Path) -> None:
        found = cluster(tmp_path)
        for name in ("a", "b", "c"):
            found.set_pool(replace(POOL, name=name, count=40))
        nodes = found.wanted_nodes().values()
        assert len({node.address for node in nodes}) == len(nodes) == 120

    def test_removed_pool_asks_for_no_node(self, tmp_path: Path) -> None:
        found = cluster(tmp_path)
        found.set_pool(POOL)
        found.remove_pool("system")
        assert found.wanted_nodes() == {}

    def test_names_have_the_form_of_aks(self) -> None:
        assert node_name(SPEC, POOL, 0).startswith("aks-system-")
        assert node_name(SPEC, POOL, 0).endswith("-vmss000000")
        assert node_name(SPEC, POOL, 36).endswith("-vmss000010")
        assert node_name(SPEC, replace(POOL, name="calico", os="Windows"), 35) == "akscalico00000z"

    def test_new_node_is_not_ready_in_the_words_of_the_course(self, tmp_path: Path) -> None:
        found = cluster(tmp_path)
        found.set_pool(POOL)
        node = next(iter(found.wanted_nodes().values()))
        ready = [c for c in _status(node)["conditions"] if c["type"] == "Ready"]
        assert [(c["status"], c["message"]) for c in ready] == [("False", NOT_READY)]
        assert "cni plugin not initialized" in NOT_READY

    @pytest.mark.parametrize(
        ("size", "cpu"),
        [("Standard_D4s_v5", "4"), ("Standard_D2s_v5", "2"), ("Standard_E8ds_v5", "8"), ("x", "2")],
    )
    def test_size_decides_capacity(self, tmp_path: Path, size: str, cpu: str) -> None:
        found = cluster(tmp_path)
        found.set_pool(replace(POOL, vm_size=size))
        assert _status(next(iter(found.wanted_nodes().values())))["capacity"]["cpu"] == cpu

    def test_used_up_addresses_are_an_error(self) -> None:
        assert load_balancer_address(0) == "203.0.113.1"
        with pytest.raises(ProcessError, match="no address left for a LoadBalancer Service"):
            load_balancer_address(254)

    @pytest.mark.parametrize(
        ("given", "full"), [("1.36", "1.36.0"), ("v1.36.2", "1.36.2"), ("1.34.1", "1.34.1")]
    )
    def test_version_always_has_a_patch(self, given: str, full: str) -> None:
        assert full_version(given) == full


class TestNodeThatCannotJoin:
    """A Windows pool on real nodes, or a subnet that is too small for one more: the others go on."""

    class Api:
        """Knows a node a few looks after it has joined."""

        def __init__(self, nodes: TestNodeThatCannotJoin.Joining) -> None:
            self.nodes = nodes
            self.late = 0

        def list(self, path: str, query: object = None) -> list[Any]:
            self.late -= 1
            known = self.nodes.joined if path == "/api/v1/nodes" and self.late < 0 else []
            return [{"metadata": {"name": name}, "status": {"addresses": ["here"]}} for name in known]

    class Joining:
        def __init__(self) -> None:
            self.joined: list[str] = []
            self.rounds = 0

        def has(self, name: str) -> bool:
            return name in self.joined

        def join(self, node: Node) -> None:
            if node.os != "Linux":
                raise ProcessError(f"{node.name} needs Windows")
            if node.name not in self.joined:
                self.joined.append(node.name)

        def label(self, name: str, labels: object) -> None: ...

        def names(self) -> set[str]:
            return set(self.joined)

        def leave(self, name: str) -> None:
            self.joined.remove(name)

        def start(self) -> None: ...

        def settle(self) -> None:
            self.rounds += 1

    class Operator:
        def reconcile(self) -> None: ...

    @pytest.fixture
    def running(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Cluster, Joining]:
        found, nodes = cluster(tmp_path), self.Joining()
        monkeypatch.setattr(companions, "reconcile", lambda api: None)
        monkeypatch.setattr(ControlPlane, "running", True)
        monkeypatch.setattr(found, "_api", self.Api(nodes))
        monkeypatch.setattr(found, "_nodes", nodes)
        monkeypatch.setattr(found, "_operator", self.Operator())
        with pytest.raises(ProcessError, match="aksawin000000 needs Windows"):
            found.set_pool(replace(POOL, name="awin", os="Windows", count=1))
        return found, nodes

    def test_another_pool_comes_and_goes_without_its_error(self, running: tuple[Cluster, Joining]) -> None:
        found, nodes = running
        found.set_pool(POOL)
        assert len(nodes.joined) == 2
        found.remove_pool("system")
        assert nodes.joined == []

    def test_a_pool_is_there_when_the_api_server_knows_its_nodes(
        self, running: tuple[Cluster, Joining]
    ) -> None:
        found, _ = running
        api = cast(TestNodeThatCannotJoin.Api, found._api)
        api.late = 3
        found.set_pool(POOL)
        assert api.late < 0

    def test_a_node_that_the_api_server_never_knows_is_an_error(
        self, running: tuple[Cluster, Joining], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found, _ = running
        monkeypatch.setattr("sandbox.clusters.cluster._JOIN_SECONDS", 0)
        cast(TestNodeThatCannotJoin.Api, found._api).late = 1000
        with pytest.raises(
            SandboxError, match=r"cluster c has no node aks-system-\w+-vmss000000, aks-system-.* after"
        ):
            found.set_pool(POOL)

    def test_a_round_is_done_to_its_end_and_says_why_once(
        self, running: tuple[Cluster, Joining], caplog: pytest.LogCaptureFixture
    ) -> None:
        found, nodes = running
        for _ in range(3):
            found.reconcile()
        assert nodes.rounds == 3
        assert caplog.messages == ["cluster c: node aksawin000000: aksawin000000 needs Windows"]

    def test_a_node_that_does_not_start_again_keeps_no_round_from_its_end(
        self, running: tuple[Cluster, Joining], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found, nodes = running
        monkeypatch.setattr(nodes, "start", fails("a node has no memory"))
        found.reconcile()
        assert nodes.rounds == 1

    def test_a_node_that_does_not_end_keeps_the_control_plane_from_nothing(
        self, running: tuple[Cluster, Joining], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found, nodes = running
        ended: list[str] = []
        monkeypatch.setattr(nodes, "stop", fails("a node's disk is in use"), raising=False)
        monkeypatch.setattr(found, "_operator", None)
        monkeypatch.setattr(found._plane, "stop", lambda: ended.append("plane"))
        with pytest.raises(SandboxError, match="a node's disk is in use"):
            found.stop()
        assert ended == ["plane"]


class TestStages:
    def test_every_stage_names_what_it_is_for(self) -> None:
        documents = list(yaml.safe_load_all(STAGES.read_text(encoding="utf-8")))
        assert [body["metadata"]["name"] for body in documents if body["kind"] == "Stage"] == [
            "node-is-left-alone",
            "pod-runs",
            "pod-is-ready-again",
            "pod-of-job-completes",
            "pod-goes",
        ]

    def test_pods_start_one_after_the_other_or_two_would_share_an_address(self) -> None:
        documents = list(yaml.safe_load_all(STAGES.read_text(encoding="utf-8")))
        (configuration,) = [body for body in documents if body["kind"] != "Stage"]
        assert configuration["options"] == {"podPlayStageParallelism": 1}


class TestClusters:
    def test_unknown_cluster_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(SandboxError, match="the sandbox runs no cluster /x"):
            Clusters(Home(tmp_path), Path, Path).kubeconfig("/x")

    @pytest.fixture
    def started(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clusters:
        """Clusters of which one runs, as far as they know, and keeps something."""
        monkeypatch.setattr(Cluster, "start", lambda self: (self.folder / "etcd").mkdir(parents=True))
        clusters = Clusters(Home(tmp_path), Path, Path)
        clusters.start(SPEC)
        return clusters

    def test_stopping_what_is_not_there_is_harmless(self, tmp_path: Path) -> None:
        Clusters(Home(tmp_path), Path, Path).stop("/x")
        assert list(tmp_path.iterdir()) == []

    def test_stopped_cluster_is_gone_with_what_it_kept(self, tmp_path: Path, started: Clusters) -> None:
        started.stop(SPEC.id)
        assert started.all() == []
        assert list(Home(tmp_path).clusters.iterdir()) == []

    def test_what_a_cluster_of_an_ended_sandbox_kept_goes_too(
        self, tmp_path: Path, started: Clusters
    ) -> None:
        """Killed while it deleted the cluster: the next one of that id would find the old one's objects."""
        started.stop_all()
        assert [path.name for path in Home(tmp_path).clusters.iterdir()] == [SPEC.slug]
        Clusters(Home(tmp_path), Path, Path).stop(SPEC.id)
        assert list(Home(tmp_path).clusters.iterdir()) == []

    def test_one_that_does_not_stop_keeps_no_other_from_it(
        self, monkeypatch: pytest.MonkeyPatch, started: Clusters
    ) -> None:
        started.start(replace(SPEC, id=SPEC.id.replace("/rg/", "/rg2/")))
        tries: list[str] = []

        def stop(self: Cluster) -> None:
            tries.append(self.spec.id)
            raise SandboxError("a node is in use")

        monkeypatch.setattr(Cluster, "stop", stop)
        started.stop_all()
        assert len(set(tries)) == 2

    def test_cluster_that_did_not_stop_is_stopped_by_the_second_try(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: Clusters
    ) -> None:
        tries: list[Cluster] = []

        def stop(self: Cluster) -> None:
            tries.append(self)
            if len(tries) == 1:
                raise SandboxError("a node is in use")

        monkeypatch.setattr(Cluster, "stop", stop)
        with pytest.raises(SandboxError, match="a node is in use"):
            started.stop(SPEC.id)
        (found,) = started.all()
        assert (found.folder / "etcd").exists()
        started.stop(SPEC.id)
        assert tries == [found, found]
        assert not found.folder.exists()


class FakeApi:
    """Answers from a dict of objects by path, and remembers writes."""

    def __init__(self, objects: dict[str, Any]) -> None:
        self.objects = objects
        self.written: list[tuple[str, Any]] = []

    def get(self, path: str) -> Any:
        return self.objects.get(path)

    def list(self, path: str, query: dict[str, str] | None = None) -> list[Any]:
        found = [body for name, body in self.objects.items() if name.rpartition("/")[0] == path]
        if query is None:
            return found
        key, _, value = query["labelSelector"].partition("=")
        return [body for body in found if body["metadata"].get("labels", {}).get(key) == value]

    def create(self, path: str, body: Any) -> Any:
        self.written.append((path, body))
        self.objects[f"{path}/{body['metadata']['name']}"] = body
        return body

    def merge(self, path: str, body: Any) -> Any:
        self.written.append((path, body))
        return body

    def delete(self, path: str) -> None:
        self.objects.pop(path, None)


INSTALLATION = {
    "metadata": {"name": "default"},
    "spec": {"calicoNetwork": {"ipPools": [{"cidr": "10.244.0.0/16", "encapsulation": "VXLAN"}]}},
    "status": {"conditions": [{"type": "Ready", "status": "True"}]},
}
OPERATOR = "/apis/operator.tigera.io/v1"


class TestAddons:
    """What AKS puts into a cluster, and takes away again where it is disabled."""

    PATH = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy"

    def test_kube_proxy_is_there_unless_it_is_disabled(self) -> None:
        api = FakeApi({})
        install_addons(api, "10.0.0.10", "1.36.0")  # type: ignore[arg-type]
        assert self.PATH in api.objects
        install_addons(api, "10.0.0.10", "1.36.0", kube_proxy=False)  # type: ignore[arg-type]
        assert self.PATH not in api.objects
        assert any(path.endswith("/deployments/coredns") for path in api.objects)


class TestCrdsOfAnApiServerThatDied:
    """Named and never established, a CRD would not be served for ever; a change of it makes the server look."""

    PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

    @pytest.mark.parametrize(
        ("conditions", "touched"),
        [
            pytest.param({"NamesAccepted": "True", "Established": "False"}, True, id="only named"),
            pytest.param({}, True, id="new"),
            pytest.param({"NamesAccepted": "True", "Established": "True"}, False, id="served"),
        ],
    )
    def test_what_is_not_served_is_touched(self, conditions: dict[str, str], touched: bool) -> None:
        status = {"conditions": [{"type": kind, "status": value} for kind, value in conditions.items()]}
        api = FakeApi({f"{self.PATH}/tiers": {"metadata": {"name": "tiers"}, "status": status}})
        establish(api)  # type: ignore[arg-type]
        assert [path for path, _ in api.written] == ([f"{self.PATH}/tiers"] if touched else [])


class TestCompanions:
    """The deeds of newer Calico releases: done once, only when it is their time, and never against a deletion."""

    def reconcile(self, objects: dict[str, Any]) -> FakeApi:
        api = FakeApi(objects)
        companions.reconcile(api)  # type: ignore[arg-type]
        return api

    def test_ready_installation_gets_pool_felix_configuration_and_tier_once(self) -> None:
        api = self.reconcile({f"{OPERATOR}/installations/default": INSTALLATION})
        assert [body["kind"] for _, body in api.written] == ["IPPool", "FelixConfiguration", "Tier"]
        companions.reconcile(api)  # type: ignore[arg-type]
        assert len(api.written) == 3

    def test_pool_follows_the_installation_with_what_may_change(self) -> None:
        api = self.reconcile({f"{OPERATOR}/installations/default": INSTALLATION})
        (path,) = [path for path in api.objects if "/ippools/" in path]
        changed = {"ipPools": [{"cidr": "10.244.0.0/16", "encapsulation": "IPIP", "blockSize": 28}]}
        api.objects[f"{OPERATOR}/installations/default"] = {
            **INSTALLATION,
            "spec": {"calicoNetwork": changed},
        }
        companions.reconcile(api)  # type: ignore[arg-type]
        assert api.written[3:] == [(path, {"spec": {"ipipMode": "Always", "vxlanMode": "Never"}})]

    def test_windows_nodes_say_which_calico_they_run_unless_they_do_already(self) -> None:
        def node(name: str, os: str, **annotations: str) -> dict[str, Any]:
            meta = {"name": name, "labels": {"kubernetes.io/os": os}, "annotations": annotations}
            return {"metadata": meta}

        status = {**INSTALLATION["status"], "calicoVersion": "v3.24.1"}
        nodes = [
            node("linux", "linux"),
            node("new", "windows"),
            node("old", "windows", **{"projectcalico.org/version": "v1"}),
        ]
        api = self.reconcile(
            {
                f"{OPERATOR}/installations/default": {**INSTALLATION, "status": status},
                **{f"/api/v1/nodes/{body['metadata']['name']}": body for body in nodes},
            }
        )
        marks = {"projectcalico.org/version": "v3.24.1", "projectcalico.org/variant": "Calico"}
        assert api.written[3:] == [("/api/v1/nodes/new", {"metadata": {"annotations": marks}})]

    def test_installation_that_is_not_ready_gets_nothing(self) -> None:
        waiting = {**INSTALLATION, "status": {}}
        assert self.reconcile({f"{OPERATOR}/installations/default": waiting}).written == []

    def test_installation_that_goes_gets_nothing(self) -> None:
        going = {**INSTALLATION, "metadata": {"name": "default", "deletionTimestamp": "x"}}
        assert self.reconcile({f"{OPERATOR}/installations/default": going}).written == []

    @pytest.mark.parametrize(
        ("encapsulation", "ipip", "vxlan"),
        [
            ("VXLAN", "Never", "Always"),
            ("VXLANCrossSubnet", "Never", "CrossSubnet"),
            ("IPIP", "Always", "Never"),
            ("IPIPCrossSubnet", "CrossSubnet", "Never"),
            ("None", "Never", "Never"),
        ],
    )
    def test_encapsulation_becomes_the_modes_of_the_pool(
        self, encapsulation: str, ipip: str, vxlan: str
    ) -> None:
        spec = companions.ip_pool({"cidr": "10.244.0.0/16", "encapsulation": encapsulation})["spec"]
        assert (spec["ipipMode"], spec["vxlanMode"]) == (ipip, vxlan)

    def test_api_server_gets_the_condition_of_its_tigerastatus(self) -> None:
        available = {
            "type": "Available",
            "status": "True",
            "reason": "AllObjectsAvailable",
            "message": "m",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        objects = {
            f"{OPERATOR}/installations/default": {**INSTALLATION, "status": {}},
            f"{OPERATOR}/apiservers/default": {"metadata": {"name": "default", "generation": 2}},
            f"{OPERATOR}/tigerastatuses/apiserver": {"status": {"conditions": [available]}},
        }
        ((path, body),) = self.reconcile(objects).written
        assert path == f"{OPERATOR}/apiservers/default/status"
        (ready,) = body["status"]["conditions"]
        assert (ready["type"], ready["status"], ready["observedGeneration"]) == ("Ready", "True", 2)
        objects[f"{OPERATOR}/apiservers/default"]["status"] = body["status"]
        assert self.reconcile(objects).written == []


class TestCrds:
    def test_missing_files_are_named(self, tmp_path: Path) -> None:
        for group in ("v1.crd.projectcalico.org", "v3.projectcalico.org", "policy.networking.k8s.io"):
            (tmp_path / "calico" / group).mkdir(parents=True)
            (tmp_path / "calico" / group / "x.yaml").touch()
        with pytest.raises(SandboxError, match=r"operator\.tigera\.io_installations\.yaml"):
            crds.crd_files(tmp_path)

    def test_empty_group_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(SandboxError, match="has no CRD files; run `make tools` again"):
            crds.crd_files(tmp_path)


class TestPki:
    def test_certificates_last_as_long_as_anybody_keeps_a_sandbox(self) -> None:
        authority = pki.Authority("a")
        later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=5 * 365)
        for text in (authority.certificate, authority.issue("me", []).certificate):
            assert x509.load_pem_x509_certificate(text.encode()).not_valid_after_utc > later

    def test_each_authority_is_its_own(self) -> None:
        assert pki.Authority("a").certificate != pki.Authority("a").certificate

    def test_kubeconfig_holds_certificates_of_the_authority(self) -> None:
        authority = pki.Authority("a")
        text = pki.kubeconfig(
            "https://127.0.0.1:1", authority.certificate, "u", authority.issue("me", ["g"]), "c"
        )
        config = yaml.safe_load(text)
        pem = base64.b64decode(config["users"][0]["user"]["client-certificate-data"])
        certificate = x509.load_pem_x509_certificate(pem)
        issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
        certificate.verify_directly_issued_by(issuer)
        assert certificate.subject.rfc4514_string() == "CN=me,O=g"
        assert config["current-context"] == "c"

    def test_serving_certificate_answers_for_names_and_addresses(self, tmp_path: Path) -> None:
        pair = pki.Authority("a").issue("s", [], ["127.0.0.1", "kubernetes.default"])
        names = x509.load_pem_x509_certificate(pair.certificate.encode()).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        assert [str(name.value) for name in names.value] == ["127.0.0.1", "kubernetes.default"]
        certificate, key = pki.write_pair(tmp_path, "s", pair)
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
        assert key.stat().st_mode & 0o777 == 0o600
