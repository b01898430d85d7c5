"""Calico's selector language: what parses can be judged, and is written as a text that parses to the same."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st

from reach.errors import SelectorError
from reach.selectors import parse
from tests.fuzz.junk import anything, edit_text, edited
from tests.fuzz.target import ACCEPTED, LONGEST_LINE, REFUSED, FindingError, Target

SAMPLES = (
    "all()",
    "global()",
    "app == 'customer'",
    'a != "b" && has(c) || !has( d )',
    "tier in {'x', \"y\"} && (role not in { 'z' } || !(a contains 'b'))",
    "kubernetes.io/metadata.name starts with 'yao' && x ends with \"-org\"",
    "!!!(a == 'b') && in in {'in'} || has == 'has'",
)
_TOKENS = (
    "==",
    "!=",
    "&&",
    "||",
    "!",
    "(",
    ")",
    "has(",
    "all()",
    "in",
    "not in",
    "{",
    "}",
    "'",
    '"',
    "contains",
)
_LABELS: tuple[dict[str, str], ...] = ({}, {"app": "customer", "a": "b", "in": "in"}, {"tier": "x", "c": ""})


def _judge(text: Any) -> str:
    try:
        tree = parse(text)
    except SelectorError as error:
        if not str(error).isprintable() or len(str(error)) > LONGEST_LINE:
            raise FindingError(f"the refusal cannot be read: {str(error)!r}") from error
        return REFUSED
    again = parse(str(tree))
    for labels in _LABELS:
        if tree.matches(labels) != again.matches(labels):
            raise FindingError(f"{text!r} and its own text {str(tree)!r} judge {labels} differently")
    return ACCEPTED


_words = st.lists(st.sampled_from([*_TOKENS, " ", "a", "'b'", "\t", "\n"]) | anything, max_size=14).map(
    " ".join
)


def _vary(text: Any, chance: random.Random) -> str:
    return edit_text(text, chance, _TOKENS)


TARGET = Target("selectors", "selectors", edited(SAMPLES, _TOKENS) | _words, _judge, _vary)
