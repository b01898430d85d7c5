"""IP protocols: names, numbers, and which of them have ports.

Numbers are IANA's; the names are the ones Calico's API takes.
"""

from __future__ import annotations

TCP, UDP, SCTP, ICMP, ICMPV6 = 6, 17, 132, 1, 58

NUMBERS = {"TCP": TCP, "UDP": UDP, "SCTP": SCTP, "ICMP": ICMP, "ICMPv6": ICMPV6, "UDPLite": 136}
_BY_LOWER_NAME = {name.lower(): number for name, number in NUMBERS.items()}
_NAMES = {number: name for name, number in NUMBERS.items()}

WITH_PORTS = (TCP, UDP, SCTP)
"""UDPLite has ports too, but no rule may name them."""

WITH_TYPES = (ICMP, ICMPV6)

ECHO_REQUEST = {ICMP: (8, 0), ICMPV6: (128, 0)}


def name_of(number: int) -> str:
    """Return the usual name, or the number as text."""
    return _NAMES.get(number, f"protocol {number}")


def number_of(value: object) -> int | None:
    """Return the number of a protocol given by name or number; None if there is no such protocol."""
    if isinstance(value, str):
        if value.isascii() and value.isdigit() and len(value) < 4:
            value = int(value)
        else:
            return _BY_LOWER_NAME.get(value.lower())
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 256:
        return value
    return None
