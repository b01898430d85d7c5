"""What a request to the API server can end in, other than an answer."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.server import ProviderError

_HIDDEN = "[secret]"


class ApiError(ProviderError):
    """The API server refused; `code` is the HTTP status, `reason` its own word, `details` what it adds."""

    def __init__(
        self, message: str, code: int, reason: str = "", details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.details = dict(details or {})

    @classmethod
    def from_status(cls, code: int, status: Mapping[str, Any]) -> ApiError:
        """Make the error of a `Status` answer; causes that its message leaves out are added to it."""
        details = status.get("details") or {}
        message = str(status.get("message") or f"the server answered {code}")
        for cause in details.get("causes") or []:
            text = str(cause.get("message", ""))
            if text and text not in message:
                message += f"\n  - {cause.get('field') or '(object)'}: {text}"
        return cls(message, code, str(status.get("reason", "")), details)

    @property
    def not_found(self) -> bool:
        return self.code == 404

    @property
    def namespace_not_found(self) -> bool:
        return self.not_found and self.details.get("kind") == "namespaces"

    @property
    def already_exists(self) -> bool:
        return self.reason == "AlreadyExists"

    @property
    def conflict(self) -> bool:
        return self.reason == "Conflict"

    @property
    def forbidden(self) -> bool:
        return self.code == 403

    @property
    def required_field(self) -> str:
        """The field that the server says must not go, or nothing."""
        for cause in self.details.get("causes") or []:
            if cause.get("reason") == "FieldValueRequired":
                return str(cause.get("field", ""))
        return ""


class NoMatchError(ProviderError):
    """The API server does not serve this kind, or not yet."""


class UnreachableError(ProviderError):
    """There was no answer at all."""


def redacted(error: ApiError, body: Mapping[str, Any]) -> ApiError:
    """Return the error without any value of a Secret's data; the server quotes what it could not read."""
    if body.get("kind") != "Secret":
        return error
    message = str(error)
    for value in sorted(set(_secret_texts(body)), key=len, reverse=True):
        message = message.replace(value, _HIDDEN)
    return ApiError(message, error.code, error.reason, error.details)


def _secret_texts(body: Mapping[str, Any]) -> Iterator[str]:
    for section in ("data", "stringData"):
        values = body.get(section)
        for value in values.values() if isinstance(values, Mapping) else ():
            text = value if isinstance(value, str) else str(value)
            if text:
                yield text
            try:
                plain = base64.b64decode(text, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                continue
            if plain:
                yield plain
