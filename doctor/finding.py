"""One thing that was left behind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What stayed, and how to be rid of it."""

    what: str
    """What it is, by name, and what it does as long as it stays: one line."""

    commands: tuple[str, ...] = ()
    """Shell commands for the project's folder, in this order; empty: only waiting helps, and `what` says so."""
