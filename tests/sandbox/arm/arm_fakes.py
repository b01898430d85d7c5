"""What the tests of the Azure stand-in share: clusters that only note what is asked, a caller, and valid bodies."""

from __future__ import annotations

import copy
import http.client
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from sandbox.arm import ArmServer
from sandbox.clusters.spec import ClusterSpec, PoolSpec
from sandbox.errors import SandboxError

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/lab"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/lab-aks"
GROUP_VERSION = "2024-03-01"
AKS_VERSION = "2025-09-01"
PREVIEW_VERSION = "2026-05-02-preview"
MISSING = object()
"""As a changed value: take the member out."""


class FakeClusters:
    """Keeps what the stand-in asks for; `broken` makes calls fail, the gates make them wait."""

    def __init__(self) -> None:
        self.running: dict[str, ClusterSpec] = {}
        self.pools: dict[str, dict[str, PoolSpec]] = {}
        self.calls: list[str] = []
        self.broken = ""
        self.gate: threading.Event | None = None
        self.pool_gate: threading.Event | None = None
        self.waiting = threading.Event()

    def start(self, spec: ClusterSpec) -> None:
        self.calls.append(f"start {spec.name}")
        if self.gate is not None:
            self.waiting.set()
            assert self.gate.wait(20)
        if self.broken:
            raise SandboxError(self.broken)
        self.running[spec.id.lower()] = spec
        self.pools.setdefault(spec.id.lower(), {})

    def stop(self, id: str) -> None:
        self.calls.append(f"stop {id.rpartition('/')[2]}")
        if self.broken:
            raise SandboxError(self.broken)
        self.running.pop(id.lower(), None)
        self.pools.pop(id.lower(), None)

    def set_pool(self, id: str, pool: PoolSpec) -> None:
        self.calls.append(f"set_pool {pool.name} {pool.count}")
        if self.pool_gate is not None:
            self.waiting.set()
            assert self.pool_gate.wait(20)
        if self.broken:
            raise SandboxError(self.broken)
        self.pools[id.lower()][pool.name] = pool

    def remove_pool(self, id: str, name: str) -> None:
        self.calls.append(f"remove_pool {name}")
        if self.broken:
            raise SandboxError(self.broken)
        del self.pools[id.lower()][name]

    def rotate(self, id: str) -> None:
        self.calls.append(f"rotate {id.rpartition('/')[2]}")
        if self.broken:
            raise SandboxError(self.broken)

    def kubeconfig(self, id: str) -> str:
        if id.lower() not in self.running:
            raise SandboxError(f"the sandbox runs no cluster {id}")
        server = "https://127.0.0.1:6443"
        certificate = {"client-certificate-data": "Y2VydA==", "client-key-data": "a2V5"}
        return yaml.safe_dump(
            {
                "clusters": [{"name": "c", "cluster": {"server": server}}],
                "users": [{"name": "u", "user": certificate}],
                "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            }
        )

    def fqdn(self, id: str) -> str:
        return f"{self.running[id.lower()].name}-1234.hcp.canadacentral.azmk8s.io"


@dataclass(frozen=True)
class Answer:
    """Status and body of one answer."""

    status: int
    body: dict[str, Any]

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, code and message of a refusal."""
        return self.status, self.body["error"]["code"], self.body["error"]["message"]


@dataclass
class Azure:
    """A running stand-in and a caller for it."""

    folder: Path
    clusters: FakeClusters = field(default_factory=FakeClusters)
    delay: float = 0.0

    def __post_init__(self) -> None:
        self.server = ArmServer(self.store_path, self.clusters, self.delay)
        self.server.start()

    @property
    def store_path(self) -> Path:
        return self.folder / "azure.json"

    def restart(self) -> None:
        """Begin anew with the same store, as after the end of the daemon."""
        self.server.stop()
        self.clusters = FakeClusters()
        self.__post_init__()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        version: str | None = None,
        token: str | None = None,
    ) -> Answer:
        address = urlsplit(self.server.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        if version is None:
            version = AKS_VERSION if "/providers/" in path else GROUP_VERSION
        query = f"?api-version={version}" if version else ""
        headers = {"Authorization": f"Bearer {self.server.token if token is None else token}"}
        content = body if isinstance(body, (str, type(None))) else json.dumps(body)
        connection.request(method, path + query, content, headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return Answer(response.status, json.loads(text) if text else {})

    def get(self, path: str) -> Answer:
        return self.call("GET", path)

    def put(self, path: str, body: Any, version: str | None = None) -> Answer:
        return self.call("PUT", path, body, version)

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)

    def make_group(self) -> None:
        assert self.put(GROUP, {"location": "canadacentral"}).status == 201

    def make_cluster(self, **changes: Any) -> dict[str, Any]:
        """Create group and cluster; return the cluster."""
        if self.get(GROUP).status == 404:
            self.make_group()
        answer = self.put(CLUSTER, cluster(**changes))
        assert answer.status == 201, answer.body
        return answer.body


def changed(body: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the body with members changed; `a__b__0` stands for the path a.b[0]."""
    result = copy.deepcopy(body)
    for path, value in changes.items():
        *steps, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        target: Any = result
        for step in steps:
            target = target[step] if isinstance(step, int) else target.setdefault(step, {})
        if value is MISSING:
            del target[last]
        else:
            target[last] = copy.deepcopy(value)
    return result


def cluster(**changes: Any) -> dict[str, Any]:
    """Return a valid cluster without CNI; `changes` are below `properties`, or at the top with `top__`."""
    body = {
        "location": "canadacentral",
        "identity": {"type": "SystemAssigned"},
        "tags": {"lab": "byocni"},
        "properties": {
            "kubernetesVersion": "1.36",
            "dnsPrefix": "lab",
            "networkProfile": {"networkPlugin": "none", "podCidr": "10.244.0.0/16"},
            "agentPoolProfiles": [
                {"name": "system", "mode": "System", "count": 2, "vmSize": "Standard_D4s_v5"}
            ],
        },
    }
    at_top = {
        path.removeprefix("top__"): value for path, value in changes.items() if path.startswith("top__")
    }
    below = {f"properties__{path}": value for path, value in changes.items() if not path.startswith("top__")}
    return changed(body, {**at_top, **below})


def pool(**changes: Any) -> dict[str, Any]:
    """Return a valid agent pool."""
    body = {"properties": {"count": 1, "mode": "User", "vmSize": "Standard_D4s_v5"}}
    return changed(body, {f"properties__{path}": value for path, value in changes.items()})


AZURE_CNI: dict[str, Any] = {"networkProfile": {"networkPlugin": "azure"}}
WINDOWS: dict[str, Any] = {
    **AZURE_CNI,
    "windowsProfile": {"adminUsername": "azureuser", "adminPassword": "long-enough-for-AKS"},
}
WINDOWS_POOL: dict[str, Any] = {"osType": "Windows", "osSKU": "Windows2022"}
