"""The gRPC side that every stand-in plugin shares: a `Provider` to subclass, and `serve` to run it.

A subclass sees plain dicts (`rpc.py`), raises `ProviderError` (or `CheckFailed`, `InitFailedError`) and returns plain
results; everything of Pulumi's protocol is here. Does not implement components or schemas, because no lab needs them
from a stand-in; of parameterization, what an SDK asks of its provider while a program runs.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent import futures
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

import grpc
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2

from sandbox.plugins.protos import plugin_pb2, provider_pb2, provider_pb2_grpc
from sandbox.plugins.rpc import to_python, to_struct

_MESSAGE_LIMIT = 400 * 1024 * 1024  # the engine's own limit (sdk/go/common/util/rpcutil/serve.go)


class ProviderError(Exception):
    """An operation failed; the message reaches the user as it is."""


@dataclass(frozen=True)
class Failure:
    """One input that `check` refuses; `property` is its path, for example `networkProfile.podCidr`."""

    property: str
    reason: str


class InitFailedError(ProviderError):
    """The object exists but did not become ready: the engine keeps it in state and fails the operation."""

    def __init__(
        self, id: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any], reasons: list[str]
    ) -> None:
        super().__init__("; ".join(reasons))
        self.id = id
        self.outputs = outputs
        self.inputs = inputs
        self.reasons = reasons


class Change(Enum):
    """What happens to one property; the values are those of `PropertyDiff.Kind`."""

    ADD = 0
    ADD_REPLACE = 1
    DELETE = 2
    DELETE_REPLACE = 3
    UPDATE = 4
    UPDATE_REPLACE = 5

    @property
    def replaces(self) -> bool:
        return self.value % 2 == 1


@dataclass(frozen=True)
class Diff:
    """Property path -> change. Empty means no difference."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    delete_before_replace: bool = False


@dataclass(frozen=True)
class Context:
    """What every operation knows of its resource."""

    urn: str
    type: str
    name: str
    timeout: float = 0.0
    """Seconds the user allows (customTimeouts); 0 means the provider's own default."""
    preview: bool = False
    ignore_changes: tuple[str, ...] = ()
    """Property paths of `ignoreChanges`, camelCase; only diff and update carry them."""
    random_seed: bytes = b""
    """What made-up names are made from, so that preview and update agree; only check carries it."""


class Provider:
    """One stand-in provider. Subclasses override what they support; `cancelled` is set on Ctrl-C."""

    name: str
    version: str

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    def parameterize(self, value: bytes) -> str:
        """Become the package that the value, out of a generated SDK, asks for; return that package's name."""
        raise ProviderError(f"the {self.name} stand-in cannot be parameterized")

    def check_config(self, olds: dict[str, Any], news: dict[str, Any]) -> list[Failure]:
        return []

    def diff_config(self, olds: dict[str, Any], news: dict[str, Any]) -> Diff:
        return Diff()

    def configure(self, config: dict[str, Any]) -> None:
        return None

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        raise ProviderError(f"the {self.name} stand-in has no function '{token}'")

    def check(
        self, context: Context, olds: dict[str, Any], news: dict[str, Any]
    ) -> tuple[dict[str, Any], list[Failure]]:
        raise NotImplementedError

    def diff(
        self,
        context: Context,
        id: str,
        old_inputs: dict[str, Any],
        old_outputs: dict[str, Any],
        news: dict[str, Any],
    ) -> Diff:
        raise NotImplementedError

    def create(self, context: Context, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return id and outputs; in a preview the id is empty."""
        raise NotImplementedError

    def read(
        self, context: Context, id: str, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Return id, inputs and outputs of the live object; an empty id means that it is gone."""
        raise NotImplementedError

    def update(
        self,
        context: Context,
        id: str,
        old_inputs: dict[str, Any],
        old_outputs: dict[str, Any],
        news: dict[str, Any],
    ) -> dict[str, Any]:
        raise NotImplementedError

    def delete(self, context: Context, id: str, old_inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        raise NotImplementedError


class _Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Translates between the engine's messages and a `Provider`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self._provider.version)

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema="{}")

    def Cancel(self, request: Any, context: Any) -> Any:
        self._provider.cancelled.set()
        return empty_pb2.Empty()

    def Parameterize(self, request: Any, context: Any) -> Any:
        return _guard(context, provider_pb2.ParameterizeResponse, lambda: self._parameterize(request))

    def _parameterize(self, request: Any) -> Any:
        if request.WhichOneof("parameters") != "value":
            raise ProviderError(
                f"the {self._provider.name} stand-in makes no SDK; use the real provider for that"
            )
        name = self._provider.parameterize(request.value.value)
        return provider_pb2.ParameterizeResponse(name=name, version=self._provider.version)

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return _guard(context, provider_pb2.CheckResponse, lambda: self._check_config(request))

    def _check_config(self, request: Any) -> Any:
        failures = self._provider.check_config(to_python(request.olds), to_python(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return _guard(
            context,
            provider_pb2.DiffResponse,
            lambda: _diff(
                self._provider.diff_config(to_python(request.old_inputs), to_python(request.news)),
                request.ignoreChanges,
            ),
        )

    def Configure(self, request: Any, context: Any) -> Any:
        return _guard(context, provider_pb2.ConfigureResponse, lambda: self._configure(request))

    def _configure(self, request: Any) -> Any:
        self._provider.configure(to_python(request.args))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=False, supportsPreview=True, acceptResources=False
        )

    def Invoke(self, request: Any, context: Any) -> Any:
        return _guard(
            context,
            provider_pb2.InvokeResponse,
            lambda: provider_pb2.InvokeResponse(
                **{"return": to_struct(self._provider.invoke(request.tok, to_python(request.args)))}
            ),
        )

    def Check(self, request: Any, context: Any) -> Any:
        return _guard(context, provider_pb2.CheckResponse, lambda: self._check(request))

    def _check(self, request: Any) -> Any:
        inputs, failures = self._provider.check(
            _context(request), to_python(request.olds), to_python(request.news)
        )
        return provider_pb2.CheckResponse(inputs=to_struct(inputs), failures=_failures(failures))

    def Diff(self, request: Any, context: Any) -> Any:
        return _guard(context, provider_pb2.DiffResponse, lambda: self._diff(request))

    def _diff(self, request: Any) -> Any:
        diff = self._provider.diff(
            _context(request),
            request.id,
            to_python(request.old_inputs),
            to_python(request.olds),
            to_python(request.news),
        )
        return _diff(diff, request.ignoreChanges)

    def Create(self, request: Any, context: Any) -> Any:
        return _guard(context, provider_pb2.CreateResponse, lambda: self._create(request))

    def _create(self, request: Any) -> Any:
        id, outputs = self._provider.create(_context(request), to_python(request.properties))
        return provider_pb2.CreateResponse(id=id, properties=to_struct(outputs))

    def Read(self, request: Any, context: Any) -> Any:
        return _guard(context, provider_pb2.ReadResponse, lambda: self._read(request))

    def _read(self, request: Any) -> Any:
        id, inputs, outputs = self._provider.read(
            _context(request), request.id, to_python(request.inputs), to_python(request.properties)
        )
        return provider_pb2.ReadResponse(id=id, inputs=to_struct(inputs), properties=to_struct(outputs))

    def Update(self, request: Any, context: Any) -> Any:
        return _guard(context, provider_pb2.UpdateResponse, lambda: self._update(request))

    def _update(self, request: Any) -> Any:
        outputs = self._provider.update(
            _context(request),
            request.id,
            to_python(request.old_inputs),
            to_python(request.olds),
            to_python(request.news),
        )
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    def Delete(self, request: Any, context: Any) -> Any:
        return _guard(context, empty_pb2.Empty, lambda: self._delete(request))

    def _delete(self, request: Any) -> Any:
        self._provider.delete(
            _context(request), request.id, to_python(request.old_inputs), to_python(request.properties)
        )
        return empty_pb2.Empty()


def _context(request: Any) -> Context:
    urn = request.urn
    # urn:pulumi:stack::project::parentType$type::name; older engines leave `type` and `name` empty.
    type_chain, _, name = urn.split("::", 2)[2].partition("::")
    return Context(
        urn=urn,
        type=type_chain.rsplit("$", 1)[-1],
        name=name,
        timeout=getattr(request, "timeout", 0.0),
        preview=getattr(request, "preview", False),
        ignore_changes=tuple(getattr(request, "ignoreChanges", ())),
        random_seed=getattr(request, "randomSeed", b""),
    )


def _failures(failures: list[Failure]) -> list[Any]:
    return [provider_pb2.CheckFailure(property=item.property, reason=item.reason) for item in failures]


def _diff(diff: Diff, ignore_changes: Any) -> Any:
    del ignore_changes  # the engine has already put the old values back into the new inputs
    top = sorted({path.split(".")[0].split("[")[0] for path in diff.changes})
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if diff.changes else provider_pb2.DiffResponse.DIFF_NONE,
        replaces=sorted(
            {path.split(".")[0].split("[")[0] for path, change in diff.changes.items() if change.replaces}
        ),
        diffs=top,
        detailedDiff={
            path: provider_pb2.PropertyDiff(kind=cast(Any, change.value), inputDiff=True)
            for path, change in diff.changes.items()
        },
        hasDetailedDiff=True,
        deleteBeforeReplace=diff.delete_before_replace,
    )


def _guard(context: Any, empty: Callable[[], Any], call: Callable[[], Any]) -> Any:
    """Run the call; turn what it raises into the status that the engine shows."""
    try:
        return call()
    except InitFailedError as error:
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=error.id,
                properties=to_struct(error.outputs),
                inputs=to_struct(error.inputs),
                reasons=error.reasons,
            )
        )
        status = status_pb2.Status(
            code=grpc.StatusCode.UNKNOWN.value[0], message=str(error), details=[detail]
        )
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.set_code(grpc.StatusCode.UNKNOWN)
        context.set_details(str(error))
    except ProviderError as error:
        context.set_code(grpc.StatusCode.UNKNOWN)
        context.set_details(str(error))
    return empty()


def serve(provider: Provider) -> None:
    """Serve the provider on a free loopback port, print the port as the engine expects, and run until it ends."""
    # A `pulumi` that was killed leaves its plugins behind, waiting for ever; they end with it instead.
    threading.Thread(target=_exit_with_parent, args=(os.getppid(),), daemon=True).start()
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=32),
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_LIMIT),
            ("grpc.max_send_message_length", _MESSAGE_LIMIT),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Servicer(provider), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):  # how the engine ends a plugin; not worth a traceback
        server.wait_for_termination()


def _exit_with_parent(parent: int) -> None:
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(1.0)
    os._exit(0)
