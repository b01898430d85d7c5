"""What a machine has that real nodes could leave behind or change, as data that can be compared."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.home import Home
from sandbox.nodes.real import cgroups

_KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "uts")
_HOST = {
    "links": ["ip", "-o", "link"],
    "addresses": ["ip", "-o", "addr"],
    "routes": ["ip", "route", "show", "table", "all"],
    "rules": ["ip", "rule"],
    "neighbours kept by hand": ["ip", "neigh", "show", "nud", "permanent"],
    "named namespaces": ["ip", "netns", "list"],
    "iptables": ["iptables-nft-save"],
    "ip6tables": ["ip6tables-nft-save"],
    "ipsets": ["ipset", "list", "-n"],
    "forwarding": ["cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv4/conf/all/rp_filter"],
}


def host() -> dict[str, object]:
    """Return the host's own interfaces, addresses, routes, rules, firewall, sysctls, cgroups and mounts."""
    answers: dict[str, object] = {}
    for name, command in _HOST.items():
        result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        answers[name] = [line for line in result.stdout.splitlines() if not line.startswith("#")]
    answers["cgroups"] = _groups_of_others()
    answers["mounts"] = mounts()
    return answers


def _groups_of_others() -> set[Path]:
    """Return the cgroups of the first level, where kubelet and containerd would make theirs, but for a sandbox's own.

    Those below belong to other programs of the host, which come and go.
    """
    return {
        entry
        for root in cgroups.hierarchies()
        for entry in Path(root).iterdir()
        if entry.is_dir() and not entry.name.startswith(cgroups.PREFIX)
    }


def mounts() -> set[str]:
    return {line.split(" ")[1] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()}


def processes_of(home: Home) -> list[str]:
    """Return the command lines that name the sandbox's folder, but for Pulumi's: those are the caller's."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(home.root) in line and "pulumi" not in line and process.pid != os.getpid():
            found.append(f"{process.pid} {line}")
    return found


@dataclass(frozen=True)
class Traces:
    """What a sandbox has on the machine while it runs, by the names under which the kernel would show it later."""

    processes: frozenset[tuple[int, float]]
    """Process id and start time."""
    namespaces: frozenset[str]
    """As `net:[4026531840]`."""

    def left(self) -> list[str]:
        """Return what is still there."""
        found = []
        for process in psutil.process_iter(["pid", "create_time", "name", "status"]):
            info = process.info
            if info["status"] == psutil.STATUS_ZOMBIE:
                continue  # ended; whoever started it has not asked yet
            if (info["pid"], info["create_time"]) in self.processes:
                found.append(f"process {info['pid']} {info['name']}")
            held = _namespaces_of(info["pid"]) & self.namespaces
            found += [f"{name} held by process {info['pid']} {info['name']}" for name in sorted(held)]
        return found


def traces_of(pid: int) -> Traces:
    """Return the traces of a process and everything below it, but for what it shares with the host."""
    processes, namespaces = set(), set()
    first = psutil.Process(pid)
    for process in [first, *first.children(recursive=True)]:
        try:
            processes.add((process.pid, process.create_time()))
        except psutil.Error:
            continue
        namespaces |= _namespaces_of(process.pid)
    return Traces(frozenset(processes), frozenset(namespaces - _namespaces_of(os.getpid())))


def _namespaces_of(pid: int) -> set[str]:
    found = set()
    for kind in _KINDS:
        try:
            found.add(os.readlink(f"/proc/{pid}/ns/{kind}"))
        except OSError:
            continue
    return found


def groups_of(home: Home) -> list[Path]:
    return cgroups.present(cgroups.group_of(home))
