"""One running cluster: control plane, nodes, add-ons, operator, and the loop that keeps them in step.

The loop plays the parts that a cloud and kubelets play on AKS: nodes appear and go with their pool, a node becomes
Ready when a CNI plugin is on it, a LoadBalancer Service gets an address.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from sandbox.calico import companions
from sandbox.calico.crds import establish, install_crds
from sandbox.calico.operator import OperatorProcess
from sandbox.clusters.addons import install_addons
from sandbox.clusters.control_plane import ControlPlane
from sandbox.clusters.spec import FOUND_CALICO, PLAIN, ClusterSpec, PoolSpec
from sandbox.errors import SandboxError
from sandbox.home import Home, write_private, write_private_json
from sandbox.kube_api import ApiError, Body, KubeApi
from sandbox.nodes import Node, Nodes, load_balancer_address
from sandbox.nodes.real import addons as real_addons
from sandbox.nodes.real.calico import RealCalico
from sandbox.nodes.real.network import Network
from sandbox.nodes.real.nodes import RealNodes
from sandbox.nodes.simulated import SimulatedNodes
from sandbox.process import Program

_ROUND_SECONDS = 0.5
_PATIENCE = 60
_JOIN_SECONDS = 120
_FIRST_NODE = 4  # Azure keeps the first four addresses of a subnet, and the last
_VERSION_SUFFIX = ".0"
log = logging.getLogger(__name__)


class Cluster:
    """A cluster of the sandbox. `start` and `stop` may be called again; the pools survive both."""

    def __init__(
        self,
        home: Home,
        spec: ClusterSpec,
        tool: Callable[[str], Path],
        crds: Callable[[], Path],
        real_crds: Callable[[], Path] | None = None,
    ) -> None:
        """Describe the cluster; its nodes are real if `real_crds` are given, the CRDs of the Calico they run."""
        self.spec = spec
        self._home = home
        self._tool = tool
        self._crds = crds
        self._real_crds = real_crds
        self._network = (
            Network(home, spec.name, home.clusters / spec.slug, spec.node_subnet) if real_crds else None
        )
        self._plane = ControlPlane(home, spec, tool, self._network)
        self._lock = threading.RLock()
        self._pools: dict[str, PoolSpec] = {}
        self._places: dict[str, int] = {}
        """Pool -> its part of the subnet, in the order in which pools came, so that no two nodes share an address."""
        self._failed: dict[str, str] = {}
        """Node -> why it could not join, as it was logged."""
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._api: KubeApi | None = None
        self._nodes: Nodes | None = None
        self._operator: OperatorProcess | RealCalico | None = None

    def start(self) -> None:
        """Start everything that does not run; blocks until the API server serves.

        Raises:
            SandboxError: a program did not start.
        """
        with self._lock:
            runs = self._thread is not None and self._thread.is_alive()
            if not runs:
                self._ended.clear()  # before the waits below, which it ends
            self._check_kind()
            self._plane.start()
            self._api = KubeApi(self._plane.kubeconfig())
            write_private_json(self._plane.folder / "spec.json", asdict(self.spec))
            self._wait_for_default_service_account(self._api)
            establish(self._api)
            self._install_addons(self._api)
            if self._nodes is None:
                self._make_nodes(self._api)
            assert self._nodes is not None
            self._nodes.start()
            if self.spec.network_plugin == FOUND_CALICO:
                self._bring_calico(self._api)
            if not runs:
                self._thread = threading.Thread(
                    target=self._run, name=f"cluster {self.spec.name}", daemon=True
                )
                self._thread.start()

    def _check_kind(self) -> None:
        """Refuse what nodes of this kind cannot be, and to continue a cluster with nodes of the other kind: keys and
        objects differ.
        """
        if self._real_crds and self.spec.network_plugin == FOUND_CALICO:
            raise SandboxError(
                f"cluster {self.spec.name} should come with Calico but the sandbox has real nodes, and a Calico that "
                "was there before is objects only; make it without --calico and let the lab install Calico, or start "
                "the sandbox with --nodes simulated"
            )
        kind, file = ("real" if self._real_crds else "simulated"), self.folder / "nodes-kind"
        made_with = file.read_text(encoding="utf-8") if file.exists() else None
        if made_with is None and self._plane.keys.exists():
            made_with = "simulated"
        if made_with not in (None, kind):
            raise SandboxError(
                f"cluster {self.spec.name} was made with {made_with} nodes but the sandbox runs with --nodes {kind}; "
                f"start it with --nodes {made_with}, or destroy the cluster there first"
            )
        write_private(file, kind)

    def _install_addons(self, api: KubeApi) -> None:
        version = full_version(self.spec.kubernetes_version)
        specs = None
        if self._network is not None:
            real_addons.install(api, self._plane.node_server, self.spec.pod_cidr)
            specs = real_addons.pod_specs()
        install_addons(api, self.spec.dns_service_ip, version, specs, kube_proxy=self.spec.kube_proxy)

    def _make_nodes(self, api: KubeApi) -> None:
        if self._network is not None and self._real_crds is not None:
            self._nodes = RealNodes(self._home, self._plane, self._network, api, self._tool)
            self._operator = RealCalico(api, self._crds, self._real_crds)
        else:
            self._nodes = SimulatedNodes(self._home, self._plane, api, self._tool)
            self._operator = OperatorProcess(self._home, self._plane, api, self._tool, self._crds)

    def _bring_calico(self, api: KubeApi) -> None:
        """Make the cluster one that came with Calico; only its objects, no data plane."""
        for attempt in range(_PATIENCE):
            try:
                install_crds(api, self._crds())
                companions.stand_in_for_found_calico(api, self.spec.pod_cidr or "")
                return
            except SandboxError as error:
                # A ready API server serves some groups, and new kinds, only a moment later, and is slow with CRDs.
                refused = isinstance(error, ApiError) and error.status != 404
                if refused or attempt == _PATIENCE - 1:
                    raise
                self._ended.wait(_ROUND_SECONDS)

    def _wait_for_default_service_account(self, api: KubeApi) -> None:
        path = "/api/v1/namespaces/kube-system/serviceaccounts/default"
        for _ in range(300):
            if api.get(path) is not None:
                return
            self._ended.wait(0.1)
        raise SandboxError(f"cluster {self.spec.name} has no controllers: {path} did not appear in 30 s")

    def stop(self) -> None:
        """End every program of the cluster; its data stays.

        Raises:
            SandboxError: a node did not end; all else has, and `stop` may be called again.
        """
        self._ended.set()
        thread = self._thread  # once: the sandbox's end may stop a cluster that is being stopped
        if thread is not None:
            thread.join()
            self._thread = None
        with self._lock:
            try:
                if self._operator is not None:
                    self._operator.stop()
                if self._nodes is not None:
                    self._nodes.stop()
            finally:
                self._plane.stop()
            self._nodes = self._operator = self._api = None

    def rotate(self) -> None:
        """Start again with new keys; what etcd holds stays.

        Raises:
            SandboxError: the nodes are real, whose kubelets hold certificates of the old authority.
        """
        if self._network is not None:
            raise SandboxError(
                "certificates of a cluster with real nodes are not rotated; use simulated ones"
            )
        self.stop()
        shutil.rmtree(self._plane.keys)
        self.start()

    @property
    def folder(self) -> Path:
        return self._plane.folder

    def kubeconfig(self) -> str:
        return self._plane.kubeconfig()

    def programs(self) -> list[Program]:
        """Return the programs that belong to this cluster, for `labctl sandbox status`."""
        found = self._plane.programs()
        if self._nodes is not None:
            found += self._nodes.programs()
        if self._operator is not None:
            found += self._operator.programs()
        return found

    def set_pool(self, pool: PoolSpec) -> None:
        """Make the pool's nodes be as asked, and wait until the API server knows them.

        Raises:
            SandboxError: one of them cannot join, or does not within two minutes.
        """
        with self._lock:
            self._pools[pool.name] = pool
            self._places.setdefault(pool.name, len(self._places))
            failed = self._reconcile_nodes()
            names = {node.name for node in self.wanted_nodes().values() if node.pool == pool.name}
            for name in sorted(names & failed.keys()):
                raise failed[name]
        self._wait_for_nodes(names)

    def _wait_for_nodes(self, names: set[str]) -> None:
        """Wait for kubelets to register: who finds a cluster has to find its nodes."""
        deadline = time.monotonic() + _JOIN_SECONDS
        missing = names
        while missing and self._api is not None:
            with contextlib.suppress(SandboxError):  # an API server that is started again serves in a moment
                missing = names - {item["metadata"]["name"] for item in self._api.list("/api/v1/nodes")}
            if missing and time.monotonic() > deadline:
                raise SandboxError(
                    f"cluster {self.spec.name} has no node {', '.join(sorted(missing))} after {_JOIN_SECONDS} s; "
                    f"see the kubelet's log in {self.folder}"
                )
            if missing and self._ended.wait(0.1):
                return

    def remove_pool(self, name: str) -> None:
        with self._lock:
            self._pools.pop(name, None)
            self._reconcile_nodes()

    def _run(self) -> None:
        while not self._ended.wait(_ROUND_SECONDS):
            try:
                with self._lock:
                    self.reconcile()
            except SandboxError as error:
                log.warning("cluster %s: %s", self.spec.name, error)
            except Exception:
                log.exception("cluster %s", self.spec.name)

    def reconcile(self) -> None:
        """Do one round: what is missing is done, what is right is left alone."""
        assert self._api is not None
        assert self._operator is not None
        self._revive(self._api)
        self._log_once(self._reconcile_nodes())
        self._reconcile_readiness(self._api)
        self._reconcile_load_balancers(self._api)
        self._operator.reconcile()
        if self._network is None:
            companions.reconcile(self._api)
        assert self._nodes is not None
        self._nodes.settle()

    def _revive(self, api: KubeApi) -> None:
        if not self._plane.running:
            log.warning("cluster %s: a program of the control plane ended; starting it again", self.spec.name)
            self._plane.start()
            establish(api)
        if self._nodes is not None:
            try:
                self._nodes.start()
            except SandboxError as error:  # the others, and all else of this round, do without it
                log.warning("cluster %s: %s", self.spec.name, error)

    def wanted_nodes(self) -> dict[str, Node]:
        """Return the nodes that the pools ask for, by name; names and addresses are AKS's in form and stable."""
        wanted: dict[str, Node] = {}
        subnet = ipaddress.ip_network(self.spec.node_subnet)
        stride = min(256, subnet.num_addresses // 8)
        for pool in self._pools.values():
            for index in range(pool.count):
                name = node_name(self.spec, pool, index)
                offset = _FIRST_NODE + self._places[pool.name] * stride + index
                wanted[name] = Node(
                    name=name,
                    address=str(subnet[offset]),
                    pool=pool.name,
                    os=pool.os,
                    vm_size=pool.vm_size,
                    kubernetes_version=full_version(pool.kubernetes_version),
                    labels={**pool.labels, "kubernetes.io/hostname": name},
                )
        return wanted

    def _reconcile_nodes(self) -> dict[str, SandboxError]:
        """Return the nodes that could not join; they keep no other one from doing so."""
        failed: dict[str, SandboxError] = {}
        if self._api is None or self._nodes is None:
            return failed
        wanted = self.wanted_nodes()
        present = {item["metadata"]["name"]: item for item in self._api.list("/api/v1/nodes")}
        for name in (present.keys() | self._nodes.names()) - wanted.keys():
            self._nodes.leave(name)
        for name, node in wanted.items():
            known = name in present and present[name].get("status", {}).get("addresses")
            try:
                if not known or not self._nodes.has(name):
                    self._nodes.join(node)
                elif not node.labels.items() <= (present[name]["metadata"].get("labels") or {}).items():
                    self._nodes.label(name, node.labels)
            except SandboxError as error:
                failed[name] = error
        return failed

    def _log_once(self, failed: Mapping[str, SandboxError]) -> None:
        said = {name: str(error) for name, error in failed.items()}
        for name, text in said.items():
            if self._failed.get(name) != text:
                log.warning("cluster %s: node %s: %s", self.spec.name, name, text)
        self._failed = said

    def _reconcile_readiness(self, api: KubeApi) -> None:
        waiting = [
            n["metadata"]["name"] for n in api.list("/api/v1/nodes") if not companions.is_true(n, "Ready")
        ]
        if not waiting or self._nodes is None:
            return
        came_with_one = self.spec.network_plugin in ("azure", FOUND_CALICO)
        have_cni = set(waiting) if came_with_one else _nodes_with_calico(api)
        for name in waiting:
            if name in have_cni:
                self._nodes.cni_present(name)

    def _reconcile_load_balancers(self, api: KubeApi) -> None:
        services = [s for s in api.list("/api/v1/services") if s["spec"].get("type") == "LoadBalancer"]
        taken = {address for service in services for address in _addresses(service)}
        for service in services:
            if _addresses(service):
                continue
            index = 0
            while (address := load_balancer_address(index)) in taken:
                index += 1
            taken.add(address)
            meta = service["metadata"]
            api.merge(
                f"/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}/status",
                {"status": {"loadBalancer": {"ingress": [{"ip": address, "ipMode": "VIP"}]}}},
            )


def _addresses(service: Body) -> list[str]:
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    return [entry["ip"] for entry in ingress if "ip" in entry]


def _nodes_with_calico(api: KubeApi) -> set[str]:
    """Return the nodes on which calico-node runs: its init container has put the CNI plugin there by then."""
    pods = api.list("/api/v1/namespaces/calico-system/pods", {"labelSelector": "k8s-app=calico-node"})
    return {
        pod["spec"]["nodeName"]
        for pod in pods
        if pod["spec"].get("nodeName") and pod.get("status", {}).get("phase") == "Running"
    }


def node_name(spec: ClusterSpec, pool: PoolSpec, index: int) -> str:
    """Return a node's name in AKS's form: `aks-<pool>-<8 digits>-vmss<6 of base 36>`, `aks<pool><6>` on Windows.

    A plain cluster has `<cluster>-<pool>-<index>`, as NKE's are called.
    """
    if spec.location == PLAIN:
        return f"{spec.name}-{pool.name}-{index}"
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    tail = ""
    for _ in range(6):
        index, rest = divmod(index, 36)
        tail = digits[rest] + tail
    if pool.os == "Windows":
        return f"aks{pool.name}{tail}"
    number = int(spec.slug.rsplit("-", 1)[1], 16) % 100_000_000
    return f"aks-{pool.name}-{number:08d}-vmss{tail}"


def full_version(version: str) -> str:
    """Return major.minor.patch; a version without a patch gets `.0`, since the sandbox has no patch releases."""
    bare = version.removeprefix("v")
    return bare if bare.count(".") == 2 else bare + _VERSION_SUFFIX
