"""The real nodes of one cluster, behind the interface that every kind of node has."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.errors import ProcessError, SandboxError
from sandbox.home import Home
from sandbox.kube_api import KubeApi
from sandbox.nodes import Node
from sandbox.nodes.real import calico, store
from sandbox.nodes.real.images import images
from sandbox.nodes.real.network import Network
from sandbox.nodes.real.node import RealNode, Surroundings
from sandbox.process import Program

if TYPE_CHECKING:  # a cluster makes its nodes; at run time the arrow would be a circle
    from sandbox.clusters.control_plane import ControlPlane

log = logging.getLogger(__name__)


class RealNodes:
    """Nodes with a kubelet each. `start` brings back one that has died, as a cloud replaces a machine."""

    def __init__(
        self, home: Home, plane: ControlPlane, network: Network, api: KubeApi, tool: Callable[[str], Path]
    ) -> None:
        self._home = home
        self._plane = plane
        self._network = network
        self._api = api
        self._tool = tool
        self._nodes: dict[str, RealNode] = {}
        self._around: Surroundings | None = None

    def start(self) -> None:
        """Start again whatever has ended.

        Raises:
            ProcessError: nodes cannot be started; each is named, and the others run.
        """
        ended = [node for node in self._nodes.values() if not node.running or not node.attached]
        for node in ended:
            log.warning("node %s ended; starting it again", node.node.name)
        _each(ended, lambda node: node.start())

    def stop(self) -> None:
        """End every node.

        Raises:
            ProcessError: something of a node is left; each is named, and the others have ended.
        """
        _each(self._nodes.values(), lambda node: node.stop())
        self._nodes.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def programs(self) -> list[Program]:
        return [node.program for node in self._nodes.values() if node.program is not None]

    def names(self) -> set[str]:
        return set(self._nodes)

    def has(self, name: str) -> bool:
        return name in self._nodes

    def join(self, node: Node) -> None:
        """Start the node.

        Raises:
            SandboxError: it is a Windows node, or it cannot be started.
        """
        if node.name in self._nodes:
            return
        if node.os != "Linux":
            raise ProcessError(
                f"pool {node.pool} is of {node.os} but the sandbox has real nodes; start it with --nodes simulated "
                "(a real Windows node needs Windows)"
            )
        real = RealNode(node, self._surroundings())
        real.start()
        self._nodes[node.name] = real

    def leave(self, name: str) -> None:
        node = self._nodes.pop(name, None)
        if node is not None:
            node.stop()
        # The node first: a DaemonSet would give a node that is still listed a new pod at once.
        self._api.delete(f"/api/v1/nodes/{name}")
        for pod in self._api.list("/api/v1/pods", {"fieldSelector": f"spec.nodeName={name}"}):
            meta = pod["metadata"]
            path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
            # At once: no kubelet is left to confirm their end.
            self._api.delete(path, {"gracePeriodSeconds": 0})

    def label(self, name: str, labels: Mapping[str, str]) -> None:
        self._api.merge(f"/api/v1/nodes/{name}", {"metadata": {"labels": dict(labels)}})

    def cni_present(self, name: str) -> None:
        """Do nothing: the kubelet sees Calico's plugin by itself."""

    def settle(self) -> None:
        """Teach the router the way to every pod block and every LoadBalancer address."""
        addresses = {name: node.node.address for name, node in self._nodes.items()}
        ready = {
            item["metadata"]["name"]: addresses[item["metadata"]["name"]]
            for item in self._api.list("/api/v1/nodes")
            if item["metadata"]["name"] in addresses and _is_ready(item)
        }
        services = [s for s in self._api.list("/api/v1/services") if s["spec"].get("type") == "LoadBalancer"]
        local = any(s["spec"].get("externalTrafficPolicy") == "Local" for s in services)
        slices = self._api.list("/apis/discovery.k8s.io/v1/endpointslices") if local else []
        routes = calico.block_routes(self._api, addresses)
        self._network.route({**routes, **calico.balancer_routes(services, slices, ready)})

    @property
    def _folder(self) -> Path:
        return self._plane.folder / "nodes"

    def _surroundings(self) -> Surroundings:
        if self._around is None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._around = Surroundings(
                home=self._home,
                folder=self._folder,
                network=self._network,
                tool=self._tool,
                images=store.ensure(images(self._tool)),
                dns=self._plane.spec.dns_service_ip,
                subnet=self._plane.spec.node_subnet,
                azure=self._plane.spec.network_plugin == "azure",
                authority=self._plane.authority(),
                kubeconfig=self._plane.kubelet_kubeconfig,
            )
        return self._around


def _each(nodes: Iterable[RealNode], act: Callable[[RealNode], None]) -> None:
    """Do it to every node, whatever becomes of the others, and raise at the end what failed."""
    failed = []
    for node in nodes:
        try:
            act(node)
        except (SandboxError, OSError) as error:
            failed.append(f"node {node.node.name}: {error}")
    if failed:
        raise ProcessError("; ".join(failed))


def _is_ready(node: Mapping[str, object]) -> bool:
    status = node.get("status")
    conditions = status.get("conditions", []) if isinstance(status, dict) else []
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)
