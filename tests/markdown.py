"""Markdown as GitHub reads it, CommonMark with tables: what of a foreign text would work."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
_ACTIVE = ("html_inline", "html_block", "link_open", "image")


def foreign_outside_of_code(text: str, mark: str = "MARK") -> list[str]:
    """Return what stands outside of code and holds the mark, or is markup that works."""
    return [
        f"{token.type}: {token.content or token.attrs}"
        for token in _every(_MARKDOWN.parse(text))
        if token.type in _ACTIVE or (token.type == "text" and mark in token.content)
    ]


def _every(tokens: list[Token]) -> list[Token]:
    return [inner for token in tokens for inner in (token, *_every(token.children or []))]
