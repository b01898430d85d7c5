"""A little of every target in every run of the unit tests, and proof that the harness sees what it should."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import strategies as st

from tests.fuzz import __main__ as command
from tests.fuzz.all_targets import TARGETS
from tests.fuzz.run import feed
from tests.fuzz.target import ACCEPTED, REFUSED, FindingError, Target, outcome, told_well
from tests.preview.comment_runner import NODE

INPUTS = 300
SEED = 1
ALWAYS_ACCEPTED = ("comments", "reports")
"""Whatever stands in a report is shown; nothing is refused."""


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_bad_input_ends_in_an_answer_or_one_clear_refusal(name: str) -> None:
    if name == "comments" and NODE is None:
        pytest.skip("Node is not installed, and it runs the script that posts comments; CI has it")
    done = feed(TARGETS[name], INPUTS, SEED)
    assert done.inputs >= INPUTS
    # A target that only ever sees one outcome proves nothing about the other.
    assert set(done.outcomes) == ({ACCEPTED} if name in ALWAYS_ACCEPTED else {ACCEPTED, REFUSED})


def test_a_target_whose_program_is_missing_is_neither_a_finding_nor_a_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "NODE", None)
    done = CliRunner().invoke(command.main, ["--inputs", "1"])
    assert done.exit_code == 3
    assert done.output.startswith("comments cannot run: there is no node on the PATH; install Node.js")
    assert done.output.count("\n") == 1


class TestHarness:
    """What it must notice."""

    def target(self, judge: Callable[[Any], str], vary: Callable[[Any, random.Random], Any]) -> Target:
        return Target("demo", "numbers", st.integers(0, 5), judge, vary)

    def test_exception_of_a_reader_is_a_finding(self) -> None:
        def reader(value: int) -> str:
            return outcome(lambda: 1 // (value - 3), ValueError)

        with pytest.raises(ZeroDivisionError):
            feed(self.target(reader, lambda value, _: value), 200, SEED)

    def test_exception_after_an_edit_names_the_edited_input(self) -> None:
        def reader(value: int) -> str:
            return outcome(lambda: 1 // (value - 7), ValueError)

        with pytest.raises(ZeroDivisionError) as caught:
            feed(self.target(reader, lambda value, _: 7), 200, SEED)
        assert "after edits: 7" in caught.value.__notes__

    def test_edits_are_counted_and_the_same_seed_gives_the_same_inputs(self) -> None:
        seen: list[list[int]] = [[], []]
        for given in seen:

            def note(value: int, given: list[int] = given) -> str:
                given.append(value)
                return ACCEPTED

            target = self.target(note, lambda value, chance: value + chance.randint(1, 9))
            assert feed(target, 100, SEED).inputs == len(given) >= 100
        assert seen[0] == seen[1]

    @pytest.mark.parametrize(
        ("message", "problem"),
        [
            pytest.param("", "names no remedy", id="empty"),
            pytest.param("it is wrong", "names no remedy", id="no remedy"),
            pytest.param("\x1b[31m is wrong; mend it", "unprintable", id="terminal"),
            pytest.param("x" * 2000 + "; mend it", "a line of 2009 characters", id="long"),
        ],
    )
    def test_unclear_refusal_is_a_finding(self, message: str, problem: str) -> None:
        with pytest.raises(FindingError, match=problem):
            told_well(message)
