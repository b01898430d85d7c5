"""Nodes that are objects only: KWOK renews their leases and plays the kubelet for their pods.

Sizes come from a short table of the VM sizes that the labs use; another size gets the smallest. A pod runs, in KWOK's
sense, as soon as it has a node; nothing is executed, so traffic cannot be checked here.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.clusters.control_plane import ControlPlane
from sandbox.home import Home
from sandbox.kube_api import KubeApi
from sandbox.nodes import Node
from sandbox.process import Program, free_port, start_program

STAGES = Path(__file__).parent / "kwok-stages.yaml"
NOT_READY = (
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
    "message:Network plugin returns error: cni plugin not initialized"
)
_CAPACITY = {"2": ("2", "8129940Ki"), "4": ("4", "16374584Ki"), "8": ("8", "32864288Ki")}
_MAX_PODS = "250"
_OS_IMAGES = {
    "Linux": ("Ubuntu 22.04.5 LTS", "5.15.0-1102-azure", "containerd://1.7.29-1"),
    "Windows": ("Windows Server 2022 Datacenter", "10.0.20348.4294", "containerd://1.7.29+azure"),
}
"""What AKS nodes report, as examples; only the Windows build number is checked against images anywhere."""


class SimulatedNodes:
    """The simulated nodes of one cluster."""

    def __init__(self, home: Home, plane: ControlPlane, api: KubeApi, tool: Callable[[str], Path]) -> None:
        self._home = home
        self._plane = plane
        self._api = api
        self._tool = tool
        self._kwok: Program | None = None

    def start(self) -> None:
        """Start KWOK if it does not run.

        Raises:
            ProcessError: it cannot be started.
        """
        if self._kwok is not None and self._kwok.running:
            return
        folder = self._plane.folder
        self._kwok = start_program(
            self._home,
            f"kwok of {self._plane.spec.name}",
            [
                str(self._tool("kwok")),
                f"--kubeconfig={self._plane.kubeconfig_path('kwok')}",
                f"--config={STAGES}",
                "--manage-all-nodes=true",
                f"--cidr={self._plane.spec.pod_cidr or '10.224.128.0/17'}",
                "--node-lease-duration-seconds=40",
                f"--server-address=127.0.0.1:{free_port()}",
            ],
            folder / "logs" / "kwok.log",
            folder,
            {"KWOK_WORKDIR": str(folder / "kwok")},
        )

    def programs(self) -> list[Program]:
        return [self._kwok] if self._kwok else []

    def stop(self) -> None:
        if self._kwok is not None:
            self._kwok.stop()
            self._kwok = None

    def settle(self) -> None:
        """Do nothing: no packet flows."""

    def names(self) -> set[str]:
        return set()

    def has(self, name: str) -> bool:
        return True  # KWOK keeps whatever node object there is

    def join(self, node: Node) -> None:
        body = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": node.name, "labels": dict(node.labels)},
            "spec": {"providerID": f"azure://{self._plane.spec.id}/{node.name}"},
        }
        if self._api.create("/api/v1/nodes", body) is not None or self._is_blank(node.name):
            self._api.merge(f"/api/v1/nodes/{node.name}/status", {"status": _status(node)})

    def _is_blank(self, name: str) -> bool:
        found = self._api.get(f"/api/v1/nodes/{name}")
        return found is not None and not found.get("status", {}).get("addresses")

    def leave(self, name: str) -> None:
        for pod in self._api.list("/api/v1/pods", {"fieldSelector": f"spec.nodeName={name}"}):
            meta = pod["metadata"]
            self._api.delete(f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}")
        self._api.delete(f"/api/v1/nodes/{name}")

    def label(self, name: str, labels: Mapping[str, str]) -> None:
        self._api.merge(f"/api/v1/nodes/{name}", {"metadata": {"labels": dict(labels)}})

    def cni_present(self, name: str) -> None:
        found = self._api.get(f"/api/v1/nodes/{name}")
        if found is None:
            return
        conditions = [c for c in found["status"].get("conditions", []) if c["type"] != "Ready"]
        conditions.append(_condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"))
        self._api.merge(f"/api/v1/nodes/{name}/status", {"status": {"conditions": conditions}})


def _condition(kind: str, status: str, reason: str, message: str) -> dict[str, str]:
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastHeartbeatTime": now,
        "lastTransitionTime": now,
    }


def _status(node: Node) -> dict[str, Any]:
    digits = "".join(c for c in node.vm_size.removeprefix("Standard_").split("_")[0] if c.isdigit())
    cpu, memory = _CAPACITY.get(digits, _CAPACITY["2"])
    image, kernel, runtime = _OS_IMAGES[node.os]
    amounts = {"cpu": cpu, "memory": memory, "pods": _MAX_PODS, "ephemeral-storage": "129886128Ki"}
    healthy = (
        ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    )
    return {
        "conditions": [
            *(_condition(kind, "False", reason, message) for kind, reason, message in healthy),
            _condition("Ready", "False", "KubeletNotReady", NOT_READY),
        ],
        "addresses": [
            {"type": "InternalIP", "address": node.address},
            {"type": "Hostname", "address": node.name},
        ],
        "capacity": amounts,
        "allocatable": amounts,
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": "",
            "containerRuntimeVersion": runtime,
            "kernelVersion": kernel,
            "kubeProxyVersion": "",
            "kubeletVersion": f"v{node.kubernetes_version.removeprefix('v')}",
            "machineID": "",
            "operatingSystem": node.os.lower(),
            "osImage": image,
            "systemUUID": "",
        },
    }
