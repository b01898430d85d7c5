"""All addresses, cut into classes that no rule can tell apart.

Ranges are nested or apart, never crossing, so they form a tree, and the class of an address is the innermost
range around it. A class is empty if smaller ranges cover the whole of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_network

from reach.errors import LimitError
from reach.model import Address, Net

MAX_NETS = 20_000
"""Beyond this the sets of addresses alone would take hundreds of megabytes."""


@dataclass
class AddressClass:
    """The addresses of a range that are in no smaller one."""

    net: Net
    parent: int | None
    children: list[int] = field(default_factory=list)

    @property
    def first(self) -> int:
        """The lowest address of the range, as a number."""
        return int(self.net.network_address)


class AddressTree:
    """All ranges that matter, IPv4 and IPv6, each with the one around it."""

    def __init__(self, nets: Iterable[Net]) -> None:
        wanted = set(nets) | {ip_network("0.0.0.0/0"), ip_network("::/0")}
        if len(wanted) > MAX_NETS:
            raise LimitError(
                f"the policies name {len(wanted)} address ranges but at most {MAX_NETS} are computed; "
                "merge neighbouring ranges"
            )
        self.classes: list[AddressClass] = []
        self.index: dict[Net, int] = {}
        around: list[int] = []
        for net in sorted(wanted, key=lambda net: (net.version, int(net.network_address), net.prefixlen)):
            while around and not _inside(net, self.classes[around[-1]].net):
                around.pop()
            number = len(self.classes)
            self.classes.append(AddressClass(net, around[-1] if around else None))
            self.index[net] = number
            if around:
                self.classes[around[-1]].children.append(number)
            around.append(number)

    def is_empty(self, number: int) -> bool:
        """Tell whether smaller ranges leave nothing of a class."""
        inner = self.classes[number]
        taken = sum(self.classes[child].net.num_addresses for child in inner.children)
        return taken == inner.net.num_addresses

    def class_of(self, address: Address) -> int:
        """Return the class that an address is in."""
        number = self.index[ip_network("0.0.0.0/0" if address.version == 4 else "::/0")]
        while True:
            inside = [c for c in self.classes[number].children if address in self.classes[c].net]
            if not inside:
                return number
            number = inside[0]

    def chain(self, number: int) -> Iterable[int]:
        """Yield a class and those around it, from the inside out."""
        at: int | None = number
        while at is not None:
            yield at
            at = self.classes[at].parent

    def sums(self, members: list[int]) -> list[int]:
        """Return, for each range, the union of what its class and all smaller ones hold."""
        totals = list(members)
        for number in range(len(totals) - 1, -1, -1):  # children have higher numbers than their parent
            parent = self.classes[number].parent
            if parent is not None:
                totals[parent] |= totals[number]
        return totals


def _inside(inner: Net, outer: Net) -> bool:
    if inner.version != outer.version or inner.prefixlen < outer.prefixlen:
        return False
    shift = inner.max_prefixlen - outer.prefixlen
    return int(inner.network_address) >> shift == int(outer.network_address) >> shift
