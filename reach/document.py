"""One object of one file, and where each of its fields stands.

The loader of `labs` keeps the line of an object only. Lines of fields are needed when something is explained
or refused, so they are read again then, which keeps the common run fast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from labs.errors import ManifestError, shown
from labs.manifests import Manifest
from labs.strict_yaml import load_documents

Path_ = tuple[str, ...]
"""Path of a field; items of lists are counted, as text, from 0."""

Lines = Mapping[Path_, int]


@dataclass(frozen=True)
class Document:
    """One object, as it was read."""

    file: str
    """File as it is spoken of."""

    line: int
    """Line on which the object starts, counted from 1."""

    body: Mapping[str, Any]

    lines: Callable[[], Lines] = field(default=dict, compare=False)
    """Lines of fields, read on first use; empty if nobody knows."""

    root: Path_ = ()
    """Where the object itself stands in the lines, if it is part of a larger document."""

    def line_of(self, path: Path_) -> int:
        """Return the line of a field, or that of the nearest thing around it."""
        lines = self.lines()
        whole = (*self.root, *path)
        while len(whole) > len(self.root) and whole not in lines:
            whole = whole[:-1]
        return lines[whole] if len(whole) > len(self.root) else self.line

    def where(self, path: Path_ = ()) -> str:
        """Return file and line of a field, as editors understand them."""
        return f"{self.file}:{self.line_of(path)}"


def from_manifest(manifest: Manifest, shown_as: str) -> Document:
    """Return a deployed manifest as a document; `shown_as` names its file."""
    return Document(
        shown_as,
        manifest.line,
        manifest.body,
        lambda: _lines_of_file(manifest.path).get(manifest.line, {}),
    )


@lru_cache(maxsize=64)
def _lines_of_file(path: Path) -> Mapping[int, Lines]:
    try:
        located = load_documents(path.read_text(encoding="utf-8"), path.as_posix())
    except (OSError, UnicodeDecodeError, ManifestError):  # it changed since it was loaded
        return {}
    return {document.line: document.line_of for document in located}


def spelled(path: Path_) -> str:
    """Return a path as people write it: `spec.ingress[0].action`."""
    text = ""
    for part in map(shown, path):
        text += f"[{part}]" if part.isdigit() else f".{part}" if text else part
    return text or "the object"
