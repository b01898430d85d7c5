"""The matrix as one HTML page that needs nothing else: a picture one can point at.

The page has no link to anywhere, may load nothing (its own policy says so), and shows names only as text.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

from reach.errors import LimitError
from reach.explain import explain
from reach.exposure import Exposure
from reach.matrix import Matrix, points_of
from reach.render.matrix_text import as_text
from reach.render.rows import FOOTNOTES, exposure_text, table

MAX_PARTIES = 300
"""More squares than a browser draws quickly and than anybody looks at."""

MAX_EXPLAINED = 60
"""Beyond this the reasons alone would make the page megabytes; `explain` has them."""

_TEMPLATE = Path(__file__).with_name("page.html")


def as_html(title: str, matrix: Matrix, exposed: Sequence[Exposure]) -> str:
    """Return the page.

    Raises:
        LimitError: if there are too many parties for a picture.
    """
    size = len(matrix.parties)
    if size > MAX_PARTIES:
        raise LimitError(
            f"the matrix has {size} rows but a picture takes at most {MAX_PARTIES}; use --format json"
        )
    cells = [
        [row, column, found.kind, found.allowed, found.unknown, _parts(matrix, row, column)]
        for row, line in enumerate(table(matrix))
        for column, found in enumerate(line)
        if found is not None
    ]
    data = {
        "names": [party.name for party in matrix.parties],
        "cells": cells,
        "outside": [exposure_text(found) for found in exposed],
        "notes": list(FOOTNOTES),
    }
    page = _TEMPLATE.read_text(encoding="utf-8")
    page = page.replace("@@TITLE@@", html.escape(title))
    page = page.replace("@@PLAIN@@", f"<pre>{html.escape(as_text(title, matrix, exposed))}</pre>")
    # Escaped so that no name can end the script element.
    return page.replace("@@DATA@@", json.dumps(data).replace("<", "\\u003c"))


def _parts(matrix: Matrix, row: int, column: int) -> list[list[object]]:
    if len(matrix.parties) > MAX_EXPLAINED:
        return []
    source, destination = matrix.parties[row], matrix.parties[column]
    engine = matrix.engine
    found = explain(engine, points_of(engine, source), points_of(engine, destination))
    return [[part.allow, part.traffic, part.egress, part.ingress, part.depends_on] for part in found.parts]
