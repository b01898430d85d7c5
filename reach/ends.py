"""From what a person types to the ends of a flow: a workload, a region, an address; a port with its protocol."""

from __future__ import annotations

import difflib
import re
from ipaddress import ip_address

from reach.engine import Engine
from reach.errors import ReachError, shown
from reach.protocols import ECHO_REQUEST, TCP, WITH_PORTS, number_of
from reach.traffic import Flow
from reach.universe import Point, Region

_PORT = re.compile(r"(?:(?P<before>[A-Za-z]+)[:/])?(?P<port>[0-9]{1,5})(?:/(?P<after>[A-Za-z]+))?", re.ASCII)
LAST_PORT = 65535


def find_points(engine: Engine, text: str) -> tuple[Point, ...]:
    """Return the points that a name or address means.

    Raises:
        ReachError: if it means nothing, no address, or several workloads.
    """
    universe = engine.universe
    exact = universe.of_workload.get(text)
    if exact is not None:
        return tuple(exact)
    for region in Region:
        if text.replace("-", " ") == region:
            found = tuple(
                point for point in universe.points if point.workload is None and point.region is region
            )
            if not found:
                raise ReachError(
                    f"'{shown(text)}' is a region but no address of this lab is in it; name another, or an address "
                    "(with Azure CNI nodes and pods have theirs in one range, the pod range)"
                )
            return found
    try:
        return (universe.at(ip_address(text.removeprefix("ip:"))),)
    except ValueError:
        pass
    named = [name for name in universe.of_workload if name.rpartition("/")[2] == text]
    if len(named) == 1:
        return tuple(universe.of_workload[named[0]])
    if named:
        raise ReachError(f"'{shown(text)}' means several workloads: {', '.join(named)}; write one in full")
    known = [*universe.of_workload, *map(str, Region)]
    close = difflib.get_close_matches(
        text, [*known, *(name.rpartition("/")[2] for name in known)], n=1, cutoff=0.6
    )
    hint = f"did you mean {close[0]}" if close else f"choose one of {', '.join(known)}, or an address"
    raise ReachError(f"'{shown(text)}' is neither a workload, a region nor an address; {hint}")


def parse_port(text: str) -> Flow:
    """Return the flow that `80`, `udp/53`, `53/UDP`, `icmp` or `protocol/47` means.

    Raises:
        ReachError: if it means nothing.
    """
    alone = text.removeprefix("protocol/")
    found = _PORT.fullmatch(text) if alone == text else None
    protocol = number_of(found["before"] or found["after"] or "TCP") if found else number_of(alone)
    if (
        found
        and protocol in WITH_PORTS
        and not (found["before"] and found["after"])
        and int(found["port"]) <= LAST_PORT
    ):
        return Flow(protocol or TCP, int(found["port"]), source_port=45678)
    if not found and protocol is not None and protocol not in WITH_PORTS:
        return Flow(protocol, icmp=ECHO_REQUEST.get(protocol))
    raise ReachError(f"'{shown(text)}' is not a port; write 80, udp/53, 53/UDP, icmp or protocol/47")
