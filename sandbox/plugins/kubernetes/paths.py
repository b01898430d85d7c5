"""Property paths in the engine's notation: `spec.ports[0].name`, `metadata.annotations["pulumi.com/waitFor"]`, `a[*]`.

Does not resolve aliases of names; `ignoreChanges` reaches a provider in the provider's own spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

Key = str | int
ANY = "*"

_TOKEN = re.compile(r'\.?([^.\[\]"]+)|\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]')


def parse(path: str) -> list[Key]:
    """Return the keys of a path; `[*]` becomes `ANY`.

    Raises:
        ValueError: the text is not a property path.
    """
    keys: list[Key] = []
    position = 0
    while position < len(path):
        found = _TOKEN.match(path, position)
        if found is None:
            raise ValueError(f"property path '{path}' breaks off at '{path[position:]}'")
        plain, quoted, index = found.groups()
        if plain is not None:
            keys.append(plain)
        elif quoted is not None:
            keys.append(quoted.replace('\\"', '"').replace("\\\\", "\\"))
        else:
            keys.append(ANY if index == ANY else int(index))
        position = found.end()
    return keys


def render(keys: Iterable[Key]) -> str:
    """Return the path in the form in which the engine shows it."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        elif re.search(r'[."\[\]]', key):
            quoted = key.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
        else:
            text += f".{key}" if text else key
    return text


def covers(outer: list[Key], inner: list[Key]) -> bool:
    """Tell whether `inner` is `outer` or lies below it."""
    return len(outer) <= len(inner) and all(
        wanted in (ANY, key) for wanted, key in zip(outer, inner, strict=False)
    )
