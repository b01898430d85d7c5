"""The error of `preview/`."""

from __future__ import annotations


class PreviewError(Exception):
    """Raised when there is nothing to compare: no such revision, no such stack, no repository."""
