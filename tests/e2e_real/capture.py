"""What passes a machine's interface, seen by tcpdump: each packet, and what is inside of VXLAN."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from sandbox.home import Home
from tests.e2e_real.kubectl import enter

needs_tcpdump = pytest.mark.skipif(
    shutil.which("tcpdump") is None, reason="tcpdump is missing; run: make node-packages"
)
_PACKET = re.compile(r"^IP (\d+\.\d+\.\d+\.\d+)\S* > (\d+\.\d+\.\d+\.\d+)\S*: ?(VXLAN)?")


@dataclass(frozen=True)
class Packet:
    """One packet, or one inside of another."""

    source: IPv4Address
    target: IPv4Address
    wrapper: bool
    """Whether it is VXLAN itself; what it carries follows as a packet of its own."""
    inside: bool
    """Whether it came wrapped in VXLAN."""

    def is_between(self, one: str, other: str) -> bool:
        return {str(self.source), str(self.target)} == {one, other}


@dataclass
class Capture:
    """What was seen; filled when the capture ends."""

    packets: list[Packet] = field(default_factory=list)


@contextmanager
def capture(
    home: Home, machine: str, expression: str, file: Path, interface: str = "eth0"
) -> Iterator[Capture]:
    """Capture on a machine of the sandbox while the block runs."""
    command = ["tcpdump", "-Z", "root", "-nn", "-U", "-i", interface, "-w", str(file), expression]
    process = subprocess.Popen(
        enter(home, machine, *command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    found = Capture()
    try:
        assert process.stderr is not None
        heard = next((line for line in process.stderr if "listening on" in line), None)
        assert heard, "tcpdump ended before it listened"
        yield found
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        found.packets = read(file)
    finally:
        process.kill()
        process.communicate()


def read(file: Path) -> list[Packet]:
    """Return the packets of a file that tcpdump wrote."""
    shown = subprocess.run(
        ["tcpdump", "-nn", "-t", "-q", "-r", str(file)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return parse(shown.stdout)


def parse(text: str) -> list[Packet]:
    """Return the packets that tcpdump's words tell of."""
    packets = []
    wrapped = False
    for line in text.splitlines():
        match = _PACKET.match(line)
        if match is None:
            wrapped = False
            continue
        ends = (IPv4Address(match[1]), IPv4Address(match[2]))
        packets.append(Packet(*ends, wrapper=match[3] is not None, inside=wrapped))
        wrapped = match[3] is not None
    return packets
