"""Trouble on demand: what Azure does wrong, at which moment, how often.

Owns the faults, which moments each fits, and what each does to a request. Faults are data, armed through the resource
`CalicoLabs.Sandbox/faults/armed` (`labctl sandbox fault`), kept in memory and forgotten by a restart, so that no
sandbox is spoilt without somebody having said so since it started. Does not know what a resource type means beyond
`provisioningState`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from sandbox.arm.errors import ArmError, OperationFailedError, bad_request
from sandbox.arm.operations import pending
from sandbox.arm.provider import Request, Response, no_such_action
from sandbox.arm.store import Store

FAULTS_TYPE = "CalicoLabs.Sandbox/faults"
FAULTS_VERSION = "2026-11-27"
_MOST_TIMES = 100
_MOST_SECONDS = 600.0


class Kind(StrEnum):
    """What Azure does."""

    THROTTLED = "throttled"
    """429 with Retry-After: `seconds`; nothing is done."""
    BUSY = "busy"
    """409: another operation is in progress; nothing is done."""
    SERVER_ERROR = "server-error"
    """500; nothing is done."""
    FORBIDDEN = "forbidden"
    """403; nothing is done."""
    QUOTA = "quota"
    """400: no cores left; nothing is done."""
    FAILS_LATE = "fails-late"
    """The operation is accepted, takes `seconds` longer and fails: what it made is there and `Failed`, what it should
    have deleted is there."""
    ANSWER_LOST = "answer-lost"
    """Everything is done, and the connection breaks before the answer."""


_MOMENTS = {
    "group": "Microsoft.Resources/resourceGroups",
    "network": "Microsoft.Network/virtualNetworks",
    "subnet": "Microsoft.Network/virtualNetworks/subnets",
    "role": "Microsoft.Authorization/roleAssignments",
    "cluster": "Microsoft.ContainerService/managedClusters",
    "pool": "Microsoft.ContainerService/managedClusters/agentPools",
}
_NOUNS = {type.lower(): noun for noun, type in _MOMENTS.items()}
CREDENTIALS = "credentials"
"""The moment in which somebody asks for a kubeconfig."""
MOMENTS = (
    *(f"{noun}-{verb}" for noun in _MOMENTS for verb in ("create", "read", "update", "delete")),
    CREDENTIALS,
)
"""Every moment a fault can be armed for."""
_LONG = ("cluster-create", "cluster-update", "cluster-delete", "pool-create", "pool-update", "pool-delete")
"""What Azure does as an asynchronous operation, so that it can be accepted and fail."""
_FITS = {Kind.FAILS_LATE: _LONG, Kind.QUOTA: tuple(name for name in _LONG if not name.endswith("delete"))}
"""Kind -> moments; a kind that is not listed fits all."""


@dataclass(frozen=True)
class Fault:
    """One fault, armed for the next `times` requests of its moment."""

    moment: str
    kind: Kind
    times: int = 1
    seconds: float = 1.0
    """Of `throttled`, its Retry-After; of `fails-late`, how much longer the operation takes."""


def fits(kind: Kind, moment: str) -> bool:
    """Tell whether a kind of fault can happen at a moment."""
    return moment in _FITS.get(kind, MOMENTS)


class LostAnswerError(Exception):
    """Raised when the request was carried out and nobody may hear of it."""


def moment_of(request: Request, *, exists: bool) -> str:
    """Return the moment of a request; empty for the sandbox's own resources."""
    noun = _NOUNS.get(request.id.type.lower(), "")
    if not noun:
        return ""
    if request.method == "POST":
        return CREDENTIALS if request.id.action.lower().startswith("listcluster") else ""
    verb = {"GET": "read", "DELETE": "delete", "PUT": "update" if exists else "create"}[request.method]
    return f"{noun}-{verb}"


class Faults:
    """The armed faults, as a resource type and as what stands in front of all others."""

    type = FAULTS_TYPE
    api_versions = (FAULTS_VERSION,)

    def __init__(self, store: Store, wait: Callable[[float], None]) -> None:
        """`wait` lets seconds pass, or less if the stand-in stops."""
        self._store = store
        self._wait = wait
        self._armed: list[Fault] = []
        self._lock = threading.Lock()

    def put(self, request: Request) -> Response:
        """Arm these faults and no others."""
        armed = [_fault(item) for item in (request.body.get("properties") or {}).get("faults") or []]
        with self._lock:
            self._armed = armed
        return self.get(request)

    def get(self, request: Request) -> Response:
        del request
        with self._lock:
            faults = [asdict(fault) for fault in self._armed]
        return Response(HTTPStatus.OK, {"properties": {"faults": faults}})

    def delete(self, request: Request) -> Response:
        del request
        with self._lock:
            self._armed = []
        return Response(HTTPStatus.NO_CONTENT)

    def post(self, request: Request) -> Response:
        raise no_such_action(request)

    def around(self, request: Request, carry_out: Callable[[Request], Response]) -> Response:
        """Carry the request out, unless a fault is armed for its moment.

        Raises:
            ArmError: the request is refused, or failed.
            LostAnswerError: it was carried out.
        """
        fault = self._take(moment_of(request, exists=self._store.get(request.id) is not None))
        if fault is None:
            return carry_out(request)
        if fault.kind is Kind.ANSWER_LOST:
            carry_out(request)
            raise LostAnswerError(str(request.id))
        if fault.kind is Kind.FAILS_LATE:
            raise self._failed(fault, request, carry_out)
        raise _refusal(fault, request)

    def _take(self, moment: str) -> Fault | None:
        with self._lock:
            for index, fault in enumerate(self._armed):
                if fault.moment == moment:
                    left = replace(fault, times=fault.times - 1)
                    self._armed[index : index + 1] = [left] if left.times else []
                    return fault
        return None

    def _failed(
        self, fault: Fault, request: Request, carry_out: Callable[[Request], Response]
    ) -> OperationFailedError:
        if request.method != "DELETE":
            carry_out(request)
        self._wait(fault.seconds)
        resource = self._store.get(request.id)
        if resource is not None:
            resource["properties"]["provisioningState"] = "Failed"
            self._store.put(request.id, resource)
        # The code is from AKS's list of error codes; the words are ours.
        return OperationFailedError("InternalOperationError", f"Internal server error ({fault.moment}).")


def _fault(item: Any) -> Fault:
    """Read one fault.

    Raises:
        ArmError: it cannot be meant.
    """
    if not isinstance(item, Mapping) or not {"moment", "kind"} <= item.keys() <= {*Fault.__annotations__}:
        raise bad_request(
            "InvalidFault", f"a fault has {', '.join(Fault.__annotations__)} but this is {item}"
        )
    moment, times, seconds = item["moment"], item.get("times", 1), item.get("seconds", 1.0)
    if moment not in MOMENTS:
        raise bad_request("InvalidFault", f"moment is '{moment}' but must be one of {', '.join(MOMENTS)}")
    if item["kind"] not in [*Kind]:
        raise bad_request("InvalidFault", f"kind is '{item['kind']}' but must be one of {', '.join(Kind)}")
    kind = Kind(item["kind"])
    if not fits(kind, moment):
        raise bad_request(
            "InvalidFault",
            f"kind is '{kind}' but moment is '{moment}'; it fits {', '.join(_FITS[kind])} (elsewhere Azure answers "
            "at once, or needs no cores)",
        )
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= _MOST_TIMES:
        raise bad_request("InvalidFault", f"times is '{times}' but must be a number from 1 to {_MOST_TIMES}")
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, (int, float))
        or not 0 <= seconds <= _MOST_SECONDS
    ):
        raise bad_request("InvalidFault", f"seconds is '{seconds}' but must be from 0 to {_MOST_SECONDS:g}")
    return Fault(moment, kind, times, float(seconds))


def _refusal(fault: Fault, request: Request) -> ArmError:
    """Return the error of a fault that lets nothing happen."""
    match fault.kind:
        case Kind.THROTTLED:
            # The code is Resource Manager's own (docs, request-limits-and-throttling); the words are ours.
            return ArmError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "TooManyRequests",
                f"The request is being throttled. Try again after {fault.seconds:g} seconds.",
                headers={"Retry-After": f"{fault.seconds:g}"},
            )
        case Kind.BUSY:
            return pending("operation (Updating)")
        case Kind.FORBIDDEN:
            # Seen: https://github.com/rancher/rancher/issues/11473 (2018-02), and since then with the last sentence.
            verb = {"GET": "read", "PUT": "write", "DELETE": "delete"}.get(request.method)
            action = f"{request.id.type}/{verb or f'{request.id.action}/action'}"
            message = (
                f"The client '{_CLIENT}' with object id '{_CLIENT}' does not have authorization to perform action"
                f" '{action}' over scope '{request.id}' or the scope is invalid. If access was recently granted,"
                " please refresh your credentials."
            )
            return ArmError(HTTPStatus.FORBIDDEN, "AuthorizationFailed", message)
        case Kind.QUOTA:
            # Code and words seen: https://github.com/1ChristianAlex/motordesk/issues/14 (2026).
            message = (
                "Insufficient vcpu quota requested 8, remaining 0 for family standardDSv5Family for region"
                " canadacentral."
            )
            return bad_request("ErrCode_InsufficientVCPUQuota", message)
        case _:
            return ArmError(
                HTTPStatus.INTERNAL_SERVER_ERROR, "InternalServerError", "An internal error occurred."
            )


_CLIENT = "00000000-0000-0000-0000-0000000000b0"
"""The object id of the sandbox's user (`plugins/azure_native/functions.py`)."""
