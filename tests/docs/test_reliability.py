"""docs/reliability.md tells of every fault and every upgrade that is tried, and of nothing else."""

from __future__ import annotations

import re

from sandbox.arm.faults import MOMENTS, Kind
from sandbox.home import PROJECT
from tests.faults.azure_cases import CASES, LOST_FOR_GOOD
from tests.faults.test_upgrades import STEPS

TEXT = (PROJECT / "docs" / "reliability.md").read_text(encoding="utf-8")


def section(name: str) -> list[str]:
    """Return the rows of the table between a section's marks, without its head."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end of {name} -->", TEXT, re.S)
    assert found, name
    return [line for line in found[1].splitlines() if line.startswith("|")][2:]


def test_every_fault_has_its_line_with_what_the_user_sees() -> None:
    rows = section("faults")
    assert len(rows) == len(CASES) + 1  # and the answer that never comes
    for case in CASES:
        if case.seen:
            assert any(case.seen in row for row in rows), case.id
    assert any(LOST_FOR_GOOD in row for row in rows)
    assert sum("nothing seen" in row for row in rows) == sum(not case.seen for case in CASES)
    assert {case.kind for case in CASES} == set(Kind)


def test_every_upgrade_has_its_line_with_what_changes() -> None:
    rows = section("upgrade")
    for step in STEPS:
        (row,) = [row for row in rows if row.startswith(f"| {step.id} |")]
        for resource, properties in step.properties.items():
            assert f"`{resource}`" in row
            assert all(f"`{name}`" in row for name in properties)


def test_moments_and_commands_of_the_introduction_exist() -> None:
    moments = set(re.findall(r"`([a-z]+-(?:create|delete|read|update))`", TEXT))
    assert moments
    assert moments <= set(MOMENTS)
