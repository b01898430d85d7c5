"""Classes of traffic and of addresses, and how they read."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reach.addresses import AddressTree
from reach.model import Icmp
from reach.traffic import Cuts, Flow, TrafficClasses
from reach.traffic_text import traffic_text

ranges = st.lists(
    st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(lambda pair: (min(pair), max(pair))),
    max_size=5,
)


@settings(deadline=None)
@given(ranges, ranges, st.integers(0, 65535), st.integers(0, 65535))
def test_a_flow_is_in_a_set_of_ports_exactly_if_its_ports_are(
    to: list[tuple[int, int]], of: list[tuple[int, int]], port: int, source: int
) -> None:
    cuts = Cuts()
    cuts.add_ports(6, to, source=False)
    cuts.add_ports(6, of, source=True)
    classes = TrafficClasses(cuts)
    kind = classes.class_of(Flow(6, port, source))
    assert bool(classes.ports(6, tuple(to), source=False) & kind) is any(a <= port <= b for a, b in to)
    assert bool(classes.ports(6, tuple(of), source=True) & kind) is any(a <= source <= b for a, b in of)
    assert not classes.class_of(Flow(17, port, source)) & classes.protocol(6)


@pytest.fixture
def classes() -> TrafficClasses:
    cuts = Cuts()
    cuts.add_ports(6, [(80, 80), (443, 444)], source=False)
    cuts.add_ports(17, [(53, 53)], source=False)
    cuts.add_ports(6, [(1, 1023)], source=True)
    cuts.add_icmp(1, Icmp(8, 0))
    cuts.protocols |= {6, 17, 1, 47}
    return TrafficClasses(cuts)


def test_sets_of_traffic_read_as_people_say_them(classes: TrafficClasses) -> None:
    web = classes.ports(6, ((80, 80), (443, 444)), source=False)
    low = classes.ports(6, ((1, 1023),), source=True)
    echo = classes.icmp(1, Icmp(8, 0))
    assert traffic_text(classes, classes.everything) == "everything"
    assert traffic_text(classes, 0) == "nothing"
    assert traffic_text(classes, web) == "TCP 80, 443-444"
    assert traffic_text(classes, web & low) == "TCP 80, 443-444 from ports 1-1023"
    assert traffic_text(classes, classes.everything & ~web) == "all but TCP 80, 443-444"
    assert traffic_text(classes, echo | classes.protocol(47)) == "ICMP type 8 code 0; protocol 47"
    assert traffic_text(classes, classes.icmp(1, Icmp(8)) & ~echo) == "ICMP type 8 other codes"
    assert traffic_text(classes, classes.class_of(Flow(99))) == "other protocols"


def test_codes_and_types_that_no_rule_names_share_a_class(classes: TrafficClasses) -> None:
    assert classes.class_of(Flow(1, icmp=(3, 1))) == classes.class_of(Flow(1, icmp=(5, 0)))
    assert classes.class_of(Flow(1, icmp=(8, 1))) != classes.class_of(Flow(1, icmp=(8, 0)))


nets = st.builds(
    lambda number, length: ip_network((number >> (32 - length) << (32 - length) if length else 0, length)),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)


@settings(deadline=None)
@given(st.lists(nets, max_size=8), st.integers(0, 2**32 - 1))
def test_an_address_is_in_a_range_exactly_if_its_class_is(found: list[object], number: int) -> None:
    tree = AddressTree(found)  # type: ignore[arg-type]
    address = ip_address(number)
    around = {tree.classes[each].net for each in tree.chain(tree.class_of(address))}
    assert around == {net for net in tree.index if net.version == 4 and address in net}


def test_a_range_that_smaller_ones_cover_is_empty() -> None:
    tree = AddressTree([ip_network("10.0.0.0/24"), ip_network("10.0.0.0/25"), ip_network("10.0.0.128/25")])
    assert tree.is_empty(tree.index[ip_network("10.0.0.0/24")])
    assert not tree.is_empty(tree.index[ip_network("10.0.0.0/25")])
