"""One cluster's control plane: etcd, API server, controller manager and scheduler, on loopback.

With real nodes all four run in the network namespace of the cluster's router (`nodes/real/network`), where the nodes
reach the API server, and a forwarder leads there from the host's loopback, so that the kubeconfig is the same.

Owns keys, ports and these four programs. Does not know nodes, Calico or Azure. Flags and their reasons were measured
on Kubernetes 1.34.1 (2026-11-22): `--allow-privileged` because calico-node is refused without it,
`--endpoint-reconciler-type=none` because a loopback address may not stand in an EndpointSlice, and
MutatingAdmissionPolicy because `calico/protection.yaml` needs it.
"""

from __future__ import annotations

import ipaddress
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from sandbox import pki
from sandbox.clusters.spec import ClusterSpec
from sandbox.errors import ProcessError
from sandbox.home import Home, write_private, write_private_json
from sandbox.process import Program, free_port, start_program

_READY_SECONDS = 90
_ADDRESS = "127.0.0.1"


@dataclass
class Ports:
    """Loopback ports of one cluster. Kept over a restart, since the kubeconfig in a stack's state names one."""

    api: int
    etcd_client: int
    etcd_peer: int


class Place(Protocol):
    """A network namespace in which the control plane runs."""

    address: str
    """The address at which nodes reach it."""

    def start(self, port: int) -> None:
        """Make the namespace; the host's loopback port then leads to the same port inside."""

    def stop(self) -> None:
        """Take it away."""

    def enter(self, arguments: Sequence[str]) -> list[str]:
        """Return a command line that runs inside."""

    def programs(self) -> list[Program]:
        """Return what keeps it."""


class ControlPlane:
    """The control plane of one cluster; `start` and `stop` may be called again."""

    def __init__(
        self, home: Home, spec: ClusterSpec, tool: Callable[[str], Path], place: Place | None = None
    ) -> None:
        """Describe the control plane; without a `place` it runs on the host's loopback."""
        self.spec = spec
        self.folder = home.clusters / spec.slug
        self.place = place
        self._home = home
        self._tool = tool
        self._programs: list[Program] = []

    @property
    def keys(self) -> Path:
        return self.folder / "pki"

    @property
    def server(self) -> str:
        return f"https://{_ADDRESS}:{self._ports().api}"

    @property
    def node_server(self) -> str:
        """URL at which nodes reach the API server."""
        return f"https://{self.place.address if self.place else _ADDRESS}:{self._ports().api}"

    def authority(self) -> str:
        return (self.keys / "ca.crt").read_text(encoding="utf-8")

    def kubelet_kubeconfig(self, node: str) -> str:
        """Return a kubeconfig for the kubelet of a node, newly issued."""
        kept = pki.Pair(self.authority(), (self.keys / "ca.key").read_text(encoding="utf-8"))
        pair = pki.Authority("calico-labs-sandbox", kept).issue(f"system:node:{node}", ["system:nodes"])
        return pki.kubeconfig(self.node_server, kept.certificate, f"system:node:{node}", pair, self.spec.name)

    def kubeconfig(self, user: str = "admin") -> str:
        return (self.folder / f"{user}.kubeconfig").read_text(encoding="utf-8")

    def kubeconfig_path(self, user: str) -> Path:
        return self.folder / f"{user}.kubeconfig"

    def _ports(self) -> Ports:
        path = self.folder / "ports.json"
        if path.exists():
            return Ports(**json.loads(path.read_text(encoding="utf-8")))
        ports = Ports(free_port(), free_port(), free_port())
        write_private_json(path, asdict(ports))
        return ports

    def _make_keys(self) -> None:
        if (self.keys / "done").exists():
            return
        spec, authority, front = self.spec, pki.Authority("calico-labs-sandbox"), pki.Authority("front-proxy")
        first = _first_address(spec.service_cidr)
        serving = authority.issue(
            "kube-apiserver",
            [],
            [
                _ADDRESS,
                first,
                *([self.place.address] if self.place else []),
                *("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"),
            ],
        )
        write_private(self.keys / "ca.crt", authority.certificate)
        if self.place is not None:  # certificates of kubelets are issued when their nodes come
            write_private(self.keys / "ca.key", authority.pair.key)
            client = authority.issue("kube-apiserver-kubelet-client", ["system:masters"])
            pki.write_pair(self.keys, "kubelet-client", client)
        write_private(self.keys / "front-ca.crt", front.certificate)
        write_private(self.keys / "sa.key", pki.service_account_key())
        pki.write_pair(self.keys, "serving", serving)
        pki.write_pair(self.keys, "front-client", front.issue("front-proxy-client", []))
        users = {
            "admin": ("masterclient", ["system:masters"]),
            "user": ("clusterUser", ["system:masters"]),
            "controller-manager": ("system:kube-controller-manager", []),
            "scheduler": ("system:kube-scheduler", []),
            "kwok": ("sandbox:kubelets", ["system:masters"]),
            "operator": ("sandbox:tigera-operator", ["system:masters"]),
        }
        for user, (common_name, groups) in users.items():
            config = pki.kubeconfig(
                self.server,
                authority.certificate,
                f"cluster{user.title()}_{spec.resource_group}_{spec.name}",
                authority.issue(common_name, groups),
                spec.name,
            )
            write_private(self.kubeconfig_path(user), config)
        (self.keys / "done").touch(mode=0o600)

    def _make_etcd_keys(self) -> None:
        """Make what keeps every other program of this machine out of etcd: it knows no users, only certificates."""
        if (self.keys / "etcd-client.key").exists():
            return
        authority = pki.Authority("calico-labs-sandbox-etcd")
        write_private(self.keys / "etcd-ca.crt", authority.certificate)
        # For both: etcd's own gateway logs in to etcd with the certificate that it serves.
        pki.write_pair(self.keys, "etcd", authority.issue("etcd", [], [_ADDRESS, "localhost"], both=True))
        pki.write_pair(self.keys, "etcd-client", authority.issue("kube-apiserver", []))

    @property
    def running(self) -> bool:
        """Whether all of it runs; `start` brings up all of it or nothing."""
        return bool(self._programs) and all(program.running for program in self.programs())

    def start(self) -> None:
        """Start what does not run and wait until the API server is ready.

        Raises:
            ProcessError: a program ended, or the API server did not become ready in time; none of them runs then.
        """
        if self.running:
            return
        self._stop_programs()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._make_keys()
        self._make_etcd_keys()
        if self.place is not None:
            self.place.start(self._ports().api)
        try:
            self._start("etcd", self._etcd_arguments())
            api = self._start("kube-apiserver", self._api_arguments())
            self._wait_ready(api)
            self._start("kube-controller-manager", self._controller_arguments())
            self._start("kube-scheduler", self._scheduler_arguments())
        except BaseException:
            self._stop_programs()
            raise

    def _start(self, name: str, arguments: list[str]) -> Program:
        command = [str(self._tool(name)), *arguments]
        program = start_program(
            self._home,
            f"{name} of {self.spec.name}",
            self.place.enter(command) if self.place else command,
            self.folder / "logs" / f"{name}.log",
            self.folder,
        )
        self._programs.append(program)
        return program

    def _stop_programs(self) -> None:
        """End the programs, the API server's clients first; the nodes' network stays."""
        for program in reversed(self._programs):
            program.stop()
        self._programs.clear()

    def stop(self) -> None:
        """End everything."""
        self._stop_programs()
        if self.place is not None:
            self.place.stop()

    def programs(self) -> list[Program]:
        return [*self._programs, *(self.place.programs() if self.place else [])]

    def _wait_ready(self, api: Program) -> None:
        context = ssl.create_default_context(cafile=str(self.keys / "ca.crt"))
        deadline = time.monotonic() + _READY_SECONDS
        last = "no answer"
        while time.monotonic() < deadline:
            for program in self._programs:
                if not program.running:
                    raise ProcessError(f"{program.name} ended at once: {program.last_words()}")
            try:
                url = f"{self.server}/readyz"
                with urllib.request.urlopen(url, timeout=2, context=context) as answer:  # noqa: S310 - our own
                    if answer.status == 200:
                        return
            except urllib.error.HTTPError as error:
                last = f"HTTP {error.code}"
            except OSError as error:
                last = str(error)
            time.sleep(0.1)
        raise ProcessError(f"{api.name} was not ready after {_READY_SECONDS} s ({last}): {api.last_words()}")

    def _etcd_arguments(self) -> list[str]:
        keys, ports = self.keys, self._ports()
        client, peer = f"https://{_ADDRESS}:{ports.etcd_client}", f"https://{_ADDRESS}:{ports.etcd_peer}"
        return [
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
            *(
                f"--{side}{flag}"
                for side in ("", "peer-")
                for flag in (
                    "client-cert-auth",
                    f"cert-file={keys / 'etcd.crt'}",
                    f"key-file={keys / 'etcd.key'}",
                    f"trusted-ca-file={keys / 'etcd-ca.crt'}",
                )
            ),
        ]

    def _api_arguments(self) -> list[str]:
        keys, ports = self.keys, self._ports()
        return [
            f"--etcd-servers=https://{_ADDRESS}:{ports.etcd_client}",
            f"--etcd-cafile={keys / 'etcd-ca.crt'}",
            f"--etcd-certfile={keys / 'etcd-client.crt'}",
            f"--etcd-keyfile={keys / 'etcd-client.key'}",
            f"--secure-port={ports.api}",
            f"--tls-cert-file={keys / 'serving.crt'}",
            f"--tls-private-key-file={keys / 'serving.key'}",
            f"--client-ca-file={keys / 'ca.crt'}",
            f"--requestheader-client-ca-file={keys / 'front-ca.crt'}",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
            f"--proxy-client-cert-file={keys / 'front-client.crt'}",
            f"--proxy-client-key-file={keys / 'front-client.key'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={keys / 'sa.key'}",
            f"--service-account-signing-key-file={keys / 'sa.key'}",
            "--authorization-mode=Node,RBAC",
            f"--service-cluster-ip-range={self.spec.service_cidr}",
            "--allow-privileged=true",
            *(self._own_arguments() if self.place is None else self._placed_arguments(self.place)),
        ]

    def _own_arguments(self) -> list[str]:
        return [
            f"--bind-address={_ADDRESS}",
            "--endpoint-reconciler-type=none",
            "--feature-gates=MutatingAdmissionPolicy=true",
            "--runtime-config=admissionregistration.k8s.io/v1beta1=true",
        ]

    def _placed_arguments(self, place: Place) -> list[str]:
        return [
            "--bind-address=0.0.0.0",  # of the router's namespace: its loopback and the nodes' subnet
            f"--advertise-address={place.address}",
            "--kubelet-preferred-address-types=InternalIP",
            f"--kubelet-client-certificate={self.keys / 'kubelet-client.crt'}",
            f"--kubelet-client-key={self.keys / 'kubelet-client.key'}",
            # Straight to Calico's API server pods: no kube-proxy runs here that would know Service addresses.
            "--enable-aggregator-routing=true",
        ]

    def _controller_arguments(self) -> list[str]:
        return [
            f"--kubeconfig={self.kubeconfig_path('controller-manager')}",
            f"--service-account-private-key-file={self.keys / 'sa.key'}",
            f"--root-ca-file={self.keys / 'ca.crt'}",
            "--use-service-account-credentials=true",
            "--leader-elect=false",
            f"--bind-address={_ADDRESS}",
            "--secure-port=0",
        ]

    def _scheduler_arguments(self) -> list[str]:
        return [
            f"--kubeconfig={self.kubeconfig_path('scheduler')}",
            "--leader-elect=false",
            f"--bind-address={_ADDRESS}",
            "--secure-port=0",
        ]


def _first_address(cidr: str) -> str:
    return str(next(ipaddress.ip_network(cidr).hosts()))
