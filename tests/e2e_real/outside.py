"""A machine outside the cluster that answers on a port: a namespace of the test's own, behind the sandbox's router."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from sandbox.home import Home
from tests.e2e_real.kubectl import on_machine


@contextlib.contextmanager
def outside_host(
    home: Home, programs: Path, name: str, address: str, gateway: str, port: int
) -> Iterator[None]:
    """Have a host with that address until the block ends; use addresses that are nobody's (RFC 5737, RFC 2544)."""
    process = subprocess.Popen(["unshare", "--net", "--", str(programs), "listen", str(port)])
    try:
        _wait_for_namespace(process.pid)
        _batch(
            on_machine(
                *(home, "router", "ip", "link", "add", name, "type", "veth"),
                *("peer", "name", "eth0", "netns", str(process.pid)),
            )
        )
        for line in (f"addr add {gateway}/24 dev {name}", f"link set {name} up"):
            _batch(on_machine(home, "router", "ip", *line.split()))
        inside = ["nsenter", f"--net=/proc/{process.pid}/ns/net", "--", "ip"]
        for line in (
            "link set lo up",
            f"addr add {address}/24 dev eth0",
            "link set eth0 up",
            f"route add default via {gateway}",
        ):
            _batch(subprocess.run([*inside, *line.split()], capture_output=True, text=True, check=False))
        yield
    finally:
        # By hand: the kernel takes it away with the namespace too, but only some time after.
        on_machine(home, "router", "ip", "link", "del", name)
        process.kill()
        process.wait()


def _wait_for_namespace(pid: int) -> None:
    own, path = Path("/proc/self/ns/net").readlink(), Path(f"/proc/{pid}/ns/net")
    deadline = time.monotonic() + 10
    while path.readlink() == own:
        assert time.monotonic() < deadline, "no network namespace within 10 s"
        time.sleep(0.01)


def _batch(result: subprocess.CompletedProcess[str]) -> None:
    assert result.returncode == 0, result.stderr
