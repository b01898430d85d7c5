"""What a machine has that real nodes could leave behind or change, as text that can be compared."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psutil

from sandbox.home import Home
from sandbox.nodes.real import cgroups


def host_network() -> dict[str, str]:
    """Return the host's own interfaces, addresses, routes, rules and firewall, and its cgroups' names."""
    commands = {
        "links": ["ip", "-o", "link"],
        "addresses": ["ip", "-o", "addr"],
        "routes": ["ip", "route", "show", "table", "all"],
        "rules": ["ip", "rule"],
        "namespaces": ["ip", "netns", "list"],
        "iptables": ["iptables-nft-save"],
        "ipsets": ["ipset", "list", "-n"],
        "forwarding": ["cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/netfilter/nf_conntrack_max"],
    }
    answers = {}
    for name, command in commands.items():
        result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        lines = [line for line in result.stdout.splitlines() if not line.startswith("#")]
        answers[name] = "\n".join(lines)
    return answers


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


def groups_of(home: Home) -> list[Path]:
    return cgroups.present(cgroups.group_of(home))
