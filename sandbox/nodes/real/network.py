"""The network that real nodes share: a router with a bridge, and a client outside, each in a namespace of its own.

The router stands for Azure's network and for the managed control plane: it has the subnet's gateway address, the API
server listens there, and it knows the way to every pod block and every LoadBalancer address. The host's own network
is not touched: no interface, route, address or iptables rule of it is made, read or changed. Namespaces have no names
in /run/netns; each lives as long as one process of the sandbox, so that none outlives a crash.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.errors import ProcessError
from sandbox.home import Home
from sandbox.nodes.real.forwarder import Forwarder
from sandbox.nodes.real.shell import run
from sandbox.process import Program, start_program

CLIENT = "198.51.100.2"
"""The client outside; 198.51.100.0/24 is a documentation range (RFC 5737), nobody's."""
_CLIENT_GATEWAY = "198.51.100.1"
_OWN_ROUTES = "77"
"""Marks the routes that `route` manages."""
_SECONDS = 30.0


class Network:
    """The network of one cluster."""

    def __init__(self, home: Home, cluster: str, folder: Path, subnet: str) -> None:
        """Describe it; `subnet` is the range of the nodes, whose first address the router takes, as Azure does."""
        nodes = ipaddress.ip_network(subnet)
        self.address = str(nodes[1])
        self._prefix = nodes.prefixlen
        self._home = home
        self._cluster = cluster
        self._folder = folder
        self._router: Program | None = None
        self._clients: dict[str, Program] = {}
        self._forwarder: Forwarder | None = None
        self._routes: dict[str, tuple[str, ...]] = {}

    def start(self, port: int) -> None:
        """Make the network; `port` of the host's loopback then leads to the same port of the router.

        Raises:
            ProcessError: a command failed.
        """
        # The forwarder comes last: with it everything was started.
        if self._forwarder is not None and all(program.running for program in self.programs()):
            return
        self.stop()
        self._router = self._namespace("router")
        self._ip(
            self._router,
            "link set lo up",
            "link add br0 type bridge",
            f"addr add {self.address}/{self._prefix} dev br0",
            "link set br0 up",
        )
        self._sysctl(self._router, "net/ipv4/ip_forward", "1")
        self.add_host("client", CLIENT, _CLIENT_GATEWAY)
        forwarder = Forwarder(port, self.namespace())
        forwarder.start()
        self._forwarder = forwarder

    def stop(self) -> None:
        """Take the network away."""
        if self._forwarder is not None:
            self._forwarder.stop()
            self._forwarder = None
        for program in self._clients.values():
            program.stop()
        self._clients.clear()
        if self._router is not None:
            self._router.stop()
            self._router = None
        self._routes.clear()

    def programs(self) -> list[Program]:
        return [*([self._router] if self._router else []), *self._clients.values()]

    def namespace(self) -> Path:
        """Return the router's network namespace."""
        assert self._router is not None
        return Path(f"/proc/{self._router.process.pid}/ns/net")

    def enter(self, arguments: Sequence[str]) -> list[str]:
        """Return a command line that runs on the router, in the caller's other namespaces."""
        return ["nsenter", f"--net={self.namespace()}", "--", *arguments]

    def add_host(self, name: str, address: str, gateway: str) -> None:
        """Add a machine outside the cluster, reached through the router.

        Raises:
            ProcessError: a command failed.
        """
        assert self._router is not None
        host = self._namespace(name)
        self._clients[name] = host
        self._ip(
            self._router,
            f"link add {name} type veth peer name eth0 netns {host.process.pid}",
            f"addr add {gateway}/24 dev {name}",
            f"link set {name} up",
        )
        self._ip(
            host,
            "link set lo up",
            f"addr add {address}/24 dev eth0",
            "link set eth0 up",
            f"route add default via {gateway}",
        )

    def attach(self, port: str, pid: int, address: str) -> None:
        """Give the process's network namespace an uplink to the bridge; its end here is called `port`.

        Raises:
            ProcessError: a command failed.
        """
        assert self._router is not None
        self._ip(
            self._router,
            f"link add {port} type veth peer name eth0 netns {pid}",
            f"link set {port} master br0",
            f"link set {port} up",
        )
        run(
            ["nsenter", f"--net=/proc/{pid}/ns/net", "--", "ip", "-batch", "-"],
            "\n".join(
                (
                    "link set lo up",
                    f"addr add {address}/{self._prefix} dev eth0",
                    "link set eth0 up",
                    f"route add default via {self.address}",
                )
            ),
        )

    def route(self, wanted: Mapping[str, Sequence[str]]) -> None:
        """Make the router know exactly these ways: range -> the nodes that lead there.

        Raises:
            ProcessError: a command failed.
        """
        if self._router is None:
            return
        target = {cidr: tuple(via) for cidr, via in wanted.items() if via}
        if target == self._routes:
            return
        lines = [f"route del {cidr} proto {_OWN_ROUTES}" for cidr in self._routes.keys() - target.keys()]
        for cidr, via in sorted(target.items()):
            if self._routes.get(cidr) != via:
                hops = " ".join(f"nexthop via {node}" for node in via)
                lines.append(f"route replace {cidr} proto {_OWN_ROUTES} {hops}")
        self._ip(self._router, *lines)
        self._routes = target

    def _namespace(self, name: str) -> Program:
        program = start_program(
            self._home,
            f"{name} of {self._cluster}",
            ["unshare", "--net", "--", "sleep", "infinity"],
            self._folder / "logs" / f"{name}.log",
            self._folder,
        )
        own, deadline = Path("/proc/self/ns/net").readlink(), time.monotonic() + _SECONDS
        path = Path(f"/proc/{program.process.pid}/ns/net")
        while True:
            try:
                if path.readlink() != own:
                    break
            except OSError as error:
                raise ProcessError(f"{program.name} ended at once: {program.last_words()}") from error
            if time.monotonic() > deadline:
                program.stop()
                raise ProcessError(f"{program.name} got no network namespace within {_SECONDS:.0f} s")
            time.sleep(0.01)
        self._sysctl(program, "net/ipv6/conf/all/disable_ipv6", "1")
        return program

    def _ip(self, program: Program, *lines: str) -> None:
        run(self._inside(program, "ip", "-batch", "-"), "\n".join(lines))

    def _sysctl(self, program: Program, name: str, value: str) -> None:
        # /proc/sys/net shows the namespace of whoever opens it, so the shell must be inside by then.
        run(
            self._inside(
                program, "sh", "-c", f"test ! -e /proc/sys/{name} || echo {value} > /proc/sys/{name}"
            )
        )

    @staticmethod
    def _inside(program: Program, *arguments: str) -> list[str]:
        return ["nsenter", f"--net=/proc/{program.process.pid}/ns/net", "--", *arguments]
