"""Lines for the user reach the engine, and a missing engine is no reason to fail."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from sandbox.plugins.kubernetes.engine_log import EngineLog


class _Engine(engine_pb2_grpc.EngineServicer):
    def __init__(self) -> None:
        self.lines: list[Any] = []

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's own name
        self.lines.append((request.urn, request.message, request.severity, request.ephemeral))
        return empty_pb2.Empty()


@pytest.fixture
def engine() -> Iterator[tuple[_Engine, str]]:
    servicer = _Engine()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    engine_pb2_grpc.add_EngineServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield servicer, f"127.0.0.1:{port}"
    server.stop(None)


def test_lines_arrive_and_a_repeated_status_is_sent_once(engine: tuple[_Engine, str]) -> None:
    servicer, address = engine
    lines = EngineLog(address)
    for message in ("waiting", "waiting", "", "waiting"):
        lines.status("urn", message)
    lines.warning("urn", "careful")
    assert servicer.lines == [
        ("urn", "waiting", engine_pb2.INFO, True),
        ("urn", "", engine_pb2.INFO, True),
        ("urn", "waiting", engine_pb2.INFO, True),
        ("urn", "careful", engine_pb2.WARNING, False),
    ]


def test_without_an_engine_nothing_happens() -> None:
    EngineLog().status("urn", "waiting")
    EngineLog("127.0.0.1:1").warning("urn", "careful")
