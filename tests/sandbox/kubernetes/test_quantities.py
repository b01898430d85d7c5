"""Quantities are the same if their amounts are."""

from __future__ import annotations

import pytest

from sandbox.plugins.kubernetes.quantities import same


@pytest.mark.parametrize(
    ("one", "other"),
    [("0.1", "100m"), (1, "1"), ("1Gi", "1024Mi"), ("1e3", "1k"), ("0.5Gi", "512Mi"), ("1500m", "1.5")],
)
def test_equal_amounts_are_the_same(one: object, other: object) -> None:
    assert same(one, other)


@pytest.mark.parametrize(("one", "other"), [("1G", "1Gi"), ("100m", "100"), ("a", "a"), (True, 1), ("", "0")])
def test_other_amounts_and_what_is_no_quantity_are_not(one: object, other: object) -> None:
    assert not same(one, other)
