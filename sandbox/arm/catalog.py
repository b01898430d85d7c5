"""What Azure offers: regions, Kubernetes versions, VM sizes.

Owns the lists and the questions about them. Short on purpose: what the labs can sensibly ask for, and enough
besides to tell a wrong value from a right one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

REGIONS = (
    "australiaeast",
    "brazilsouth",
    "canadacentral",
    "canadaeast",
    "centralindia",
    "centralus",
    "eastasia",
    "eastus",
    "eastus2",
    "francecentral",
    "germanywestcentral",
    "italynorth",
    "japaneast",
    "koreacentral",
    "northcentralus",
    "northeurope",
    "norwayeast",
    "polandcentral",
    "southafricanorth",
    "southcentralus",
    "southeastasia",
    "spaincentral",
    "swedencentral",
    "switzerlandnorth",
    "uaenorth",
    "uksouth",
    "ukwest",
    "westcentralus",
    "westeurope",
    "westus",
    "westus2",
    "westus3",
)

LATEST_PATCH = {"1.34": 4, "1.35": 3, "1.36": 2, "1.37": 0}
"""Minor -> newest patch. The minors are AKS's of 2026-11-22 (its calendar: 1.34 ends that month, 1.37 became
GA in October); the patch numbers are the sandbox's own, since nothing here depends on them."""


def normal_region(location: str) -> str:
    """Return `canadacentral` for `Canada Central`: Azure takes both and answers with the first."""
    return location.lower().replace(" ", "")


@dataclass(frozen=True, order=True)
class Version:
    """One Kubernetes version."""

    minor: int
    patch: int

    def __str__(self) -> str:
        return f"1.{self.minor}.{self.patch}"


def resolve_version(asked: str) -> Version | None:
    """Return the version for `1.36` (its newest patch) or `1.36.1`; None where AKS does not have it."""
    found = re.fullmatch(r"(1\.(\d+))(?:\.(\d+))?", asked)
    newest = LATEST_PATCH.get(found[1]) if found else None
    if found is None or newest is None:
        return None
    patch = int(found[3]) if found[3] else newest
    return Version(int(found[2]), patch) if patch <= newest else None


def parse_version(text: str) -> Version:
    """Return the version of a full `1.36.1`, whether AKS still has it or not."""
    _, minor, patch = text.split(".")
    return Version(int(minor), int(patch))


def default_version() -> Version:
    """Return what a cluster without a wish gets: the newest patch of the last minor but one, as AKS does."""
    minor = sorted(int(name.removeprefix("1.")) for name in LATEST_PATCH)[-2]
    return Version(minor, LATEST_PATCH[f"1.{minor}"])


def upgrades(current: Version) -> list[Version]:
    """Return what `current` may become: newer patches, and the next minor."""
    return [
        Version(minor, patch)
        for minor in (current.minor, current.minor + 1)
        for patch in range(LATEST_PATCH.get(f"1.{minor}", -1) + 1)
        if Version(minor, patch) > current
    ]


@dataclass(frozen=True)
class VmSize:
    """One VM size."""

    name: str
    cores: int
    memory_gib: float
    system: bool = True
    """False for the B series, which system pools are refused with."""


_FAMILIES = {
    # family pattern -> GiB a core; cores of the family
    "D{}s_v3": (4, (2, 4, 8, 16, 32)),
    "D{}s_v4": (4, (2, 4, 8, 16, 32)),
    "D{}as_v4": (4, (2, 4, 8, 16, 32)),
    "D{}s_v5": (4, (2, 4, 8, 16, 32)),
    "D{}as_v5": (4, (2, 4, 8, 16, 32)),
    "D{}ds_v5": (4, (2, 4, 8, 16, 32)),
    "D{}s_v6": (4, (2, 4, 8, 16, 32)),
    "D{}as_v6": (4, (2, 4, 8, 16, 32)),
    "D{}ds_v6": (4, (2, 4, 8, 16, 32)),
    "E{}s_v5": (8, (2, 4, 8, 16, 32)),
    "E{}as_v5": (8, (2, 4, 8, 16, 32)),
    "F{}s_v2": (2, (2, 4, 8, 16, 32)),
}
_SINGLE = (
    VmSize("Standard_DS1_v2", 1, 3.5),
    VmSize("Standard_D1_v2", 1, 3.5),
    VmSize("Standard_DS2_v2", 2, 7),
    VmSize("Standard_DS3_v2", 4, 14),
    VmSize("Standard_A1_v2", 1, 2),
    # Refused in practice: `Standard_B2s is not allowed in your subscription in location 'eastus'`
    # (https://github.com/microsoft/aspire/issues/16283, 2026-04), and not supported for system pools by the
    # AKS docs. B-series system pools were accepted in 2024
    # (https://github.com/MicrosoftDocs/azure-docs/issues/121181); the sandbox keeps to the strict side.
    VmSize("Standard_B1ms", 1, 2, system=False),
    VmSize("Standard_B2s", 2, 4, system=False),
    VmSize("Standard_B2ms", 2, 8, system=False),
    VmSize("Standard_B4ms", 4, 16, system=False),
    VmSize("Standard_B2s_v2", 2, 8, system=False),
    VmSize("Standard_B4s_v2", 4, 16, system=False),
)
VM_SIZES = {
    size.name.lower(): size
    for size in (
        *_SINGLE,
        *(
            VmSize(f"Standard_{pattern.format(cores)}", cores, cores * memory)
            for pattern, (memory, all_cores) in _FAMILIES.items()
            for cores in all_cores
        ),
    )
}


def allowed_sizes() -> str:
    """Return the names as Azure lists them in its refusal."""
    return ",".join(sorted(name for name, size in VM_SIZES.items() if size.system))
