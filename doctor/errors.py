"""What the doctor raises. A finding is not an error; these are the cases in which nothing can be said."""

from __future__ import annotations


class DoctorError(Exception):
    """Root of everything that `doctor/` raises."""


class CannotLookError(DoctorError):
    """Raised when one place cannot be looked at; the other places still are."""
