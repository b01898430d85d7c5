"""Values that several kinds share: addresses, ports, protocols, names."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

from reach.errors import shown
from reach.fields import Field
from reach.model import Net, PortRange
from reach.protocols import number_of

LAST_PORT = 65535
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_LONGEST_NAME = 253
_PORT_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,128}", re.ASCII)
_PORT_NUMBERS = re.compile(r"([0-9]{1,6})(?::([0-9]{1,6}))?", re.ASCII)
METADATA = frozenset(
    [
        "name",
        "namespace",
        "labels",
        "annotations",
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "finalizers",
        "ownerReferences",
        "managedFields",
    ]
)


def object_name(metadata: Field) -> str:
    """Return the name of an object."""
    field = metadata.get("name")
    name = field.text()
    if len(name) > _LONGEST_NAME or not _SUBDOMAIN.fullmatch(name):
        field.refuse(
            f"is '{shown(name)}' but not a lower-case DNS name",
            "use a-z, 0-9, - and . in at most 253 characters",
            "Kubernetes finds objects by such names",
        )
    return name


def network(field: Field, *, strict: bool) -> Net:
    """Return an address range; `strict` refuses bits beyond its mask, as Calico does."""
    text = field.text()
    try:
        found = ip_network(text, strict=False) if "%" not in text and ("/" in text or strict) else None
    except ValueError:
        found = None
    if found is None:
        field.refuse(
            f"is '{shown(text)}' but is not an address range",
            "write it as 10.0.0.0/8",
            "flows are matched by address",
        )
    if strict and ip_address(text.partition("/")[0]) != found.network_address:
        field.refuse(
            f"is '{shown(text)}' but has bits set beyond its mask",
            f"write {found}",
            "Calico refuses what it would have to guess",
        )
    return found


def networks(field: Field) -> tuple[Net, ...]:
    """Return a list of address ranges."""
    return tuple(network(item, strict=True) for item in field.items())


def port(field: Field) -> PortRange | str:
    """Return a port, a range `a:b`, or the name of a port."""
    value = field.value
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        field.refuse(
            f"is '{shown(value)}' but not a port", "write a number, a:b or a name", "packets have ports"
        )
    if found := _PORT_NUMBERS.fullmatch(value):
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last <= LAST_PORT:
            field.refuse(
                f"is '{shown(value)}' but ports run from 1 to {LAST_PORT}, the lower one first",
                "correct the numbers",
                "no other port exists",
            )
        return first, last
    if ":" in value or not _PORT_NAME.fullmatch(value):
        field.refuse(
            f"is '{shown(value)}' but neither a number, a range nor a name",
            "write 80, 8000:8010 or the name of a container port",
            "nothing else matches a port",
        )
    return value


def ports(field: Field) -> tuple[PortRange | str, ...]:
    """Return a list of ports."""
    return tuple(port(item) for item in field.items())


def protocol(field: Field) -> int | None:
    """Return the number of a protocol; None if the field is absent."""
    if not field.given:
        return None
    number = number_of(field.value)
    if number is None:
        field.refuse(
            f"is '{shown(field.value)}' but there is no such protocol",
            "write TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite or a number from 1 to 255",
            "the packet's header has no other",
        )
    return number
