"""The few programs of the machine's own Debian that containers need, gathered with the libraries they load.

16 MB instead of the 300 MB of a debootstrap root, and no download: calico-node and kube-proxy call iptables, ipset, ip
and conntrack, BIRD speaks BGP, people call a shell. What is gathered is what `preflight` has found installed.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from sandbox.errors import ToolError
from sandbox.nodes.real.archive import Entries, Link, Text
from sandbox.nodes.real.shell import run

PROGRAMS = ("iptables-nft", "ipset", "ip", "conntrack", "busybox", "bird", "bird6", "birdc")
_APPLETS = (
    *(
        "sh",
        "ash",
        "cat",
        "cp",
        "ls",
        "rm",
        "mkdir",
        "mv",
        "ln",
        "chmod",
        "touch",
        "sleep",
        "grep",
        "sed",
        "awk",
    ),
    *(
        "head",
        "tail",
        "wc",
        "env",
        "true",
        "false",
        "test",
        "date",
        "ps",
        "kill",
        "stat",
        "hostname",
        "id",
        "vi",
    ),
    *("nslookup", "nc", "wget", "ping", "traceroute", "find", "xargs", "sort", "uniq", "tr", "cut", "tee"),
)
_FIREWALL = ("iptables", "iptables-save", "iptables-restore")
_LIBRARY = re.compile(r"(?:=>\s+)?(/\S+)\s+\(0x")
_FOLDERS = (
    "/etc",
    "/tmp",  # noqa: S108 - of the image
    "/run",
    "/var/lib/calico",
    "/var/log/calico",
    "/root",
    "/home",
    "/proc",
    "/sys",
    "/dev",
)
_FILES = {
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "/etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "/etc/nsswitch.conf": "hosts: files dns\nprotocols: files\n",
    "/etc/protocols": "icmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\nudplite 136 UDPLite\nsctp 132 SCTP\n",
}


def gather() -> Entries:
    """Return the files of the userland, by path in the image.

    Raises:
        ToolError: a program is missing.
    """
    entries: Entries = dict.fromkeys(_FOLDERS)
    entries |= {path: Text(text) for path, text in _FILES.items()}
    extensions = [file for folder in Path("/usr/lib").glob("*/xtables") for file in folder.glob("lib*.so")]
    if not extensions:
        raise ToolError(
            "iptables has no extensions in /usr/lib/*/xtables; install the Debian package iptables"
        )
    for name in PROGRAMS:
        program = _find(name)
        entries[str(program)] = program
        entries |= {str(library): library for library in libraries(program)}
    for file in extensions:
        if file.is_symlink():
            entries[str(file)] = Link(str(file.readlink()))
        else:
            entries[str(file)] = file
            entries |= {str(library): library for library in libraries(file)}
    tables = str(_find("iptables-nft"))
    for command in (*_FIREWALL, *(name.replace("iptables", "ip6tables") for name in _FIREWALL)):
        family, _, action = command.partition("-")
        for link in (command, f"{family}-nft" + (f"-{action}" if action else "")):
            entries[f"/usr/sbin/{link}"] = Link(tables)
    for name in ("ip", "ipset", "conntrack"):
        entries.setdefault(f"/usr/sbin/{name}", Link(str(_find(name))))
    for applet in _APPLETS:
        entries.setdefault(f"/bin/{applet}", Link(str(_find("busybox"))))
    return _merged(entries)


def _find(name: str) -> Path:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        raise ToolError(
            f"{name} is missing, and containers need it; `labctl sandbox start --nodes real` says what to install"
        )
    return Path(found).resolve()


def libraries(program: Path) -> list[Path]:
    """Return what the dynamic loader would load for the program; nothing for a static one."""
    try:
        output = run(["ldd", str(program)])
    except Exception:  # a static program: ldd's only way to say so is to fail
        return []
    return [Path(path) for path in _LIBRARY.findall(output)]


def _merged(entries: Entries) -> Entries:
    """Put everything below /usr, with /bin, /sbin and /lib as links into it, as Debian does."""
    merged: Entries = {f"/{name}": Link(f"usr/{name}") for name in ("bin", "sbin", "lib", "lib64")}
    for path, content in entries.items():
        first = path.split("/")[1]
        merged.setdefault(f"/usr{path}" if first in ("bin", "sbin", "lib", "lib64") else path, content)
    return merged
