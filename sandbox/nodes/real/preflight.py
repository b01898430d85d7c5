"""What a machine must have for real nodes; each missing thing is named with its remedy, before anything starts.

Looks only; the one thing it makes is a namespace with a mount in it, which ends with the check.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.nodes.real import cgroups

_SECONDS = 20
PACKAGES = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "iptables-nft": "iptables",
    "ipset": "ipset",
    "conntrack": "conntrack",
    "busybox": "busybox-static",
    "bird": "bird",
    "bird6": "bird",
    "birdc": "bird",
    "ip": "iproute2",
    "unshare": "util-linux",
    "nsenter": "util-linux",
}
"""Program -> the Debian package that has it."""
_PLUGINS = {
    f"/usr/lib/cni/{name}": "containernetworking-plugins" for name in ("loopback", "portmap", "bandwidth")
}


@dataclass(frozen=True)
class Missing:
    """One thing that is not there."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}; {self.remedy}"


_KERNEL: tuple[tuple[str, str, str], ...] = (
    (
        "network, mount and process namespaces",
        "true",
        "run on a machine (not in an unprivileged container) whose kernel allows them",
    ),
    (
        "overlayfs",
        (
            "mount -t tmpfs none /mnt && mkdir /mnt/l /mnt/u /mnt/w /mnt/m && "
            "mount -t overlay none -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/m"
        ),
        "load it with `modprobe overlay`",
    ),
    (
        "bridges and virtual Ethernet pairs",
        "ip link add br0 type bridge && ip link add v0 type veth peer name v1",
        "load them with `modprobe -a bridge veth`",
    ),
    ("VXLAN devices", "ip link add x0 type vxlan id 1 dstport 4789", "load it with `modprobe vxlan`"),
    (
        "iptables over nf_tables",
        (
            "iptables-nft -t nat -A PREROUTING -m comment --comment x -j ACCEPT && "
            "iptables-nft -A INPUT -m conntrack --ctstate NEW -m mark --mark 1 -j ACCEPT"
        ),
        "load it with `modprobe -a nf_tables nft_compat nft_chain_nat xt_conntrack xt_comment xt_mark`",
    ),
    ("IP sets", "ipset create x hash:net", "load it with `modprobe ip_set_hash_net`"),
)
"""What the kernel must do -> a script that tries it in namespaces of its own -> what to do if it fails."""
WIREGUARD = "ip link add w0 type wireguard"
IPIP = "ip link add t0 type ipip local 192.0.2.1 remote 192.0.2.2"
"""The same for what only some labs ask of the kernel."""


def try_alone(script: str) -> str | None:
    """Run the script in fresh namespaces; return None if it worked, else its last word."""
    try:
        result = subprocess.run(
            [
                *("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child"),
                *("--propagation", "private", "--", "sh", "-c", script),
            ],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if result.returncode == 0:
        return None
    lines = (result.stderr or result.stdout).strip().splitlines()
    return lines[-1] if lines else f"status {result.returncode}"


@dataclass(frozen=True)
class Machine:
    """What is asked of the machine; tests ask a made-up one."""

    platform: str = sys.platform
    user: Callable[[], int] = os.geteuid
    program: Callable[[str], str | None] = lambda name: shutil.which(
        name, path="/usr/sbin:/usr/bin:/sbin:/bin"
    )
    exists: Callable[[str], bool] = os.path.exists
    hierarchies: Callable[[], list[Path]] = cgroups.hierarchies
    writable: Callable[[Path], bool] = lambda path: os.access(path, os.W_OK)
    kernel: Callable[[str], str | None] = try_alone


def missing(machine: Machine | None = None) -> list[Missing]:
    """Return everything that real nodes would lack here; empty if they can run."""
    there = machine or Machine()
    if there.platform != "linux":
        return [Missing(f"real nodes need Linux, this is {there.platform}", "use --nodes simulated")]
    if there.user() != 0:
        return [Missing("real nodes need root", "run the command with sudo, or use --nodes simulated")]
    found = _missing_packages(there)
    roots = there.hierarchies()
    if not roots:
        found.append(Missing("no cgroup hierarchy is mounted", "mount one at /sys/fs/cgroup"))
    found += [
        Missing(
            f"the cgroup hierarchy {root} cannot be written",
            "run outside a container, or give it a writable one",
        )
        for root in roots
        if not there.writable(root)
    ]
    if any(there.program(name) is None for name in ("unshare", "ip")):
        return found  # the kernel is asked with them
    for what, script, remedy in _KERNEL:
        if all(there.program(word) for word in PACKAGES if word in script.split()):
            error = there.kernel(script)
            if error is not None:
                found.append(Missing(f"the kernel has no {what} ({error})", remedy))
    return found


def lacking_packages(there: Machine) -> dict[str, list[str]]:
    """Return the Debian packages that are missing, and which of their files are."""
    lacking: dict[str, list[str]] = {}
    for name, package in PACKAGES.items():
        if there.program(name) is None:
            lacking.setdefault(package, []).append(name)
    for path, package in _PLUGINS.items():
        if not there.exists(path):
            lacking.setdefault(package, []).append(path)
    return lacking


def _missing_packages(there: Machine) -> list[Missing]:
    return [
        Missing(
            f"{', '.join(names)} of the Debian package {package} missing",
            f"run: apt-get install {package} (make node-packages installs all)",
        )
        for package, names in lacking_packages(there).items()
    ]


def check() -> None:
    """Refuse a machine on which real nodes cannot run.

    Raises:
        SandboxError: it lacks something; every missing thing is named.
    """
    found = missing()
    if found:
        raise SandboxError("real nodes cannot run here:\n" + "\n".join(f"- {item}" for item in found))
