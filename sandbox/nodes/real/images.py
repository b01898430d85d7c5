"""The images that real nodes run, under the names that the operator, the add-ons and the applications ask for.

No registry is asked. Each image is put together here from programs built from their published Go modules and from this
machine's Debian; `origin` says so for each, and `labctl sandbox status` shows it. A name that ends in a version of
Calico's is the name the operator asks for, not what is inside: that is Calico v3.28.5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox.charts.tigera_operator import OPERATOR_VERSIONS
from sandbox.nodes.real import bgp, userland
from sandbox.nodes.real.archive import Entries, Image, Link
from sandbox.tools import confd_folder
from sandbox.tools.pins import (
    CALICO_MODULE_VERSION,
    COREDNS_VERSION,
    ETCD_VERSION,
    KUBERNETES_VERSION,
    OPERATOR_VERSION,
)

PAUSE = "registry.k8s.io/pause:3.10"
AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53"
PROBE = "docker.io/calico-labs/probe:1"
"""For checks: `listen` answers, `probe` tries."""
COREDNS = "mcr.microsoft.com/oss/v2/kubernetes/coredns:v1.12.1"
KUBE_PROXY = f"mcr.microsoft.com/oss/v2/kubernetes/kube-proxy:v{KUBERNETES_VERSION}"
KONNECTIVITY = "mcr.microsoft.com/oss/v2/kubernetes/apiserver-network-proxy/agent:v0.30.3"
_ASKED = "v3.24.1"
"""Calico version whose images operator 1.28.1 asks for."""
_CALICO = f"Calico v{CALICO_MODULE_VERSION}, github.com/projectcalico/calico"
_OURS = "a small program of this project, sandbox/modules/lab-programs"
_DEBIAN = "iptables, ipset, ip, conntrack and busybox of this machine's Debian"
_CNI_PLUGINS = Path("/usr/lib/cni")
_CHAINED = ("loopback", "portmap", "bandwidth", "tuning", "host-local")


def images(tool: Callable[[str], Path]) -> list[Image]:
    """Return all images.

    Raises:
        ToolError: a program for one of them is missing.
    """
    root = userland.gather()
    ours: Entries = {"/usr/local/bin/lab-programs": tool("lab-programs")}
    return [
        Image(PAUSE, [ours], ["/usr/local/bin/lab-programs", "pause"], origin=_OURS),
        Image(
            KONNECTIVITY, [ours], ["/usr/local/bin/lab-programs", "pause"], origin=f"{_OURS}: it only waits"
        ),
        *_calico(tool, root, ours),
        *_operators(tool, ours),
        *_kubernetes(tool, root),
        *_applications(tool, root, ours),
    ]


# Programs go below /usr in images that have the userland: /bin is a link there, and a later layer's folder of that
# name would take its place.
def _calico(tool: Callable[[str], Path], root: Entries, ours: Entries) -> list[Image]:
    plugins: Entries = {f"/opt/cni/bin/{name}": _CNI_PLUGINS / name for name in _CHAINED}
    plugins |= {
        "/opt/cni/bin/install": tool("calico-cni-install"),
        "/opt/cni/bin/calico": tool("calico-cni"),
        # Copied, not linked: `install` copies regular files, and the program looks at its own name.
        "/opt/cni/bin/calico-ipam": tool("calico-cni"),
    }
    controllers: Entries = {
        "/usr/bin/kube-controllers": tool("calico-kube-controllers"),
        "/usr/bin/check-status": tool("calico-check-status"),
    }
    server: Entries = {
        "/code/apiserver": tool("calico-apiserver"),
        "/code/filecheck": Link("/usr/local/bin/lab-programs"),
    }

    def image(
        name: str, layers: Sequence[Entries], entrypoint: Sequence[str], more: str = "", version: str = _ASKED
    ) -> Image:
        return Image(f"docker.io/calico/{name}:{version}", layers, entrypoint, origin=_CALICO + more)

    return [
        image(
            "node",
            [root, {"/usr/bin/calico-node": tool("calico-node"), **bgp.entries(confd_folder())}, ours],
            ["/usr/local/bin/lab-programs", "start-node"],
            f"; {_DEBIAN}, and its BIRD; started by {_OURS}",
        ),
        image("cni", [plugins], ["/opt/cni/bin/install"], "; Debian's containernetworking-plugins"),
        image("typha", [{"/code/calico-typha": tool("calico-typha")}], ["/code/calico-typha"]),
        image("kube-controllers", [controllers], ["/usr/bin/kube-controllers"]),
        image("apiserver", [ours, server], ["/code/apiserver"], f"; its probe is {_OURS}"),
        image("csi", [{"/usr/local/bin/csi-driver": tool("calico-csi")}], ["/usr/local/bin/csi-driver"]),
        Image(
            f"docker.io/calico/node-driver-registrar:{_ASKED}",
            [ours],
            ["/usr/local/bin/lab-programs", "pause"],
            origin=f"{_OURS}: it only waits, so Calico's CSI driver is not registered",
        ),
        image(
            "pod2daemon-flexvol",
            [ours, {"/usr/local/bin/flexvoldriver": tool("calico-flexvol")}],
            ["/usr/local/bin/lab-programs", "flexvol"],
            f"; copied into place by {_OURS}",
        ),
    ]


def _operators(tool: Callable[[str], Path], ours: Entries) -> list[Image]:
    program: Entries = {
        "/usr/local/bin/operator": Link("lab-programs"),
        "/usr/local/bin/tigera-operator": tool("tigera-operator"),
    }
    return [
        Image(
            f"quay.io/tigera/operator:{version}",
            [ours, program],
            ["/usr/local/bin/operator"],
            {"BUILT_OPERATOR_VERSION": f"v{OPERATOR_VERSION}"},
            origin=f"operator v{OPERATOR_VERSION}, github.com/tigera/operator; started by {_OURS}",
        )
        for version in sorted(set(OPERATOR_VERSIONS.values()))
    ]


def _kubernetes(tool: Callable[[str], Path], root: Entries) -> list[Image]:
    return [
        Image(
            KUBE_PROXY,
            [root, {"/usr/local/bin/kube-proxy": tool("kube-proxy")}],
            ["/usr/local/bin/kube-proxy"],
            origin=f"kube-proxy v{KUBERNETES_VERSION}, k8s.io/kubernetes; {_DEBIAN}",
        ),
        Image(
            COREDNS,
            [{"/coredns": tool("coredns")}],
            ["/coredns"],
            origin=f"CoreDNS v{COREDNS_VERSION}, github.com/coredns/coredns",
        ),
        Image(
            AGNHOST,
            [root, {"/agnhost": tool("agnhost")}],
            ["/agnhost"],
            origin=f"agnhost of k8s.io/kubernetes v{KUBERNETES_VERSION}; {_DEBIAN}",
        ),
    ]


def _applications(tool: Callable[[str], Path], root: Entries, ours: Entries) -> list[Image]:
    """The demo applications; their own images cannot be had, so each is played by a program that does the same."""
    names = ("probe", "watch", "listen", "summary", "customer", "guestbook", "redis-server")
    programs: Entries = {f"/usr/local/bin/{name}": Link("lab-programs") for name in names}
    follows = {"REPLICA_OF": "redis-leader:6379"}
    played: tuple[tuple[str, str, dict[str, str]], ...] = (
        (PROBE, "listen", {}),
        ("docker.io/calico/yaobank-summary:certification", "summary", {}),
        ("docker.io/calico/yaobank-customer:certification", "customer", {}),
        ("docker.io/library/redis:6.0.5", "redis-server", {}),
        ("us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower:v2", "redis-server", follows),
        ("us-docker.pkg.dev/google-samples/containers/gke/gb-frontend:v5", "guestbook", {}),
    )
    made = [
        Image(
            name,
            [root, ours, programs],
            [f"/usr/local/bin/{program}"],
            environment,
            origin=f"{_OURS}: {program}; {_DEBIAN}",
        )
        for name, program, environment in played
    ]
    return [
        *made,
        Image(
            "docker.io/calico/yaobank-database:certification",
            [root, ours, programs, {"/usr/local/bin/etcd": tool("etcd")}],
            ["/usr/local/bin/etcd"],
            origin=f"etcd v{ETCD_VERSION}, go.etcd.io/etcd; {_DEBIAN}",
        ),
    ]
