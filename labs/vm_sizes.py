"""Reading Azure's VM size names: how many vCPUs, and whether the size is burstable.

The name is all that there is before a cluster exists; memory is not in it, so only what the name says is
judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIZE = re.compile(
    r"Standard_(?P<family>[A-Z]{1,4})(?P<number>[0-9]{1,3})(?:-(?P<constrained>[0-9]{1,3}))?[a-z]{0,6}"
    r"(?:_[A-Z][A-Za-z0-9]{0,9})*(?:_v(?P<version>[0-9]{1,2}))?(?:_Promo)?",
    re.ASCII,
)

_OLD_NUMBERS = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 11: 2, 12: 4, 13: 8, 14: 16, 15: 20}
"""vCPUs of the D and DS sizes of the first two versions, whose number is only a rank.

Unverified: check the Azure docs, previous generation sizes.
"""


@dataclass(frozen=True)
class VmSize:
    """What a size's name says."""

    family: str
    vcpus: int

    @property
    def burstable(self) -> bool:
        """Whether the size belongs to the B-series."""
        return self.family == "B"


def parse(name: str) -> VmSize | None:
    """Return what the name of a size says; None if it is not such a name."""
    match = _SIZE.fullmatch(name)
    if match is None:
        return None
    number = int(match["constrained"] or match["number"])
    if match["family"] in ("D", "DS") and match["version"] in (None, "2"):
        number = _OLD_NUMBERS.get(number, number)
    return VmSize(match["family"], number)
