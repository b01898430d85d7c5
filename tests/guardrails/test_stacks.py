"""The project's own stacks keep to the guard rails, and every exemption is still needed by one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from guardrails.exemptions import EXEMPTIONS
from guardrails.judge import Verdict, judge
from guardrails.sources import from_state
from labs.enums import PolicySet
from tests.guardrails.pack_server import Pack
from tests.guardrails.recorded import STACKS, exported


def described(verdicts: list[Verdict]) -> list[str]:
    return [f"{verdict.rule.name}: {verdict.finding.message}" for verdict in verdicts]


@pytest.mark.parametrize("stack", STACKS)
class TestEveryStack:
    def test_breaks_no_guard_rail(self, stack: str, tmp_path: Path) -> None:
        resources = from_state(exported(stack, tmp_path))
        assert len(resources) > 10
        verdicts = judge(resources)
        assert described([verdict for verdict in verdicts if verdict.exempted is None]) == []

    def test_pack_lets_it_through(self, stack: str, tmp_path: Path, pack: Pack) -> None:
        assert pack.both(from_state(exported(stack, tmp_path))) == []


def test_stack_without_policies_is_stopped(tmp_path: Path) -> None:
    """A control: the rules look at these very states."""
    verdicts = judge(from_state(exported("byocni", tmp_path, policies=PolicySet.NONE)))
    broken = {(verdict.rule.name, verdict.finding.what) for verdict in verdicts if verdict.breaks}
    assert broken == {
        ("isolated-namespaces", "ingress"),
        ("isolated-namespaces", "egress"),
        ("load-balancer-with-source", "no-policy"),
    }


class TestExemptions:
    def test_each_says_why_and_who_ends_it(self) -> None:
        assert EXEMPTIONS
        for entry in EXEMPTIONS:
            assert entry.reason.endswith("."), entry
            assert entry.lifted_by, entry

    def test_each_is_needed_by_some_stack(self, tmp_path: Path) -> None:
        needed = {
            verdict.exempted
            for stack in STACKS
            for verdict in judge(from_state(exported(stack, tmp_path)))
            if verdict.exempted is not None
        }
        assert needed == set(EXEMPTIONS)

    def test_none_is_written_twice(self) -> None:
        assert len({(entry.rule, entry.what, entry.resource) for entry in EXEMPTIONS}) == len(EXEMPTIONS)
