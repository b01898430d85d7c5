"""Ingredients: hostile words, texts made of good ones by edits, and values with one thing in them replaced."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

WORDS: tuple[str, ...] = (
    *(
        "",
        " ",
        "\n",
        "\r\n",
        "\t",
        "\0",
        "\x1b[31m",
        "\x7f",
        "\u200b",
        "\u202e",
        "\ufeff",
        "\ud800",
        "é" * 300,
    ),
    *(
        "$(touch ran)",
        "`touch ran`",
        "; touch ran;",
        "| touch ran",
        "&& touch ran",
        "'",
        '"',
        "\\",
        "${IFS}",
        "%s",
    ),
    *(
        "..",
        "../..",
        "/",
        "//",
        "/etc/passwd",
        "/dev/zero",
        "~",
        "~nobody-here",
        "C:\\",
        ".git/config",
        "a/../b",
    ),
    *("-", "--", "-x", "--help", "--output=ran", "-oProxyCommand=touch ran", "@file", "*", "?", "[a-z]"),
    *(
        "null",
        "true",
        "no",
        "~",
        "0",
        "-1",
        "1.5",
        "1e999",
        ".nan",
        ".inf",
        "0x1F",
        "0o17",
        "010",
        "1_000",
        "1:30",
    ),
    *("9" * 30, "9" * 5000, "2026-11-27", "2026-13-45", "2026-11-27T25:61:00Z", "=", "<<", "<<: *a"),
    *("&a", "*a", "!!python/object/apply:os.system", "!!binary", "!!set", "!!timestamp", "!x", "%YAML 9.9"),
    *("!!int ", "!!float ", "!!bool ", "!!timestamp ", "!!str ", "!!null ", '!!int ""', "!!str {}: "),
    *(
        "---",
        "...",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "- ",
        "? ",
        "|",
        ">",
        "#",
        "{a: b",
        "[[[[[[[[",
        "\u2028",
        "\x85",
    ),
    *(
        "10.0.0.1/8",
        "10.0.0.0/33",
        "0.0.0.0/0",
        "::/0",
        "fe80::1%eth0",
        "::ffff:10.0.0.1",
        "010.0.0.1",
        "\uff11\uff10.0.0.0/8",
    ),
    *(
        "@team",
        "#1",
        "<script>",
        "<!--",
        "-->",
        "![x](y)",
        "[x](javascript:y)",
        "```",
        "~~~",
        "http://127.0.0.1:9",
    ),
)

_LONGEST = 100_000
"""Edits that repeat must not grow an input without end."""
_SCALARS: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    10**30,
    1.5,
    float("nan"),
    [],
    {},
    [None],
    {"": ""},
    *WORDS,
)

words = st.sampled_from(WORDS)
anything = st.text(st.characters(exclude_categories=[]), max_size=30)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words | anything
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | anything, inner, max_size=3),
    max_leaves=6,
)
"""Anything that JSON or YAML can hold."""


@st.composite
def edited(draw: st.DrawFn, samples: Sequence[str], tokens: Sequence[str] = ()) -> str:
    """A good text after a few edits: something put in, taken out, repeated, moved or replaced."""
    text = draw(st.sampled_from(samples))
    inserted = st.sampled_from([*tokens, *WORDS]) if tokens else words
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        how = draw(st.integers(0, 5))
        if how <= 2:
            text = text[:start] + draw(inserted) + text[start if how < 2 else end :]
        elif how == 3:
            text = text[:start] + text[end:]
        elif how == 4:
            text = text[:end] + text[start:end] * draw(st.integers(1, 3)) + text[end:]
        else:
            text = text[:start] + draw(anything) + text[end:]
    return text


def edit_text(text: str, chance: random.Random, tokens: Sequence[str] = ()) -> str:
    """Return a text after one random edit; the quick sibling of `edited`."""
    start = chance.randint(0, len(text))
    end = min(len(text), start + chance.randint(0, 20))
    how = chance.randint(0, 5)
    if how <= 2:
        word = chance.choice(tokens if tokens and how else WORDS)
        return text[:start] + word + text[start if how < 2 else end :]
    if how == 3:
        return text[:start] + text[end:]
    if how == 4:
        return (text[:end] + text[start:end] + text[end:])[:_LONGEST]
    return text[:start] + chr(chance.randint(0, 0x24FF)) + text[end:]


def edit_value(value: Any, chance: random.Random) -> Any:
    """Return a value with one random thing in it replaced, removed or renamed; the quick sibling of `damaged`."""
    found = places(value)
    if not found:
        return {chance.choice(WORDS): chance.choice(_SCALARS)}
    value = copy.deepcopy(value)
    *path, last = chance.choice(found)
    inner = value
    for key in path:
        inner = inner[key]
    how = chance.randint(0, 4)
    if how <= 2 and isinstance(inner[last], str):
        inner[last] = edit_text(inner[last], chance)
    elif how <= 2:
        inner[last] = chance.choice(_SCALARS)
    elif how == 3:
        del inner[last]
    elif isinstance(inner, dict):
        inner[chance.choice(WORDS)] = inner.pop(last)
    else:
        inner.append(chance.choice(_SCALARS))
    return value


def edit_bytes(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with one of them changed, or a piece taken out or repeated."""
    if not data:
        return bytes([chance.randint(0, 255)])
    start = chance.randint(0, len(data) - 1)
    end = min(len(data), start + chance.randint(1, 600))
    how = chance.randint(0, 3)
    if how <= 1:
        return data[:start] + bytes([chance.randint(0, 255)]) + data[start + 1 :]
    if how == 2:
        return data[:start] + data[end:]
    return (data[:end] + data[start:end] + data[end:])[:_LONGEST]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything inside a value."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


@st.composite
def damaged(
    draw: st.DrawFn, samples: Sequence[Any], junk: Callable[[], st.SearchStrategy[Any]] = lambda: values
) -> Any:
    """A good value in which up to three things were replaced, removed or renamed."""
    value = copy.deepcopy(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(0, 3))):
        found = places(value)
        if not found:
            return draw(junk())
        *path, last = draw(st.sampled_from(found))
        inner = value
        for key in path:
            inner = inner[key]
        how = draw(st.integers(0, 4))
        if how <= 2:
            inner[last] = draw(junk())
        elif how == 3:
            del inner[last]
        elif isinstance(inner, dict):
            inner[draw(words | anything)] = inner.pop(last)
        else:
            inner.append(draw(junk()))
    return value
