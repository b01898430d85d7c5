"""Feeding a target: so many inputs from a seed, counted by outcome, each within a limit of its own time."""

from __future__ import annotations

import faulthandler
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from tests.fuzz.target import FindingError, Target

EDITS = 9
"""Every input that Hypothesis draws is judged, and then after each of so many random edits."""
_AFRESH = 0.6
"""How often an edit starts from what was drawn instead of from the edit before."""
MOST_SECONDS = 10.0
"""Processor time of the thread that one input may take; a loaded machine does not lengthen it."""
_STUCK_SECONDS = 600
"""After so long without an end the run prints where it is and stops."""
_AT_ONCE = 50_000
"""Inputs in one of Hypothesis' runs: it keeps what it has drawn in memory."""


@dataclass
class Run:
    """What became of the inputs."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    """Processor seconds of the slowest input."""

    @property
    def inputs(self) -> int:
        return self.outcomes.total()


def feed(target: Target, inputs: int, seed: int) -> Run:
    """Feed a target; a finding is raised as it is, with Hypothesis' smallest example noted on it.

    Raises:
        FindingError: an outcome that is neither an answer nor a clear refusal, or an input that takes too long.
    """
    done = Run()

    def judge(value: Any) -> None:
        began = time.thread_time()
        outcome = target.judge(value)
        spent = time.thread_time() - began
        done.slowest = max(done.slowest, spent)
        done.outcomes[outcome] += 1
        if done.inputs % 500 == 0:
            faulthandler.dump_traceback_later(_STUCK_SECONDS, exit=True)
        if spent > MOST_SECONDS:
            raise FindingError(f"took {spent:.1f} s of processor time")

    batch = 0
    try:
        while done.inputs < inputs:
            before = done.inputs
            _batch(target, min(inputs - before, _AT_ONCE), seed + batch, judge)
            if done.inputs == before:
                raise FindingError("no input could be made")
            batch += 1
    finally:
        faulthandler.cancel_dump_traceback_later()
    return done


def _batch(target: Target, inputs: int, seed: int, judge: Any) -> None:
    @seeded(seed)
    @settings(
        max_examples=-(-inputs // (EDITS + 1)),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
    )
    @given(target.inputs, st.integers(0, 2**32 - 1))
    def body(value: Any, number: int) -> None:
        chance = random.Random(number)
        judge(value)
        edited = value
        for _ in range(EDITS):
            edited = target.vary(value if chance.random() < _AFRESH else edited, chance)
            try:
                judge(edited)
            except Exception as error:
                error.add_note(f"after edits: {edited!r}")
                raise

    body()
