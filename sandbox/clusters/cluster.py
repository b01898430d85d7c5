"""One running cluster: control plane, nodes, add-ons, operator, and the loop that keeps them in step.

The loop plays the parts that a cloud and kubelets play on AKS: nodes appear and go with their pool, a node becomes
Ready when a CNI plugin is on it, a LoadBalancer Service gets an address.
"""

from __future__ import annotations

import ipaddress
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from sandbox.calico import companions
from sandbox.calico.operator import OperatorProcess
from sandbox.clusters.addons import install_addons
from sandbox.clusters.control_plane import ControlPlane
from sandbox.clusters.spec import ClusterSpec, PoolSpec
from sandbox.errors import SandboxError
from sandbox.home import Home, write_private_json
from sandbox.kube_api import Body, KubeApi
from sandbox.nodes import Node, Nodes
from sandbox.nodes.simulated import SimulatedNodes
from sandbox.process import Program

_ROUND_SECONDS = 0.5
_NODE_NETWORK = ipaddress.ip_network("10.224.0.0/16")
_FIRST_NODE = 4  # Azure keeps the first four addresses of a subnet, and the last
_VERSION_SUFFIX = ".0"
log = logging.getLogger(__name__)


class Cluster:
    """A cluster of the sandbox. `start` and `stop` may be called again; the pools survive both."""

    def __init__(
        self, home: Home, spec: ClusterSpec, tool: Callable[[str], Path], crds: Callable[[], Path]
    ) -> None:
        self.spec = spec
        self._home = home
        self._tool = tool
        self._crds = crds
        self._plane = ControlPlane(home, spec, tool)
        self._lock = threading.RLock()
        self._pools: dict[str, PoolSpec] = {}
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._api: KubeApi | None = None
        self._nodes: Nodes | None = None
        self._operator: OperatorProcess | None = None

    def start(self) -> None:
        """Start everything that does not run; blocks until the API server serves.

        Raises:
            SandboxError: a program did not start.
        """
        with self._lock:
            self._plane.start()
            self._api = KubeApi(self._plane.kubeconfig())
            write_private_json(self._plane.folder / "spec.json", asdict(self.spec))
            self._wait_for_default_service_account(self._api)
            install_addons(self._api, self.spec.dns_service_ip, full_version(self.spec.kubernetes_version))
            if self._nodes is None:
                self._nodes = SimulatedNodes(self._home, self._plane, self._api, self._tool)
                self._operator = OperatorProcess(self._home, self._plane, self._api, self._tool, self._crds)
            self._nodes.start()
            if self._thread is None:
                self._ended.clear()
                self._thread = threading.Thread(
                    target=self._run, name=f"cluster {self.spec.name}", daemon=True
                )
                self._thread.start()

    def _wait_for_default_service_account(self, api: KubeApi) -> None:
        path = "/api/v1/namespaces/kube-system/serviceaccounts/default"
        for _ in range(300):
            if api.get(path) is not None:
                return
            self._ended.wait(0.1)
        raise SandboxError(f"cluster {self.spec.name} has no controllers: {path} did not appear in 30 s")

    def stop(self) -> None:
        """End every program of the cluster; its data stays."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._lock:
            if self._operator is not None:
                self._operator.stop()
            if self._nodes is not None:
                self._nodes.stop()
            self._plane.stop()
            self._nodes = self._operator = self._api = None

    @property
    def folder(self) -> Path:
        return self._plane.folder

    def kubeconfig(self) -> str:
        return self._plane.kubeconfig()

    def programs(self) -> list[Program]:
        """Return the programs that belong to this cluster, for `labctl sandbox status`."""
        found = self._plane.programs()
        if isinstance(self._nodes, SimulatedNodes):
            found += self._nodes.programs()
        if self._operator is not None:
            found += self._operator.programs()
        return found

    def set_pool(self, pool: PoolSpec) -> None:
        """Make the pool's nodes be as asked, now."""
        with self._lock:
            self._pools[pool.name] = pool
            self._reconcile_nodes()

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
        self._revive()
        self._reconcile_nodes()
        self._reconcile_readiness(self._api)
        self._reconcile_load_balancers(self._api)
        self._operator.reconcile()
        companions.reconcile(self._api)

    def _revive(self) -> None:
        if any(not program.running for program in self._plane.programs()):
            log.warning("cluster %s: a program of the control plane ended; starting it again", self.spec.name)
            self._plane.start()
        if self._nodes is not None:
            self._nodes.start()

    def wanted_nodes(self) -> dict[str, Node]:
        """Return the nodes that the pools ask for, by name; names and addresses are AKS's in form and stable."""
        wanted: dict[str, Node] = {}
        for pool_index, pool in enumerate(sorted(self._pools.values(), key=lambda p: p.name)):
            for index in range(pool.count):
                name = node_name(self.spec, pool, index)
                offset = _FIRST_NODE + pool_index * 256 + index
                wanted[name] = Node(
                    name=name,
                    address=str(_NODE_NETWORK[offset]),
                    pool=pool.name,
                    os=pool.os,
                    vm_size=pool.vm_size,
                    kubernetes_version=full_version(pool.kubernetes_version),
                    labels={**pool.labels, "kubernetes.io/hostname": name},
                )
        return wanted

    def _reconcile_nodes(self) -> None:
        if self._api is None or self._nodes is None:
            return
        wanted = self.wanted_nodes()
        present = {item["metadata"]["name"]: item for item in self._api.list("/api/v1/nodes")}
        for name in present.keys() - wanted.keys():
            self._nodes.leave(name)
        for name, node in wanted.items():
            if name not in present or not present[name].get("status", {}).get("addresses"):
                self._nodes.join(node)
            elif not node.labels.items() <= (present[name]["metadata"].get("labels") or {}).items():
                self._nodes.label(name, node.labels)

    def _reconcile_readiness(self, api: KubeApi) -> None:
        waiting = [
            n["metadata"]["name"] for n in api.list("/api/v1/nodes") if not companions.is_true(n, "Ready")
        ]
        if not waiting or self._nodes is None:
            return
        have_cni = set(waiting) if self.spec.network_plugin == "azure" else _nodes_with_calico(api)
        for name in waiting:
            if name in have_cni:
                self._nodes.cni_present(name)

    def _reconcile_load_balancers(self, api: KubeApi) -> None:
        if self._nodes is None:
            return
        services = [s for s in api.list("/api/v1/services") if s["spec"].get("type") == "LoadBalancer"]
        taken = {address for service in services for address in _addresses(service)}
        for service in services:
            if _addresses(service):
                continue
            index = 0
            while (address := self._nodes.load_balancer_address(index)) in taken:
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
    """Return a node's name in AKS's form: `aks-<pool>-<8 digits>-vmss<6 of base 36>`, `aks<pool><6>` on Windows."""
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
