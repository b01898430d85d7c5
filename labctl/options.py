"""What the commands' options have in common: numbers of seconds, and files to write results into."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click


class Seconds(click.FloatRange):
    """Seconds from 0 to a limit. `nan`, which click takes for any range's, is refused: nothing ever exceeds it."""

    def __init__(self, most: float) -> None:
        super().__init__(0, most)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"'{value}' is no number of seconds.", param, ctx)
        return found


def clear_results(option: str, path: Path | None) -> None:
    """Take the results of an earlier run away, so that they do not pass for those of one that ends without any.

    Raises:
        UsageError: no file can be written there, which is better known before the run than after it.
    """
    if path is None:
        return
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            return  # a device or a pipe, which keeps nothing
        target.unlink(missing_ok=True)
        with target.open("x", encoding="utf-8"):
            pass
        target.unlink()
    except OSError as error:
        raise click.UsageError(f"{option} is '{path}' but it cannot be written: {error.strerror}") from error
