"""What a change does to traffic, as a reviewer sees it: the worst first, by sign and in a few words."""

from __future__ import annotations

from pathlib import Path

import pytest

from preview.traffic import compare
from tests.reach.project import DENY, make_project, policy

OPEN = policy("{types: [Ingress], ingress: [{action: Allow, protocol: TCP}]}")
NO_EGRESS = policy("{types: [Egress]}", name="q")


def told(tmp_path: Path, base: tuple[str, ...], head: tuple[str, ...]) -> tuple[str, list[str]]:
    """Return the summary and the lines without the reasons below them."""
    found = compare(make_project(tmp_path / "base", *base), make_project(tmp_path / "head", *head), "byocni")
    assert found.problem == ""
    return found.summary, [line for line in found.lines if not line.startswith("      ")]


def test_what_opens_to_the_outside_comes_first(tmp_path: Path) -> None:
    summary, lines = told(tmp_path, (DENY,), (DENY, OPEN))
    assert lines[:3] == [
        "! LoadBalancer shop/front port 80/TCP -> shop/web port 8080: open (was: closed)",
        "@@ newly reachable from outside @@",
        "! outside -> shop/db: opens TCP",
    ]
    assert "+ shop/db -> shop/web: opens TCP" in lines
    assert summary.startswith("1 way in from outside opened, 2 newly reachable from outside, ")


def test_what_closes_is_a_minus_and_lost_names_are_urgent(tmp_path: Path) -> None:
    summary, lines = told(tmp_path, (OPEN,), (OPEN, NO_EGRESS))
    assert lines[:2] == ["@@ lost DNS @@", "! shop/db -> kube-system/coredns: closes everything"]
    assert "- shop/db -> shop/web: closes TCP" in lines
    assert summary.startswith("2 lost DNS, ")


@pytest.mark.parametrize("policies", [(DENY,), (OPEN,)], ids=["closed", "open"])
def test_nothing_changed_is_no_line(tmp_path: Path, policies: tuple[str, ...]) -> None:
    assert told(tmp_path, policies, policies) == ("", [])
