"""A control plane for the e2e tests of this folder: etcd, kube-apiserver and kube-controller-manager on
loopback.

Has no scheduler and no nodes: the tests play the part of a kubelet, or of the operator, where a wait needs
one.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import urllib3

from sandbox import pki

_READY_SECONDS = 90.0
_PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager")


def tools() -> Path:
    """Return the folder of the programs; say what is missing instead of skipping."""
    folder = os.environ.get("CALICO_LABS_TOOLS", "")
    if not folder:
        raise RuntimeError("CALICO_LABS_TOOLS is not set; set it to the folder of etcd and kube-apiserver")
    missing = [name for name in _PROGRAMS if not (Path(folder) / name).is_file()]
    if missing:
        raise RuntimeError(
            f"CALICO_LABS_TOOLS is '{folder}' but {', '.join(missing)} is not there; build it first"
        )
    return Path(folder)


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _name(process: subprocess.Popen[bytes]) -> str:
    arguments = process.args
    return Path(str(arguments[0] if isinstance(arguments, list) else arguments)).name


class ControlPlane:
    """One running control plane; `kubeconfig` is an admin's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._tools = tools()
        self._etcd, self._peer, self._port = _free_ports(3)
        self._authority = pki.Authority("test")
        self.server = f"https://127.0.0.1:{self._port}"
        admin = self._authority.issue("admin", ["system:masters"])
        self.kubeconfig = pki.kubeconfig(self.server, self._authority.certificate, "admin", admin, "test")

    def start(self) -> None:
        """Start everything and wait until the API server serves."""
        ca, service_key = self._folder / "ca.crt", self._folder / "service.key"
        ca.write_text(self._authority.certificate)
        service_key.write_text(pki.service_account_key())
        names = ["127.0.0.1", "localhost", "10.0.0.1", "kubernetes.default.svc"]
        certificate, key = pki.write_pair(
            self._folder, "server", self._authority.issue("apiserver", [], names)
        )
        etcd = f"http://127.0.0.1:{self._etcd}"
        peer = f"http://127.0.0.1:{self._peer}"
        self._run(
            "etcd",
            f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
        )
        self._run(
            "kube-apiserver",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._port}",
            f"--etcd-servers={etcd}",
            f"--client-ca-file={ca}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
            f"--service-account-issuer={self.server}",
            f"--service-account-key-file={service_key}",
            f"--service-account-signing-key-file={service_key}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.0.0.0/16",
            "--allow-privileged=true",
            "--endpoint-reconciler-type=none",
        )
        self._await_ready(ca)
        kubeconfig = self._folder / "admin.kubeconfig"
        kubeconfig.write_text(self.kubeconfig)
        self._run(
            "kube-controller-manager",
            f"--kubeconfig={kubeconfig}",
            "--secure-port=0",
            "--leader-elect=false",
            f"--service-account-private-key-file={service_key}",
            "--use-service-account-credentials=false",
        )

    def _run(self, program: str, *arguments: str) -> None:
        log = (self._folder / f"{program}.log").open("wb")
        with log:
            self._processes.append(
                subprocess.Popen(
                    [str(self._tools / program), *arguments], stdout=log, stderr=log, cwd=self._folder
                )
            )

    def _await_ready(self, ca: Path) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        with urllib3.PoolManager(ca_certs=str(ca), retries=False, timeout=2.0) as pool:
            while time.monotonic() < deadline:
                for process in self._processes:
                    if process.poll() is not None:
                        raise RuntimeError(f"{_name(process)} ended: {self._last_log(process)}")
                try:
                    if pool.request("GET", f"{self.server}/readyz").status == 200:
                        return
                except urllib3.exceptions.HTTPError:
                    pass
                time.sleep(0.2)
        raise RuntimeError("the API server did not become ready")

    def _last_log(self, process: subprocess.Popen[bytes]) -> str:
        return (self._folder / f"{_name(process)}.log").read_text()[-2000:]

    def stop(self) -> None:
        """End every process, the last started first."""
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
