"""What checks raise. A failed check is not an error but a result; these are the cases in which nothing can be said."""

from __future__ import annotations


class CheckError(Exception):
    """Root of everything that `checks/` raises."""


class UsageError(CheckError):
    """Raised when what was asked for cannot be meant: no such stack, no such context, no such check."""


class EnvironmentUnusableError(CheckError):
    """Raised when there is no cluster to check: no answer, no kubeconfig, no right to look."""


class CouldNotTestError(CheckError):
    """Raised inside a check when its subject cannot be looked at; the check then counts as neither good nor bad."""


class ApiError(CouldNotTestError):
    """Raised when the API server refuses a request or does not answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status; 0 if there was no answer."""

    @property
    def passing(self) -> bool:
        """Whether the same question may be answered a second later: too many requests, storage being set up again."""
        return self.status in (0, 429) or self.status >= 500
