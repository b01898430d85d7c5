"""The plugin as the engine starts it: a process that prints its port and answers over gRPC."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.plugins.kubernetes.kubeconfig import MISSING
from sandbox.plugins.rpc import to_struct

ROOT = Path(__file__).resolve().parents[3]
URN = "urn:pulumi:dev::lab::kubernetes:core/v1:Secret::password"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"
MODULES_OF_THE_CLIENT = "kubernetes.client"


@pytest.fixture(scope="module")
def stub() -> Iterator[Any]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.plugins.kubernetes"], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def test_it_tells_the_version_that_it_stands_in_for(stub: Any) -> None:
    assert stub.GetPluginInfo(empty_pb2.Empty()).version == "4.34.2"


def test_a_provider_without_a_cluster_is_refused(stub: Any) -> None:
    urn = "urn:pulumi:dev::lab::pulumi:providers:kubernetes::k8s"
    answer = stub.CheckConfig(provider_pb2.CheckRequest(urn=urn, news=to_struct({})))
    assert [failure.reason for failure in answer.failures] == [MISSING]


def test_a_secret_is_secret_on_its_way_to_the_state(stub: Any) -> None:
    news = to_struct(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "a", "namespace": "b"},
            "stringData": {"p": "hidden"},
        }
    )
    answer = stub.Check(provider_pb2.CheckRequest(urn=URN, news=news))
    data = answer.inputs.fields["data"].struct_value
    assert SECRET_SIGNATURE in {field.string_value for field in data.fields.values()}
    assert "stringData" not in answer.inputs.fields


def test_an_operation_without_a_cluster_fails_in_words(stub: Any) -> None:
    stub.Configure(provider_pb2.ConfigureRequest(args=to_struct({"kubeconfig": ""})))
    properties = to_struct({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}})
    with pytest.raises(grpc.RpcError) as failed:
        stub.Create(provider_pb2.CreateRequest(urn=URN, properties=properties))
    assert failed.value.details().startswith("configured Kubernetes cluster is unreachable: failed to parse")


def test_a_preview_that_needs_no_cluster_does_not_load_the_client() -> None:
    program = (
        "import sys\n"
        "from sandbox.plugins.kubernetes.provider import KubernetesProvider\n"
        "from sandbox.plugins.server import Context\n"
        "provider = KubernetesProvider()\n"
        "provider.configure({'kubeconfig': {'clusters': []}})\n"
        "context = Context(urn='u', type='kubernetes:core/v1:Namespace', name='a', preview=True)\n"
        "inputs, failures = provider.check(context, {}, {})\n"
        "assert not provider.diff(context, 'a', inputs, inputs, inputs).changes\n"
        f"assert {MODULES_OF_THE_CLIENT!r} not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
