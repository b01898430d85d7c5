"""A changed value is one line, and a rule that comes or goes is one line wherever it stands."""

from __future__ import annotations

from typing import Any

import pytest

from guardrails.stack_resource import UNKNOWN, Secret
from preview.property_diff import diff_lines

A, B, C = {"action": "Allow"}, {"action": "Deny"}, {"action": "Log"}


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["~ a.b: 1 -> 2"]),
        ({}, {"a": "x"}, ['+ a: "x"']),
        ({"a": "x"}, {}, ['- a: "x"']),
        ({"a": 1}, {"a": "1"}, ['~ a: 1 -> "1"']),
        ({"r": [A, B]}, {"r": [C, A, B]}, ['+ r[0]: {"action": "Log"}']),
        ({"r": [A, B, C]}, {"r": [A, C]}, ['- r[1]: {"action": "Deny"}']),
        ({"r": [{"port": 1}, A]}, {"r": [{"port": 2}, A]}, ["~ r[0].port: 1 -> 2"]),
        ({"a": "x"}, {"a": UNKNOWN}, ['~ a: "x" -> "(known at the update)"']),
        ({"a": Secret("x")}, {"a": Secret("y")}, []),
        ({"a": Secret("x")}, {"a": "y"}, ['~ a: "[secret]" -> "y"']),
        ({"__defaults": []}, {}, []),
        ({"a": "b\nc"}, {"a": "d"}, ['~ a: "b\\nc" -> "d"']),
    ],
    ids=[
        "same",
        "nested value",
        "added",
        "removed",
        "other type",
        "rule in front",
        "rule gone",
        "rule changed in place",
        "not known yet",
        "two secrets",
        "no longer secret",
        "the engine's own",
        "more than one line",
    ],
)
def test_lines(old: Any, new: Any, lines: list[str]) -> None:
    assert list(diff_lines(old, new)) == lines
