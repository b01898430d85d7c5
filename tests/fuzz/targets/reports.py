"""What a pull request can write into its report: it can be read, and nothing in it works.

The report is read as GitHub reads it (CommonMark with tables): whatever is foreign may stand in code only.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from preview.changes import Change, Operation
from preview.rails import Rails
from preview.report import StackReport, render
from preview.traffic import Traffic
from tests.fuzz.junk import WORDS, anything, edit_text, words
from tests.fuzz.target import ACCEPTED, FindingError, Target

_MARK = "MARK"
"""In every foreign text, so that it is found wherever it comes out."""
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
_ACTIVE = {"html_inline", "html_block", "link_open", "image"}
_LONGEST_COMMENT = 60_000

_texts = st.lists(words | anything | st.just("\n"), max_size=5).map(lambda parts: _MARK + "".join(parts))
_lines = st.lists(_texts, max_size=3).map(tuple)
_changes = st.builds(
    Change,
    st.sampled_from(Operation),
    _texts,
    _texts,
    _lines,
    st.lists(_texts.map(lambda t: f"~ {t}"), max_size=3).map(tuple),
)


@st.composite
def _inputs(draw: st.DrawFn) -> StackReport:
    return StackReport(
        stack=draw(_texts),
        changes=tuple(draw(st.lists(_changes, max_size=2))),
        traffic=Traffic(lines=draw(_lines), lint=draw(_lines), problem=draw(st.just("") | _texts)),
        rails=Rails(broken=draw(_lines), mended=draw(_lines), undecided=draw(_lines)),
        note=draw(st.sampled_from(["", "new", "removed"])),
        base_errors=draw(_lines),
        head_errors=draw(_lines),
    )


def _judge(report: Any) -> str:
    text = render("base", "head", [report], replacing_allowed=False)
    for token in _tokens(_MARKDOWN.parse(text)):
        if token.type in _ACTIVE:
            raise FindingError(f"{token.type} in the report: {token.content or token.attrs!r}\n{text}")
        if token.type == "text" and _MARK in token.content:
            raise FindingError(f"foreign text outside of code: {token.content!r}\n{text}")
        if token.type == "fence" and token.info not in ("text", "diff"):
            raise FindingError(f"a block in the language {token.info!r}\n{text}")
    return ACCEPTED


def _tokens(tokens: list[Token]) -> list[Token]:
    return [inner for token in tokens for inner in (token, *_tokens(token.children or []))]


def _vary(report: Any, chance: random.Random) -> StackReport:
    def text() -> str:
        return _MARK + edit_text(chance.choice(WORDS), chance)

    lines = (text(), text() + "\n" + text())
    found: StackReport = chance.choice(
        (
            replace(report, stack=text()),
            replace(report, head_errors=lines, note=""),
            replace(report, traffic=Traffic(lines=lines, lint=lines)),
            replace(report, rails=Rails(broken=lines)),
            replace(report, changes=(Change(Operation.UPDATE, text(), text(), lines, (f"~ {text()}",)),)),
        )
    )
    return found


TARGET = Target(
    "reports", "names, values and messages in the report of a pull request", _inputs(), _judge, _vary
)
