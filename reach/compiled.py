"""Rules over points and traffic classes: the form in which they are quick to judge.

A rule of a policy is compiled once for all endpoints. Its near end is the policy's own pod, its far end the
peer. Named ports make an end fall into pieces, because the same name is another number in each pod.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reach.model import Cluster, Direction, Entity, NamedPort, Net, PortRange, Rule
from reach.protocols import WITH_PORTS
from reach.traffic import Cuts, TrafficClasses
from reach.universe import Point, Universe

Piece = tuple[int, int]
"""Points, and the traffic that the rule means at them."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """One rule, with sets in place of selectors, ranges and ports."""

    rule: Rule
    near: tuple[Piece, ...]
    far: tuple[Piece, ...]

    def traffic_at(self, bit: int) -> int:
        """Return the traffic that the rule means at one near end."""
        for points, traffic in self.near:
            if points & bit:
                return traffic
        return 0


def nets_of(entity: Entity) -> tuple[Net, ...]:
    """Return every range that one end of a rule names."""
    return (*entity.nets, *entity.not_nets)


def nets_named(cluster: Cluster) -> set[Net]:
    """Return every range that a cluster's policies, network sets and settings name."""
    return {
        *(net for rule in _rules(cluster) for end in (rule.source, rule.destination) for net in nets_of(end)),
        *(net for network_set in cluster.network_sets for net in network_set.nets),
        *cluster.pod_ranges,
        *cluster.node_ranges,
    }


def collect_cuts(clusters: Sequence[Cluster]) -> Cuts:
    """Return everything that the rules of clusters tell apart about traffic."""
    cuts = Cuts()
    names = {False: set[str](), True: set[str]()}
    for rule in (rule for cluster in clusters for rule in _rules(cluster)):
        for number in (rule.protocol, rule.not_protocol):
            if number is not None:
                cuts.protocols.add(number)
        cuts.add_icmp(rule.protocol, rule.icmp)
        cuts.add_icmp(rule.protocol, rule.not_icmp)
        for entity, source in ((rule.source, True), (rule.destination, False)):
            numbers, named = _split((*entity.ports, *entity.not_ports))
            cuts.add_ports(rule.protocol, numbers, source=source)
            names[source] |= named
    for cluster in clusters:
        for source, named in names.items():
            for port in _declared(cluster, named):
                cuts.add_ports(port.protocol, [(port.port, port.port)], source=source)
        for service in cluster.services:
            for protocol, number in service.ports:
                cuts.add_ports(protocol, [(number, number)], source=False)
    return cuts


def _rules(cluster: Cluster) -> list[Rule]:
    return [rule for policy in cluster.policies for rules in policy.rules.values() for rule in rules]


def _declared(cluster: Cluster, names: set[str]) -> list[NamedPort]:
    return [port for workload in cluster.workloads for port in workload.ports if port.name in names]


class Compiler:
    """Turns rules into their compiled form."""

    def __init__(self, universe: Universe, traffic: TrafficClasses) -> None:
        self.universe = universe
        self.traffic = traffic
        self._declaring: dict[str, list[tuple[NamedPort, Point]]] = {}
        for point in universe.points:
            if point.workload:
                for port in point.workload.ports:
                    self._declaring.setdefault(port.name, []).append((port, point))

    def compile(self, rule: Rule, direction: Direction) -> CompiledRule | None:
        """Return the rule for one direction; None if it can match nothing."""
        traffic = self._traffic(rule)
        version = self._version(rule)
        source = self._pieces(rule.source, rule, version, source=True)
        destination = self._pieces(rule.destination, rule, version, source=False)
        near, far = (destination, source) if direction is Direction.INGRESS else (source, destination)
        near = tuple((points, kinds & traffic) for points, kinds in near if points and kinds & traffic)
        far = tuple((points, kinds & traffic) for points, kinds in far if points and kinds & traffic)
        return CompiledRule(rule, near, far) if near and far else None

    def _version(self, rule: Rule) -> int:
        """Return the points of the IP version that a rule is for; a range of either decides it.

        Also one in notNets: the data planes make such a rule for that version only.
        """
        versions: set[int] = {net.version for end in (rule.source, rule.destination) for net in nets_of(end)}
        if rule.ip_version is not None:
            versions.add(rule.ip_version)
        found = self.universe.everything
        for version in versions:
            found &= self.universe.of_version[version]
        return found

    def _traffic(self, rule: Rule) -> int:
        found = self.traffic.everything
        if rule.protocol is not None:
            found &= self.traffic.protocol(rule.protocol)
            if rule.icmp is not None:
                found &= self.traffic.icmp(rule.protocol, rule.icmp)
            if rule.not_icmp is not None:
                found &= ~self.traffic.icmp(rule.protocol, rule.not_icmp)
        if rule.not_protocol is not None:
            found &= ~self.traffic.protocol(rule.not_protocol)
        return found

    def _pieces(self, entity: Entity, rule: Rule, version: int, *, source: bool) -> tuple[Piece, ...]:
        points = self.universe.of_entity(entity) & version
        if entity.service is not None and not source:
            kinds = 0
            for protocol, number in self.universe.service_ports(*entity.service):
                kinds |= self.traffic.ports(protocol, ((number, number),), source=False)
            return ((points, kinds),)
        if not entity.ports and not entity.not_ports:
            return ((points, self.traffic.everything),)
        numbers, names = _split(entity.ports)
        not_numbers, not_names = _split(entity.not_ports)
        wanted = self.traffic.ports(rule.protocol, numbers, source=source)
        unwanted = self.traffic.ports(rule.protocol, not_numbers, source=source)
        # A name means the ports of pods that the selector itself finds. A pod that only shares its address with a
        # network set that the selector finds is matched by number, and by no name.
        declaring = points & self.universe.applies_to(entity.selector)
        named = self._named(names, declaring, source=source)
        not_named = self._named(not_names, declaring, source=source)
        groups: dict[int, int] = {}
        special = 0
        for number in {*named, *not_named}:
            kinds = (wanted | named.get(number, 0)) if entity.ports else self.traffic.everything
            kinds &= ~(unwanted | not_named.get(number, 0))
            groups[kinds] = groups.get(kinds, 0) | 1 << number
            special |= 1 << number
        plain = (wanted if entity.ports else self.traffic.everything) & ~unwanted
        groups[plain] = groups.get(plain, 0) | points & ~special
        return tuple((members, kinds) for kinds, members in groups.items())

    def _named(self, names: set[str], points: int, *, source: bool) -> dict[int, int]:
        """Return, for each point that declares one of the names, the traffic of those ports."""
        found: dict[int, int] = {}
        for name in names:
            for port, point in self._declaring.get(name, ()):
                if points >> point.number & 1 and port.protocol in WITH_PORTS:
                    kinds = self.traffic.ports(port.protocol, ((port.port, port.port),), source=source)
                    found[point.number] = found.get(point.number, 0) | kinds
        return found


def _split(ports: tuple[PortRange | str, ...]) -> tuple[tuple[PortRange, ...], set[str]]:
    numbers = tuple(port for port in ports if not isinstance(port, str))
    return numbers, {port for port in ports if isinstance(port, str)}
