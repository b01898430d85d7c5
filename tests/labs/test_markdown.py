"""Text from elsewhere in Markdown: one cell of code, whole, whatever it holds."""

from __future__ import annotations

import pytest

from labs.markdown import cell
from tests.markdown import foreign_outside_of_code

HOSTILE = [
    "MARK [x](https://example.com)",
    "MARK ![x](https://example.com/x.png)",
    "MARK @everybody #1 https://example.com",
    "MARK ` `` ```",
    "`MARK",
    "MARK | MARK | MARK",
    "MARK\\",
    "MARK\\| MARK",
    "MARK\n\n# MARK",
    "MARK <script>&lt; *MARK* _MARK_ ~MARK~",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_holds_code_alone(text: str) -> None:
    assert foreign_outside_of_code(f"| a | b |\n|---|---|\n| {cell(text)} | b |\n") == []
    assert foreign_outside_of_code(f"### {cell(text)}\n") == []


def test_a_cell_holds_the_whole_text_and_nothing_holds_nothing() -> None:
    assert cell("x" * 500) == f"`{'x' * 500}`"
    assert (cell(""), cell(" \n")) == ("", "")
