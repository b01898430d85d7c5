"""Lists of node names as a stack file holds them: one text, commas between."""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII)


def names_in(text: str) -> list[str]:
    """Return the names in their order; an empty text has none."""
    return [name.strip() for name in text.split(",")] if text.strip() else []


def is_name(name: str) -> bool:
    """Tell whether Kubernetes could have a node of that name."""
    return _NAME.fullmatch(name) is not None
