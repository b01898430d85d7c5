"""The stand-ins on paper: as strict as the sandbox's, and they ask nobody."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from preview.plugins import KUBECONFIG
from preview.plugins.azure_native import PaperAzure
from preview.plugins.kubernetes import NoApi, PaperKubernetes
from sandbox.plugins.azure_native import client as arm_client
from sandbox.plugins.kubernetes import api as kubernetes_api
from sandbox.plugins.rpc import has_unknown
from sandbox.plugins.server import Context, ProviderError

CLUSTER = "azure-native:containerservice:ManagedCluster"
CREDENTIALS = "azure-native:containerservice:listManagedClusterAdminCredentials"


@pytest.fixture(scope="module", autouse=True)
def sdk_is_whole() -> None:
    """Load the SDK's package before the stand-in imports a module out of it.

    The SDK loads packages lazily (importlib's LazyLoader), and one whose module is imported first stays empty for the
    rest of the process, for other tests too (seen 2026-11-22, pulumi-azure-native 3.29.0).
    """
    from pulumi_azure_native import containerservice

    assert containerservice.ManagedCluster


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> Any:
        raise AssertionError("must not be called")

    monkeypatch.setattr(arm_client.ArmClient, "call", forbidden)
    monkeypatch.setattr(kubernetes_api.Api, "request", forbidden)


def context(type: str, preview: bool = False) -> Context:
    return Context(urn=f"urn:pulumi:s::p::{type}::x", type=type, name="x", preview=preview)


@pytest.fixture
def kubernetes() -> PaperKubernetes:
    provider = PaperKubernetes()
    provider.configure({"kubeconfig": KUBECONFIG})
    return provider


class TestAzure:
    INPUTS = {  # noqa: RUF012 - never changed
        "resourceGroupName": "g",
        "resourceName": "c",
        "dnsPrefix": "c",
        "location": "canadacentral",
        "identity": {"type": "SystemAssigned"},
        "networkProfile": {"networkPlugin": "none"},
    }

    def test_created_cluster_has_what_the_program_reads_and_nothing_unknown(self) -> None:
        id, outputs = PaperAzure().create(context(CLUSTER), dict(self.INPUTS))
        assert id.endswith("/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c")
        assert outputs["name"] == "c"
        assert outputs["networkProfile"]["networkPlugin"] == "none"
        assert outputs["identity"]["principalId"]
        assert not has_unknown(outputs)

    def test_credentials_lead_nowhere(self) -> None:
        answer = PaperAzure().invoke(CREDENTIALS, {"resourceGroupName": "g", "resourceName": "c"})
        config = yaml.safe_load(base64.b64decode(answer["kubeconfigs"][0]["value"]))
        assert config["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:9"

    def test_function_without_an_answer_is_refused_by_name(self) -> None:
        with pytest.raises(ProviderError) as caught:
            PaperAzure().invoke("azure-native:network:getSubnet", {})
        assert str(caught.value) == (
            "a preview without Azure has no answer to 'azure-native:network:getSubnet'; run it in the sandbox"
        )

    def test_inputs_are_checked_as_strictly_as_in_the_sandbox(self) -> None:
        inputs = {**self.INPUTS, "networkProfile": {"networkPlugin": "calico"}}
        _, failures = PaperAzure().check(context(CLUSTER), {}, inputs)
        assert failures


class TestKubernetes:
    def test_created_object_is_ready_at_once(self, kubernetes: PaperKubernetes) -> None:
        body = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"type": "LoadBalancer"},
        }
        id, outputs = kubernetes.create(context("kubernetes:core/v1:Service"), body)
        assert id == "shop/web"
        assert outputs["status"]["loadBalancer"]["ingress"][0]["ip"]

    @pytest.mark.parametrize("kind", ["Installation", "APIServer"])
    def test_object_of_no_namespace_gets_none(self, kubernetes: PaperKubernetes, kind: str) -> None:
        token = f"kubernetes:operator.tigera.io/v1:{kind}"
        body = {"apiVersion": "operator.tigera.io/v1", "kind": kind, "metadata": {"name": "default"}}
        inputs, failures = kubernetes.check(context(token), {}, body)
        assert failures == []
        assert inputs["metadata"] == {"name": "default"}

    def test_nothing_changed_is_no_difference(self, kubernetes: PaperKubernetes) -> None:
        token = "kubernetes:projectcalico.org/v3:GlobalNetworkPolicy"
        body = {
            "apiVersion": "projectcalico.org/v3",
            "kind": "GlobalNetworkPolicy",
            "metadata": {"name": "deny"},
            "spec": {"types": ["Ingress"]},
        }
        inputs, _ = kubernetes.check(context(token), {}, body)
        id, outputs = kubernetes.create(context(token), inputs)
        assert kubernetes.diff(context(token), id, inputs, outputs, inputs).changes == {}

    def test_connection_is_refused_before_anything_is_sent(self) -> None:
        with pytest.raises(ProviderError, match="a preview without a cluster asks none"):
            NoApi.__new__(NoApi).request("GET", "/version")
