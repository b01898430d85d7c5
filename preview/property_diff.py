"""What differs between the inputs of one resource, as lines: one a changed value, one a rule that came or went.

Items of a list are matched by what they are, not by where they stand: a rule put in front of others is one line and
not a change of all that follow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from guardrails.stack_resource import UNKNOWN, Secret

_MISSING = object()
_INTERNAL = ("__internal", "__defaults", "__createBeforeDelete")


def diff_lines(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Yield `~ path: old -> new`, `+ path: new` and `- path: old`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            if key not in _INTERNAL:
                at = f"{path}.{key}" if path else str(key)
                yield from diff_lines(old.get(key, _MISSING), new.get(key, _MISSING), at)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, path)
    elif old is _MISSING and new is not _MISSING:
        yield f"+ {path}: {text(new)}"
    elif new is _MISSING and old is not _MISSING:
        yield f"- {path}: {text(old)}"
    elif text(old) != text(new):
        yield f"~ {path}: {text(old)} -> {text(new)}"


def _lists(old: Sequence[Any], new: Sequence[Any], path: str) -> Iterator[str]:
    matcher = SequenceMatcher(
        None, [text(item) for item in old], [text(item) for item in new], autojunk=False
    )
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        if end - start == new_end - new_start:
            for index in range(end - start):
                yield from diff_lines(
                    old[start + index], new[new_start + index], f"{path}[{new_start + index}]"
                )
            continue
        for index in range(start, end):
            yield f"- {path}[{index}]: {text(old[index])}"
        for index in range(new_start, new_end):
            yield f"+ {path}[{index}]: {text(new[index])}"


def text(value: Any) -> str:
    """Return a value on one line, the same for the same value."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, default=_word)


def _word(value: Any) -> str:
    if value is UNKNOWN:
        return "(known at the update)"
    return "[secret]" if isinstance(value, Secret) else str(type(value).__name__)
