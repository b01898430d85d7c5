"""Stack configuration: raw text of a stack's keys, through reading and rules to everything that is rendered."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st

from labs import keys, names
from labs.enums import Lab
from labs.next_steps import next_steps
from labs.reading import settings_from
from tests.fuzz.junk import anything, edit_text, words
from tests.fuzz.target import ACCEPTED, REFUSED, Target
from tests.labs.test_properties import configurations, outcome_of_text

_KEYS = [key.full_name for key in keys.KEYS]


@st.composite
def _inputs(draw: st.DrawFn) -> tuple[dict[str, str], str]:
    raw = draw(configurations())
    if draw(st.booleans()):
        raw[draw(st.sampled_from(_KEYS) | words)] = draw(words | anything)
    return raw, draw(st.sampled_from([*map(str, Lab), "dev"]) | words)


def _judge(value: Any) -> str:
    raw, stack = value
    if outcome_of_text(raw, stack) != "passed":
        return REFUSED
    chosen = settings_from(raw, stack)
    assert names.resource_group_name(chosen)
    assert all(step.isprintable() for step in next_steps(chosen) if stack.isprintable())
    return ACCEPTED


def _vary(value: Any, chance: random.Random) -> Any:
    raw, stack = value
    changed = {name: edit_text(text, chance) if chance.random() < 0.3 else text for name, text in raw.items()}
    if chance.random() < 0.3:
        changed[chance.choice(_KEYS)] = edit_text(
            chance.choice(("1.36", "3", "10.0.0.0/16", "Enabled", "{}")), chance
        )
    if len(changed) > 1 and chance.random() < 0.3:
        del changed[chance.choice(sorted(changed))]
    return changed, stack


TARGET = Target("settings", "stack configuration, as the engine hands it over", _inputs(), _judge, _vary)
