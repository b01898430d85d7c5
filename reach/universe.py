"""Every point that traffic can start or end at, and which points a rule's end means.

A point is a pod, or one class of addresses that belong to no pod. A pod without an address yet is one point
for each place in the pod range that the policies tell apart: what holds for all of them holds for the pod, and
where they differ the answer is "unknown", never a guess. A set of points is the bits of one integer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_network

from reach import scope
from reach.addresses import AddressTree
from reach.errors import InputError, LimitError
from reach.model import Address, Cluster, Entity, Net, NetworkSet, Workload
from reach.selectors import Selector

MAX_POINTS = 60_000


class Region(StrEnum):
    """What is known about addresses that belong to no listed pod."""

    WORLD = "outside"
    NODES = "nodes"
    POD_RANGE = "pod range"
    """Addresses of the pod range that none of the listed pods has: tunnel ends of nodes, for one."""


@dataclass(frozen=True, eq=False)
class Point:
    """A pod at one class of addresses, or such a class without a pod."""

    number: int
    address_class: int
    version: int
    workload: Workload | None
    region: Region


class Labels:
    """Labels of all points that have any, turned around."""

    def __init__(self) -> None:
        self.everything = 0
        self._values: dict[str, dict[str, int]] = {}

    def add(self, bit: int, labels: Mapping[str, str]) -> None:
        self.everything |= bit
        for key, value in labels.items():
            values = self._values.setdefault(key, {})
            values[value] = values.get(value, 0) | bit

    def values(self, key: str) -> Mapping[str, int]:
        """Return the points of each value of a label."""
        return self._values.get(key, {})


class Universe:
    """All points of a cluster and of the world around it."""

    def __init__(self, cluster: Cluster, nets: Iterable[Net]) -> None:
        self.cluster = cluster
        owners: dict[Address, Workload] = {}
        for workload in cluster.workloads:
            if workload.address is not None:
                first = owners.setdefault(workload.address, workload)
                if first is not workload:
                    raise InputError(
                        workload.where,
                        workload.id,
                        f"has the address {workload.address} of {first.id}",
                        "give each pod its own",
                        "policy cannot tell them apart",
                    )
        own = {ip_network(address) for address in owners}
        self._own = own
        sets = {net for network_set in cluster.network_sets for net in network_set.nets}
        backends = {ip_network(address) for service in cluster.services for address in service.addresses}
        ranges = {*cluster.pod_ranges, *cluster.node_ranges}
        self.tree = AddressTree({*nets, *sets, *backends, *ranges, *own})
        self._open = [n for n in range(len(self.tree.classes)) if not self.tree.is_empty(n)]
        self._region = self._regions()
        self._places = self._pod_places(cluster)
        self.points: list[Point] = []
        self.of_workload: dict[str, list[Point]] = {}
        self.labels = Labels()
        self._members = [0] * len(self.tree.classes)
        for workload in cluster.workloads:
            self._add_workload(workload)
        for number in self._open:
            if self.tree.classes[number].net not in own:
                self._add(number, None)
        self.everything = (1 << len(self.points)) - 1
        self._of_net = self.tree.sums(self._members)
        self.of_version = {
            version: self._of_net[self.tree.index[ip_network(everything)]]
            for version, everything in ((4, "0.0.0.0/0"), (6, "::/0"))
        }
        self._selected: dict[Selector, int] = {}
        self._set_points = [
            (self._set_labels(network_set), self.of_nets(network_set.nets))
            for network_set in cluster.network_sets
        ]
        self._services = {(service.namespace, service.name): service for service in cluster.services}

    def _set_labels(self, network_set: NetworkSet) -> dict[str, str]:
        namespace_labels = self.cluster.namespaces.get(network_set.namespace, {})
        inherited = scope.inherited_labels(network_set.namespace, namespace_labels)
        return {**inherited, **network_set.labels}

    def _regions(self) -> list[Region]:
        regions: list[Region] = []
        pods, nodes = set(self.cluster.pod_ranges), set(self.cluster.node_ranges)
        for known in self.tree.classes:
            outer = Region.WORLD if known.parent is None else regions[known.parent]
            if known.net in pods:
                outer = Region.POD_RANGE
            elif known.net in nodes:
                outer = Region.NODES
            regions.append(outer)
        return regions

    def _pod_places(self, cluster: Cluster) -> dict[int, tuple[Net, ...]]:
        """Return the classes of the pod range of which no rule can tell one from another: the first, with all ranges.

        A rule, a network set or a Service means its addresses together, so two classes are alike if the same of these
        lists hold them. No pod has an address that another one has.
        """
        holding: dict[Net, set[int]] = {}
        for number, nets in enumerate(_lists(cluster)):
            for net in nets:
                holding.setdefault(net, set()).add(number)
        alike: dict[frozenset[int], list[int]] = {}
        for number in self._open:
            if self._region[number] is Region.POD_RANGE and self.tree.classes[number].net not in self._own:
                around = (self.tree.classes[at].net for at in self.tree.chain(number))
                held = frozenset(one for net in around for one in holding.get(net, ()))
                alike.setdefault(held, []).append(number)
        return {
            numbers[0]: tuple(self.tree.classes[number].net for number in numbers)
            for numbers in alike.values()
        }

    def ranges_of(self, point: Point) -> tuple[Net, ...]:
        """Return the innermost ranges that a point stands for."""
        alone = (self.tree.classes[point.address_class].net,)
        if point.workload is None or point.workload.address is not None:
            return alone
        return self._places[point.address_class]

    def _add_workload(self, workload: Workload) -> None:
        if workload.id in self.of_workload:
            raise InputError(
                workload.where,
                workload.id,
                f"is a {workload.kind} but another workload has that name",
                "give each workload of a namespace a name of its own",
                "answers are given by namespace and name",
            )
        if workload.address is not None:
            classes = [self.tree.index[ip_network(workload.address)]]
        else:
            classes = list(self._places)
            if not classes:
                raise InputError(
                    workload.where,
                    workload.id,
                    "has no address and there is no pod range",
                    "give the pod an address or the cluster a pod range",
                    "policy is judged by address",
                )
        namespace = self.cluster.namespaces.get(workload.namespace, {})
        account = self.cluster.service_accounts.get((workload.namespace, workload.service_account), {})
        labels = scope.endpoint_labels(workload, namespace, account)
        points = [self._add(number, workload) for number in classes]
        self.of_workload[workload.id] = points
        self.labels.add(_bits(points), labels)

    def _add(self, number: int, workload: Workload | None) -> Point:
        version = self.tree.classes[number].net.version
        point = Point(len(self.points), number, version, workload, self._region[number])
        if point.number >= MAX_POINTS:
            raise LimitError(
                f"there are more than {MAX_POINTS} different ends of traffic; split the question, "
                "or name fewer address ranges inside the pod range"
            )
        self.points.append(point)
        self._members[number] |= 1 << point.number
        return point

    def region_of(self, number: int) -> Region:
        """Return the region of a class of addresses."""
        return self._region[number]

    def of_nets(self, nets: Iterable[Net]) -> int:
        """Return the points inside any of some ranges."""
        found = 0
        for net in nets:
            found |= self._of_net[self.tree.index[net]]
        return found

    def selected(self, selector: Selector) -> int:
        """Return the points at whose addresses a selector's pods and network sets are."""
        found = self._selected.get(selector)
        if found is None:
            found = selector.among(self.labels)
            for labels, points in self._set_points:
                if points and selector.matches(labels):
                    found |= points
            self._selected[selector] = found
        return found

    def applies_to(self, selector: Selector | None) -> int:
        """Return the pods that a policy's selector means; network sets have no policy of their own."""
        return self.labels.everything if selector is None else selector.among(self.labels)

    def of_entity(self, entity: Entity) -> int:
        """Return the points that one end of a rule means, its ports left aside."""
        found = self.everything
        if entity.service is not None:
            found &= self.of_service(*entity.service)
        if entity.selector is not None:
            found &= self.selected(entity.selector)
        if entity.not_selector is not None:
            found &= ~self.selected(entity.not_selector)
        if entity.nets:
            found &= self.of_nets(entity.nets)
        if entity.not_nets:
            found &= ~self.of_nets(entity.not_nets)
        return found

    def of_service(self, namespace: str, name: str) -> int:
        """Return the backends of a Service; nothing if there is none of that name."""
        service = self._services.get((namespace, name))
        if service is None:
            return 0
        found = 0
        for workload in service.workloads:
            found |= _bits(self.of_workload.get(workload, ()))
        for address in service.addresses:
            found |= self._of_net[self.tree.index[ip_network(address)]]
        return found

    def service_ports(self, namespace: str, name: str) -> tuple[tuple[int, int], ...]:
        """Return protocol and target port of each port of a Service."""
        service = self._services.get((namespace, name))
        return service.ports if service else ()

    def at(self, address: Address) -> Point:
        """Return the point of an address that belongs to no pod, or of the pod that has it."""
        number = self.tree.class_of(address)
        members = self._members[number]
        candidates = [self.points[bit] for bit in bit_numbers(members)]
        return next((point for point in candidates if point.workload is None), candidates[0])


def _lists(cluster: Cluster) -> Iterator[tuple[Net, ...]]:
    """Yield every list of addresses that a cluster's policies mean as one."""
    for policy in cluster.policies:
        for rules in policy.rules.values():
            for rule in rules:
                for end in (rule.source, rule.destination):
                    yield end.nets
                    yield end.not_nets
    for network_set in cluster.network_sets:
        yield network_set.nets
    for service in cluster.services:
        yield tuple(ip_network(address) for address in service.addresses)
    yield (ip_network("0.0.0.0/0"),)  # a rule of one IP version tells them apart


def _bits(points: Iterable[Point]) -> int:
    found = 0
    for point in points:
        found |= 1 << point.number
    return found


def bit_numbers(bits: int) -> list[int]:
    """Return the positions of all bits that are set, lowest first."""
    return [index for index, digit in enumerate(reversed(bin(bits)[2:])) if digit == "1"] if bits else []
