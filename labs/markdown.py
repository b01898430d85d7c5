"""Text from elsewhere inside Markdown, so that it can only be read.

Everything that files, a cluster or a pull request bring (names, values, messages) goes into code: there no link, no
mention, no picture and no markup works, and the fence is longer than any that the text has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONGEST_LINE = 400


def visible(text: str) -> str:
    """Return one line without control characters or characters that reorder what is read."""
    kept = _printable(text)
    return kept if len(kept) <= _LONGEST_LINE else f"{kept[:_LONGEST_LINE]} ... ({len(kept)} characters)"


def code(text: str) -> str:
    """Return the text as inline code, which is safe in a table too."""
    return _in_ticks(visible(text))


def cell(text: str) -> str:
    """Return the whole text as inline code, on one line; nothing for nothing, as two ticks alone would be no code."""
    return _in_ticks(_printable(" ".join(text.split()))) if text.strip() else ""


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _in_ticks(text: str) -> str:
    shown = text.replace("|", "\\|")
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def block(lines: Iterable[str], language: str = "text") -> list[str]:
    """Return the lines as a code block."""
    shown = [visible(part) for line in lines for part in line.split("\n")]
    fence = "`" * max(3, max((_longest_run(line) for line in shown), default=0) + 1)
    return [f"{fence}{language}", *shown, fence]


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
