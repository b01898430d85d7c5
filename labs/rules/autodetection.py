"""The rule about how Calico finds a node's address: exactly one method, in Calico's spelling."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING

from labs.errors import Violation, shown
from labs.rules.networking import network
from labs.rules.wording import OPERATOR, refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings

_FIELD = "node_address_autodetection_v4"
_REMEDY = "set it to {kubernetes: NodeInternalIP}"
_DOMAIN = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_destination(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return ip_address(value).version == 4
    except ValueError:
        # Digits and dots alone are a mistyped address; no top-level domain is a number.
        return bool(_DOMAIN.fullmatch(value)) and not value.rpartition(".")[2].isdigit()


def _is_ranges(value: object) -> bool:
    # Calico lets a range be written with an address inside it, so bits behind the prefix are no mistake here.
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(cidr, str) and network(cidr, strict=False) is not None for cidr in value)
    )


METHODS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "kubernetes": (lambda value: value == "NodeInternalIP", "NodeInternalIP"),
    "canReach": (_is_destination, "an IPv4 address or a domain"),
    "firstFound": (lambda value: value is True, "true"),
    "interface": (_is_text, "a regular expression of interface names"),
    "skipInterface": (_is_text, "a regular expression of interface names"),
    "cidrs": (_is_ranges, "a list of IPv4 ranges"),
}
"""Calico's methods: a test of the argument, and what it should be.

Source: installation_types.go, 2026-08-21.
"""


def node_address_autodetection(settings: LabSettings) -> Iterator[Violation]:
    """Yield what is wrong with the method, if anything is."""
    chosen = settings.node_address_autodetection_v4
    unknown = [method for method in chosen if method not in METHODS]
    for method in unknown:
        lowered = {known.lower(): known for known in METHODS}
        close = difflib.get_close_matches(method.lower(), list(lowered), n=1)
        yield refusal(
            settings,
            _FIELD,
            f"'{shown(method)}' is not one of Calico's methods",
            f"did you mean {lowered[close[0]]}" if close else _REMEDY,
            "the API server refuses or drops the field, and Calico would take the first address it finds",
            OPERATOR,
        )
    if unknown:
        return
    if len(chosen) != 1:
        yield refusal(
            settings,
            _FIELD,
            f"it names {len(chosen)} methods" if chosen else "it names no method",
            _REMEDY,
            "Calico takes exactly one for each address family",
            OPERATOR,
        )
        return
    ((method, argument),) = chosen.items()
    fits, description = METHODS[method]
    if not fits(argument):
        yield refusal(
            settings,
            _FIELD,
            f"{method} takes {description}",
            _REMEDY,
            "no node would find its address",
            OPERATOR,
        )
