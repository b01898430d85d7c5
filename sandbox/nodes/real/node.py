"""One real node: its folder, its namespaces and its programs.

The folder is the node's disk and goes with the node; nothing on it is needed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from sandbox.errors import ProcessError
from sandbox.home import Home, write_private, write_private_json
from sandbox.nodes import Node
from sandbox.nodes.real import cgroups, kubelet, store
from sandbox.nodes.real.network import Network
from sandbox.process import Program, start_program

_SECONDS = 30.0
_SYSCTLS = {
    "net/ipv4/ip_forward": "1",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
}
_FOLDERS = (
    "etc/kubernetes/volumeplugins",
    "opt/cni/bin",
    "opt/calico-labs",
    "var/lib/kubelet",
    "var/log",
    "var/tmp",
)
_PROGRAMS = ("kubelet", "lab-programs")
_AZURE_PLUGINS = ("host-local", "loopback", "portmap")
_CAP_SYS_RESOURCE = 24


@dataclass(frozen=True)
class Surroundings:
    """What every node of a cluster shares."""

    home: Home
    folder: Path
    """Folder of the cluster's nodes."""
    network: Network
    tool: Callable[[str], Path]
    images: Path
    """The images' store."""
    dns: str
    subnet: str
    """Range that the nodes' addresses come from."""
    azure: bool
    """Whether the nodes come with a CNI plugin, in the place of Azure's."""
    authority: str
    kubeconfig: Callable[[str], str]
    """Node name -> the kubeconfig of its kubelet."""


class RealNode:
    """A node that runs, or has run."""

    def __init__(self, node: Node, around: Surroundings) -> None:
        self.node = node
        self._around = around
        self._program: Program | None = None
        self._router: Path | None = None
        self.folder = around.folder / node.name

    @property
    def running(self) -> bool:
        return self._program is not None and self._program.running

    @property
    def attached(self) -> bool:
        """Tell whether the node's uplink leads to the router that runs now."""
        return self._router == self._around.network.namespace()

    @property
    def program(self) -> Program | None:
        return self._program

    def start(self) -> None:
        """Start the node on an empty disk with the images on it.

        Raises:
            ProcessError: something of it did not start; nothing is left.
        """
        self.stop()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        around, node = self._around, self.node
        shutil.rmtree(self.folder, ignore_errors=True)
        root = self.folder / "root"
        root.mkdir(parents=True, mode=0o755)
        for name in _FOLDERS:
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "var" / "run").symlink_to("/run")
        store.copy(around.images, root / "var" / "lib" / "containerd")
        cgroup = cgroups.make(cgroups.group_of(around.home), node.name)
        self._write_configuration(cgroup)
        write_private_json(self.folder / "node.json", self._plan(root))
        self._program = start_program(
            around.home,
            f"node {node.name}",
            [
                "unshare",
                *("--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--kill-child"),
                *("--propagation", "private", "--"),
                *(str(around.tool("lab-programs")), "node-init", str(self.folder / "node.json")),
            ],
            around.folder / f"{node.name}.log",
            self.folder,
        )
        self._router = around.network.namespace()
        around.network.attach(port_name(node.name), self.first_process(), node.address)

    def _write_configuration(self, cgroup: str) -> None:
        etc = self.folder / "etc"  # what the node writes over the host's /etc
        write_private(etc / kubelet.KUBECONFIG.removeprefix("/etc/"), self._around.kubeconfig(self.node.name))
        write_private(etc / kubelet.AUTHORITY.removeprefix("/etc/"), self._around.authority)
        pods = kubelet.AZURE_PODS if self._around.azure else kubelet.MAX_PODS
        configuration = kubelet.kubelet_configuration(self.node.address, cgroup, self._around.dns, pods)
        write_private(etc / kubelet.CONFIGURATION.removeprefix("/etc/"), yaml.safe_dump(configuration))
        containerd = kubelet.containerd_configuration(not may_lower_oom_score(), has_apparmor())
        write_private(etc / kubelet.CONTAINERD.removeprefix("/etc/"), containerd)
        for name in ("kubernetes/volumeplugins", "cni/net.d"):
            (etc / name).mkdir(parents=True, exist_ok=True)
        if self._around.azure:
            text = json.dumps(kubelet.azure_cni(self.node.address, self._around.subnet))
            write_private(etc / "cni" / "net.d" / "10-azure.conflist", text)

    def _plan(self, root: Path) -> dict[str, object]:
        binds = {f"{kubelet.PROGRAMS}/{name}": str(self._around.tool(name)) for name in _PROGRAMS}
        sysctls = dict(_SYSCTLS)
        if self._around.azure:
            binds["/opt/cni/bin/azure-routed"] = str(self._around.tool("lab-programs"))
            binds |= {f"/opt/cni/bin/{name}": f"/usr/lib/cni/{name}" for name in _AZURE_PLUGINS}
            sysctls["net/ipv4/conf/eth0/proxy_arp"] = "1"
        return {
            "root": str(root),
            "overlays": {"/usr": str(self.folder / "usr"), "/etc": str(self.folder / "etc")},
            "work": str(self.folder / "work"),
            "binds": binds,
            "hostname": self.node.name,
            "sysctls": sysctls,
            "tasks": kubelet.tasks(self.node.name, self.node.address, self.node.labels),
        }

    def first_process(self) -> int:
        """Return the process id, on the host, of the node's process 1.

        Raises:
            ProcessError: the node ended at once.
        """
        assert self._program is not None
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline and self._program.running:
            try:
                children = psutil.Process(self._program.process.pid).children()
            except psutil.Error:
                break
            if children:
                return int(children[0].pid)
            time.sleep(0.01)
        raise ProcessError(f"{self._program.name} ended at once: {self._program.last_words()}")

    def stop(self) -> None:
        """End the node and remove its disk and its cgroups."""
        if self._program is not None:
            # The kernel ends a process namespace with its process 1, and only then is its keeper's wait over.
            with contextlib.suppress(ProcessError, psutil.Error):
                psutil.Process(self.first_process()).kill()
            self._program.stop()
            self._program = None
        remove_disk(self.folder)
        cgroups.remove(cgroups.group_of(self._around.home), self.node.name)


def remove_disk(folder: Path, seconds: float = 30.0) -> None:
    """Remove a node's folder; its mounts go with its last process, which may take a moment to end.

    Raises:
        ProcessError: something still holds it.
    """
    deadline = time.monotonic() + seconds
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists() and time.monotonic() > deadline:
            raise ProcessError(f"{folder} cannot be removed; a process of a node still uses it")
        time.sleep(0.02)


def port_name(node: str) -> str:
    """Return the name of the bridge's port for the node: at most 15 characters, different for each node."""
    return "n" + hashlib.sha256(node.encode()).hexdigest()[:12]


def may_lower_oom_score(status: str | None = None) -> bool:
    """Tell whether this process has CAP_SYS_RESOURCE, from the text of /proc/self/status."""
    text = Path("/proc/self/status").read_text(encoding="utf-8") if status is None else status
    line = next(line for line in text.splitlines() if line.startswith("CapEff:"))
    return bool(int(line.split()[1], 16) >> _CAP_SYS_RESOURCE & 1)


def has_apparmor() -> bool:
    path = Path("/sys/module/apparmor/parameters/enabled")
    return path.exists() and path.read_text().strip() == "Y"
