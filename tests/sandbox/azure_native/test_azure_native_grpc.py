"""The plugin as the engine sees it: a process that prints its port and speaks Pulumi's protocol."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.plugins.azure_native import schema
from sandbox.plugins.rpc import to_python, to_struct
from tests.sandbox.arm.arm_fakes import Azure
from tests.sandbox.azure_native.native_inputs import CLUSTER, GROUP, cluster, group

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def plugin(azure: Azure) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """The running plugin."""
    command = [sys.executable, "-m", "sandbox.plugins.azure_native"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)
        process.kill()


def urn(type: str) -> str:
    return f"urn:pulumi:dev::calico-labs::calico-labs:aks:AksCluster${type}::it"


def test_engine_can_drive_the_plugin(azure: Azure, plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    assert plugin.GetPluginInfo(empty_pb2.Empty()).version == schema.sdk_version()
    plugin.Configure(provider_pb2.ConfigureRequest(args=to_struct({"location": "canadacentral"})))
    made = {}
    for type, inputs in ((GROUP, group(location=None)), (CLUSTER, cluster(location=None))):
        request = provider_pb2.CheckRequest(urn=urn(type), news=to_struct(inputs), randomSeed=b"seed")
        checked = plugin.Check(request)
        assert list(checked.failures) == []
        created = plugin.Create(provider_pb2.CreateRequest(urn=urn(type), properties=checked.inputs))
        made[type] = (created.id, checked.inputs, created.properties)
    id, inputs, outputs = made[CLUSTER]
    assert to_python(outputs)["fqdn"] == "lab-aks-1234.hcp.canadacentral.azmk8s.io"

    read = plugin.Read(provider_pb2.ReadRequest(id=id, urn=urn(CLUSTER), inputs=inputs, properties=outputs))
    assert (read.id, to_python(read.inputs)) == (id, to_python(inputs))

    news = to_python(inputs)
    news["agentPoolProfiles"][0]["count"] = 3
    diff = plugin.Diff(
        provider_pb2.DiffRequest(
            id=id, urn=urn(CLUSTER), olds=outputs, old_inputs=inputs, news=to_struct(news)
        )
    )
    assert diff.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(diff.detailedDiff) == ["agentPoolProfiles[0].count"]

    wrong = to_struct({**news, "dnsPrefx": "lab"})
    failures = plugin.Check(provider_pb2.CheckRequest(urn=urn(CLUSTER), news=wrong)).failures
    assert [item.reason for item in failures] == [
        "'dnsPrefx' is not a property of ManagedCluster; did you mean 'dnsPrefix'?"
    ]

    with pytest.raises(grpc.RpcError) as refused:
        plugin.Create(provider_pb2.CreateRequest(urn=urn(CLUSTER), properties=inputs))
    assert refused.value.details() == (
        "cannot create already existing resource '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups"
        "/lab/providers/Microsoft.ContainerService/managedClusters/lab-aks'"
    )

    plugin.Delete(provider_pb2.DeleteRequest(id=id, urn=urn(CLUSTER), properties=outputs))
    assert azure.clusters.running == {}


def test_engine_can_make_a_preview_package_of_the_plugin(
    azure: Azure, plugin: provider_pb2_grpc.ResourceProviderStub
) -> None:
    value = base64.b64encode(b'{"module":"containerservice","version":"v20260502preview"}')
    request = provider_pb2.ParameterizeRequest(
        value=provider_pb2.ParameterizeRequest.ParametersValue(name="x", version="3.29.0", value=value)
    )
    answer = plugin.Parameterize(request)
    assert (answer.name, answer.version) == (
        "azure-native_containerservice_v20260502preview",
        schema.sdk_version(),
    )
    plugin.Configure(provider_pb2.ConfigureRequest(args=to_struct({"location": "canadacentral"})))
    azure.make_group()
    preview = f"{answer.name}:containerservice:ManagedCluster"
    body = cluster(location=None)
    body["networkProfile"] = {**body["networkProfile"], "kubeProxyConfig": {"enabled": False}}
    checked = plugin.Check(provider_pb2.CheckRequest(urn=urn(preview), news=to_struct(body)))
    assert list(checked.failures) == []
    made = plugin.Create(provider_pb2.CreateRequest(urn=urn(preview), properties=checked.inputs))
    outputs = to_python(made.properties)
    assert (outputs["azureApiVersion"], outputs["networkProfile"]["kubeProxyConfig"]) == (
        "2026-05-02-preview",
        {},
    )
    assert not azure.clusters.running[made.id.lower()].kube_proxy


def test_engine_that_wants_an_sdk_is_sent_to_the_real_provider(
    azure: Azure, plugin: provider_pb2_grpc.ResourceProviderStub
) -> None:
    arguments = provider_pb2.ParameterizeRequest.ParametersArgs(
        args=["containerservice", "2026-05-02-preview"]
    )
    with pytest.raises(grpc.RpcError) as refused:
        plugin.Parameterize(provider_pb2.ParameterizeRequest(args=arguments))
    assert refused.value.details() == "the azure-native stand-in makes no SDK; use the real provider for that"
