"""Address ranges: every setting that takes one, and every field of a policy that does."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from labs.errors import LabError
from labs.reading import defaults
from labs.rules import check
from reach.document import Document
from reach.fields import Field
from reach.kinds.values import network
from tests.fuzz.junk import anything, edit_text, edited
from tests.fuzz.target import ACCEPTED, REFUSED, FindingError, Target, outcome

SAMPLES = (
    "10.0.0.0/16",
    "10.244.0.0/16",
    "172.30.0.0/15",
    "0.0.0.0/0",
    "fd00:10::/64",
    "::ffff:10.0.0.0/104",
)
_FIELDS = ("pod_cidr", "service_cidr", "vnet_cidr", "subnet_cidr", "dns_service_ip")
_LAB = defaults("byocni")
_numbers = st.integers(-1, 300)
_made = st.builds("{}.{}.{}.{}/{}".format, _numbers, _numbers, _numbers, _numbers, st.integers(-1, 40))


def _judge(text: Any) -> str:
    results = []
    for field in _FIELDS:
        results.append(outcome(lambda field=field: check(replace(_LAB, **{field: text})), LabError))
    detection = replace(_LAB, node_address_autodetection_v4={"cidrs": [text]})
    results.append(outcome(lambda: check(detection), LabError))
    field = Field(Document("fuzz", 1, {}), ("spec", "nets"), text)
    for strict in (True, False):
        found = outcome(lambda strict=strict: network(field, strict=strict), LabError)
        results.append(found)
        if found == ACCEPTED and strict:
            _same(text)
    return ACCEPTED if ACCEPTED in results else REFUSED


def _same(text: str) -> None:
    """Check that what a policy's range was read as is what Python's own reader sees."""
    if ipaddress.ip_network(text, strict=False) != network(
        Field(Document("f", 1, {}), (), text), strict=True
    ):
        raise FindingError(f"{text!r} is read as another range than it is")


TARGET = Target(
    "cidrs", "address ranges in settings and policies", edited(SAMPLES) | _made | anything, _judge, edit_text
)
