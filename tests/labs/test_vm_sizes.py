"""What can be read from the name of a VM size, across Azure's naming schemes."""

from __future__ import annotations

import pytest

from labs.vm_sizes import VmSize, parse


@pytest.mark.parametrize(
    ("name", "family", "vcpus"),
    [
        ("Standard_D4s_v5", "D", 4),
        ("Standard_B2s", "B", 2),
        ("Standard_B4pls_v2", "B", 4),
        ("Standard_DS2_v2", "DS", 2),
        ("Standard_DS3_v2", "DS", 4),
        ("Standard_DS4_v2_Promo", "DS", 8),
        ("Standard_D14_v2", "D", 16),
        ("Standard_D4_v3", "D", 4),
        ("Standard_E8-4s_v5", "E", 4),
        ("Standard_F16s_v2", "F", 16),
        ("Standard_NC24ads_A100_v4", "NC", 24),
        ("Standard_M416ms_v2", "M", 416),
        ("Standard_A4m_v2", "A", 4),
    ],
)
def test_a_size_says_its_family_and_its_vcpus(name: str, family: str, vcpus: int) -> None:
    assert parse(name) == VmSize(family, vcpus)


@pytest.mark.parametrize(
    "name", ["", "D4s_v5", "Standard_", "Standard_D", "Standard_d4s_v5", "Standard_D4s_v5 ", "Basic_A1"]
)
def test_what_is_no_size_is_not_read_as_one(name: str) -> None:
    assert parse(name) is None


@pytest.mark.parametrize(("name", "burstable"), [("Standard_B2ms", True), ("Standard_D4s_v5", False)])
def test_only_the_b_series_is_burstable(name: str, burstable: bool) -> None:
    size = parse(name)
    assert size is not None
    assert size.burstable is burstable
