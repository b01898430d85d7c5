"""Checks that send packets, from pods that stand in the place of the application's tiers.

May live here: what a packet met, under its own name (`outcome`), and who should reach whom, which `reach` derives from
the policy files. May not: an expectation of its own, or any belief in a deny without a control beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.check import Check
from checks.lab import Lab
from checks.traffic import baseline, client_address, page, reachability, wireguard_bytes

ONE_EACH: tuple[Check, ...] = (
    page.CHECK,
    client_address.CHECK,
    wireguard_bytes.CHECK,
    baseline.BEFORE,
    baseline.AFTER,
)


def checks(lab: Lab) -> Sequence[Check]:
    """Return all traffic checks for a lab, whether they apply or not."""
    return [*reachability.checks(lab), *ONE_EACH]
