"""The policy pack as the engine runs it: its own process, its own environment, gRPC in between.

What goes over the wire is what the engine sends: unknowns as its marker strings, secrets in their envelope.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from guardrails.stack_resource import UNKNOWN, Resource, Secret
from sandbox.home import PROJECT

PYTHON = PROJECT / "guardrails" / ".venv" / "bin" / "python"
UNKNOWN_ON_THE_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True)
class Said:
    """One diagnostic of the pack."""

    rule: str
    level: str
    urn: str
    message: str


class Pack:
    """A running pack."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub = analyzer_pb2_grpc.AnalyzerStub(channel)

    def info(self) -> Any:
        return self._stub.GetAnalyzerInfo(empty_pb2.Empty())

    def analyze(self, resource: Resource) -> list[Said]:
        """Ask about one resource, as the engine does before it creates it."""
        return _said(self._stub.Analyze(_request(analyzer_pb2.AnalyzeRequest, resource)))

    def analyze_stack(self, resources: Sequence[Resource]) -> list[Said]:
        """Ask about all of them, as the engine does at the end."""
        request = analyzer_pb2.AnalyzeStackRequest(
            resources=[_request(analyzer_pb2.AnalyzerResource, resource) for resource in resources]
        )
        return _said(self._stub.AnalyzeStack(request))

    def both(self, resources: Sequence[Resource]) -> list[Said]:
        found = [said for resource in resources for said in self.analyze(resource)]
        return [*found, *self.analyze_stack(resources)]


@contextmanager
def serving() -> Iterator[Pack]:
    """Start the pack as Pulumi's host does: the folder as the program, output unbuffered."""
    assert PYTHON.exists(), "the policy pack has no Python environment; run `make guardrails`"
    process = subprocess.Popen(
        [str(PYTHON), "-u", "guardrails"], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Pack(channel)
    finally:
        process.terminate()
        process.communicate(timeout=10)


def wire(value: Any) -> Any:
    """Return a value as the engine writes it."""
    if value is UNKNOWN:
        return UNKNOWN_ON_THE_WIRE
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": wire(value.value)}
    if isinstance(value, Mapping):
        return {key: wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [wire(item) for item in value]
    return value


def _request(kind: Any, resource: Resource) -> Any:
    properties = struct_pb2.Struct()
    properties.update(wire(resource.props))
    provider = None
    if resource.provider:
        provider = analyzer_pb2.AnalyzerProviderResource(
            type=resource.provider.split("::")[-2].rpartition("$")[2],
            urn=resource.provider,
            name=resource.provider.rpartition("::")[2],
        )
    return kind(
        type=resource.type, urn=resource.urn, name=resource.name, properties=properties, provider=provider
    )


def _said(response: Any) -> list[Said]:
    levels = {0: "advisory", 1: "mandatory"}
    return [
        Said(item.policyName, levels[item.enforcementLevel], item.urn, item.message)
        for item in response.diagnostics
    ]
