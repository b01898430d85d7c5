"""Lines for the user, sent to the engine that started the plugin.

The real provider reports what it waits for in the Info column of `pulumi up`; without that a ten minute wait
looks like a hang. Does nothing without an engine's address (tests), and never lets a lost line fail an
operation.
"""

from __future__ import annotations

import threading

import grpc

from sandbox.plugins.protos import engine_pb2, engine_pb2_grpc

_DEADLINE = 5.0


class EngineLog:
    """The engine's log; `status` lines replace each other, `warning` lines stay."""

    def __init__(self, address: str = "") -> None:
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address)) if address else None
        self._last: dict[str, str] = {}
        self._lock = threading.Lock()

    def status(self, urn: str, message: str) -> None:
        """Show what the resource waits for; a repeated line is not sent again."""
        with self._lock:
            if self._last.get(urn) == message:
                return
            self._last[urn] = message
        self._send(urn, message, engine_pb2.INFO, ephemeral=True)

    def warning(self, urn: str, message: str) -> None:
        self._send(urn, message, engine_pb2.WARNING, ephemeral=False)

    def _send(
        self, urn: str, message: str, severity: engine_pb2.LogSeverity.ValueType, *, ephemeral: bool
    ) -> None:
        if self._stub is None:
            return
        request = engine_pb2.LogRequest(severity=severity, message=message, urn=urn, ephemeral=ephemeral)
        try:
            self._stub.Log(request, timeout=_DEADLINE)
        except grpc.RpcError:
            # The engine is shutting down, or gone: there is nobody left to read the line.
            return
