"""Any text as the report of a pull request: the comment that is posted shows it, and nothing in it works.

The comment is read as GitHub reads it; what GitHub adds to CommonMark (mentions, references, bare addresses, diagrams)
is looked for by its own patterns. Needs Node.
"""

from __future__ import annotations

import random
import re
from typing import Any

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.fuzz.junk import anything, edit_text, words
from tests.fuzz.target import ACCEPTED, FindingError, Target
from tests.preview.comment_runner import MARKER, comment

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
_ACTIVE = {"html_inline", "html_block", "link_open", "image"}
_GITHUB = re.compile(
    r"@[a-z0-9]|#\d|\bgh-\d|[a-z]://|\bwww\.|[\u202a-\u202e\u2066-\u2069]|&(?:#\d+|#x[0-9a-f]+|[a-z]+);",
    re.I | re.A,
)
_LONGEST = 65_536
_TOKENS = (
    *(
        "<img src=x>",
        "<a href='javascript:x'>",
        "[x](y)",
        "[x][y]",
        "[y]: z",
        "![x](y)",
        "![x][y]",
        "<http://x.y>",
    ),
    *(
        "```mermaid\n",
        "~~~geojson\n",
        "```\n",
        "> ```stl\n",
        "    ",
        "|a|\n|---|\n",
        "&#64;team",
        "&commat;team",
    ),
    *(
        "owner/repo#1",
        "GH-1",
        "www.example.org",
        "HTTPS://x",
        "mailto:a@b.c",
        MARKER,
        "\\[x](y)",
        "[x]\n(y)",
        "&lt;",
    ),
)
_texts = st.lists(
    words | anything | st.sampled_from([*_TOKENS, "\n", "\n\n", "- ", "> ", "# "]), max_size=12
).map("".join)


def _vary(text: Any, chance: random.Random) -> str:
    return edit_text(text, chance, _TOKENS)


def _judge(text: Any) -> str:
    body = comment(text.encode("utf-8", "replace").decode())
    if len(body) > _LONGEST or body.count(MARKER) != 1:
        raise FindingError(f"a comment of {len(body)} characters with {body.count(MARKER)} markers")
    shown = body.removeprefix(MARKER)
    for token in _tokens(_MARKDOWN.parse(shown)):
        if token.type in _ACTIVE:
            raise FindingError(f"{token.type}: {token.content or token.attrs!r}\n{shown!r}")
        if (
            token.type == "fence"
            and token.info.strip(" \t\ufeff").lower() not in ("", "text", "diff")
            and "\u200b" not in token.info
        ):
            raise FindingError(f"a block in the language {token.info!r}\n{shown!r}")
        if token.type == "text" and (found := _GITHUB.search(token.content)):
            raise FindingError(f"GitHub would act on {found[0]!r}\n{shown!r}")
    return ACCEPTED


def _tokens(tokens: list[Token]) -> list[Token]:
    return [inner for token in tokens for inner in (token, *_tokens(token.children or []))]


TARGET = Target("comments", "any text as a report, through the script that posts it", _texts, _judge, _vary)
