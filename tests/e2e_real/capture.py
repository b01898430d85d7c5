"""What passes a machine's interface, seen by tcpdump: each packet, and what is inside of VXLAN."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from sandbox.home import Home
from tests.e2e_real.kubectl import enter, wait_for

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


@dataclass(frozen=True)
class Capture:
    """A capture, under way or ended."""

    file: Path

    @property
    def packets(self) -> list[Packet]:
        """What was seen so far."""
        shown = subprocess.run(
            ["tcpdump", "-nn", "-t", "-r", str(self.file)],
            capture_output=True,
            text=True,
            check=False,  # the last packet may be half written
            timeout=60,
        )
        return parse(shown.stdout)

    def wait(self, what: str, is_it: Callable[[Packet], bool]) -> None:
        """Wait for a packet: what went before it has been seen by then too."""
        wait_for(what, lambda: any(is_it(packet) for packet in self.packets))


@contextmanager
def capture(
    home: Home, machine: str, expression: str, file: Path, interface: str = "eth0"
) -> Iterator[Capture]:
    """Capture on a machine of the sandbox while the block runs."""
    # At once, and not in batches of the kernel's: what was sent in the block is in the file soon after.
    command = ["tcpdump", "-Z", "root", "-nn", "-U", "--immediate-mode", "-i", interface, "-w", str(file)]
    process = subprocess.Popen(
        enter(home, machine, *command, expression),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        heard = next((line for line in process.stderr if "listening on" in line), None)
        assert heard, "tcpdump ended before it listened"
        yield Capture(file)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()


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
