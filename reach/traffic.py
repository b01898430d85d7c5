"""All traffic that can pass between two addresses, cut into classes that no rule can tell apart.

A set of traffic is the bits of one integer, one bit a class: protocol and, where it has them, ranges of source
and destination ports, or ICMP types and codes. Verdicts over classes are therefore verdicts over all traffic,
exactly, whatever the number of ports.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from reach.errors import LimitError
from reach.model import Icmp, PortRange
from reach.protocols import WITH_PORTS, WITH_TYPES

FIRST_PORT, LAST_PORT = 0, 65535
MAX_CLASSES = 1 << 19
"""Every set of traffic takes this many bits at most."""


@dataclass(frozen=True)
class Flow:
    """One packet of a new connection, as far as rules can see it."""

    protocol: int
    port: int = 0
    source_port: int = 0
    icmp: tuple[int, int] | None = None


class Cuts:
    """Everything that rules tell apart, collected before the classes are made."""

    def __init__(self) -> None:
        self.ports: dict[tuple[int, bool], set[int]] = {
            (protocol, source): {FIRST_PORT} for protocol in WITH_PORTS for source in (False, True)
        }
        self.protocols: set[int] = set()
        self.icmp: dict[int, set[tuple[int, int | None]]] = {protocol: set() for protocol in WITH_TYPES}

    def add_ports(self, protocol: int | None, ranges: Iterable[PortRange], *, source: bool) -> None:
        """Note ranges of a protocol; of every one that has ports if there is none."""
        for first, last in ranges:
            for each in WITH_PORTS if protocol is None else (protocol,):
                if (each, source) in self.ports:
                    self.ports[each, source] |= {first, last + 1} - {LAST_PORT + 1}

    def add_icmp(self, protocol: int | None, match: Icmp | None) -> None:
        """Note an ICMP type, with its code if it has one."""
        if match is not None and match.type is not None and protocol in self.icmp:
            self.icmp[protocol].add((match.type, match.code))


class TrafficClasses:
    """The classes, and sets of them."""

    def __init__(self, cuts: Cuts) -> None:
        self.starts = {key: sorted(starts) for key, starts in cuts.ports.items()}
        self._base: dict[int, int] = {}
        at = 0
        for protocol in WITH_PORTS:
            self._base[protocol] = at
            at += len(self.starts[protocol, False]) * len(self.starts[protocol, True])
        self.icmp_bits: dict[int, dict[tuple[int, int | None] | None, int]] = {}
        for protocol in WITH_TYPES:
            types = sorted({kind for kind, _ in cuts.icmp[protocol]})
            keys: list[tuple[int, int | None] | None] = [None]
            for kind in types:
                keys.append((kind, None))
                keys += sorted((k, c) for k, c in cuts.icmp[protocol] if k == kind and c is not None)
            self._base[protocol] = at
            self.icmp_bits[protocol] = {key: at + index for index, key in enumerate(keys)}
            at += len(keys)
        self.others = sorted(cuts.protocols - set(WITH_PORTS) - set(WITH_TYPES))
        for protocol in self.others:
            self._base[protocol] = at
            at += 1
        self.count = at + 1
        if self.count > MAX_CLASSES:
            raise LimitError(
                f"the rules tell {self.count} kinds of traffic apart but at most {MAX_CLASSES} are computed; "
                "use fewer different source ports (they multiply with the destination ports)"
            )
        self.everything = (1 << self.count) - 1
        self._ends = self._compute_ends(at)
        self._memo: dict[tuple[int | None, tuple[PortRange, ...], bool], int] = {}

    def _compute_ends(self, rest: int) -> dict[int, int]:
        bases = sorted(self._base.items(), key=lambda item: item[1])
        ends = [base for _, base in bases[1:]] + [rest]
        return {protocol: end for (protocol, _), end in zip(bases, ends, strict=True)}

    def protocol(self, number: int) -> int:
        """Return all traffic of a protocol; it must have been noted."""
        first = self._base[number]
        return ((1 << (self._ends[number] - first)) - 1) << first

    def ports(self, protocol: int | None, ranges: tuple[PortRange, ...], *, source: bool) -> int:
        """Return the traffic from or to ports; of every protocol with ports if there is none."""
        key = (protocol, ranges, source)
        found = self._memo.get(key)
        if found is None:
            found = 0
            for each in WITH_PORTS if protocol is None else (protocol,):
                if each in WITH_PORTS:
                    for first, last in ranges:
                        found |= self._range(each, first, last, source)
            self._memo[key] = found
        return found

    def _range(self, protocol: int, first: int, last: int, source: bool) -> int:
        starts = self.starts[protocol, source]
        low, high = bisect_right(starts, first) - 1, bisect_right(starts, last) - 1
        wide, tall = len(self.starts[protocol, False]), len(self.starts[protocol, True])
        base = self._base[protocol]
        if source:
            return ((1 << ((high - low + 1) * wide)) - 1) << (base + low * wide)
        row = ((1 << (high - low + 1)) - 1) << low
        return sum(row << (base + wide * index) for index in range(tall))

    def icmp(self, protocol: int, match: Icmp) -> int:
        """Return the traffic of an ICMP type, or of one code of it."""
        if match.type is None:
            return self.protocol(protocol)
        bits = self.icmp_bits[protocol]
        if match.code is not None:
            return 1 << bits[match.type, match.code]
        return sum(1 << bit for key, bit in bits.items() if key is not None and key[0] == match.type)

    def class_of(self, flow: Flow) -> int:
        """Return the one class of a flow, as a set."""
        if flow.protocol in WITH_PORTS:
            to = bisect_right(self.starts[flow.protocol, False], flow.port) - 1
            of = bisect_right(self.starts[flow.protocol, True], flow.source_port) - 1
            return 1 << (self._base[flow.protocol] + of * len(self.starts[flow.protocol, False]) + to)
        if flow.protocol in WITH_TYPES:
            bits = self.icmp_bits[flow.protocol]
            kind, code = flow.icmp or (-1, -1)
            for key in ((kind, code), (kind, None)):
                if key in bits:
                    return 1 << bits[key]
            return 1 << bits[None]
        return 1 << self._base.get(flow.protocol, self.count - 1)
