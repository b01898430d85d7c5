"""Azure's way of saying no: an HTTP status with a code, a message and sometimes a target.

Owns the envelope and the errors that every resource type shares; rules of one type raise `ArmError`
themselves, next to where the text was seen. Answers always have the `{"error": {...}}` envelope of Resource
Manager. Real AKS leaves the envelope out of its own 400s
(https://github.com/pulumi/pulumi-azure-native/issues/4206, 2025-07), which makes azure-native print raw JSON;
the sandbox prefers the readable form.

Where a comment says "AKS's list of error codes": the Go package `apierror` of the AKS resource provider (Microsoft, MIT
licence), read in a public copy on 2026-11-22. It has codes and what they mean, and no messages; those are ours then.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from sandbox.errors import SandboxError


class ArmError(SandboxError):
    """A request that Azure would refuse, or an operation that failed."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        message: str,
        target: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.headers = headers or {}
        self.status = status
        self.code = code
        self.message = message
        self.target = target

    @property
    def body(self) -> dict[str, Any]:
        error = {"code": self.code, "message": self.message}
        if self.target:
            error["target"] = self.target
        return {"error": error}


class OperationFailedError(ArmError):
    """Azure accepted the request, and the operation that it began has failed.

    Answered as the last look at Azure's asynchronous operation: 200, and in the body `status: Failed` beside the
    error. A client may send a refused request again; one that was accepted it may not.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(HTTPStatus.OK, code, message)

    @property
    def body(self) -> dict[str, Any]:
        return {"status": "Failed", **super().body}


def bad_request(code: str, message: str, target: str = "") -> ArmError:
    return ArmError(HTTPStatus.BAD_REQUEST, code, message, target)


def conflict(code: str, message: str) -> ArmError:
    return ArmError(HTTPStatus.CONFLICT, code, message)


def not_found(code: str, message: str) -> ArmError:
    return ArmError(HTTPStatus.NOT_FOUND, code, message)


def missing_parameter(name: str) -> ArmError:
    """Seen for agentPoolProfiles: https://github.com/Azure/ARO-HCP/pull/629 (2024-09)."""
    return bad_request("InvalidParameter", f"Required parameter {name} is missing (null).", name)


def property_change(name: str) -> ArmError:
    """Seen for properties.nodeTaints: https://github.com/pulumi/pulumi-azure-native/issues/959 (2021-06)."""
    return bad_request("PropertyChangeNotAllowed", f"Changing property '{name}' is not allowed.", name)


def not_simulated(what: str, remedy: str) -> ArmError:
    """Refuse what Azure may well accept but the sandbox cannot carry out; the code is the sandbox's own."""
    return bad_request("NotSimulatedInSandbox", f"{what}, which the sandbox does not simulate; {remedy}")
