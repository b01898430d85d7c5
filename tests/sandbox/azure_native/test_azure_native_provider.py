"""The provider over a running Azure: create, read, update, delete, and what is left after trouble."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.azure_native import schema
from sandbox.plugins.azure_native.provider import AzureNative
from sandbox.plugins.azure_native.validate import check_inputs
from sandbox.plugins.server import InitFailedError, ProviderError
from tests.sandbox.arm.arm_fakes import Azure
from tests.sandbox.azure_native.native_inputs import (
    CLUSTER,
    CLUSTER_ID,
    GROUP,
    POOL,
    SUBSCRIPTION,
    cluster,
    context,
    group,
    make,
    make_cluster,
    pool,
)


def test_group_comes_back_as_the_sdk_shows_it(provider: AzureNative) -> None:
    id, _, outputs = make(provider, GROUP, group(tags={"lab": "dev"}))
    assert id == f"{SUBSCRIPTION}/resourceGroups/lab"
    assert outputs == {
        "azureApiVersion": "2024-03-01",
        "location": "canadacentral",
        "name": "lab",
        "properties": {"provisioningState": "Succeeded"},
        "tags": {"lab": "dev"},
        "type": "Microsoft.Resources/resourceGroups",
    }


def test_cluster_comes_back_flat(provider: AzureNative) -> None:
    id, _, outputs = make_cluster(provider)
    assert id == CLUSTER_ID
    assert outputs["azureApiVersion"] == "2025-09-01"
    assert outputs["name"] == "lab-aks"
    assert outputs["fqdn"] == "lab-aks-1234.hcp.canadacentral.azmk8s.io"
    assert outputs["currentKubernetesVersion"] == "1.36.2"
    assert outputs["nodeResourceGroup"] == "MC_lab_lab-aks_canadacentral"
    assert outputs["networkProfile"]["serviceCidr"] == "10.0.0.0/16"
    assert outputs["agentPoolProfiles"][0]["currentOrchestratorVersion"] == "1.36.2"
    assert outputs["identity"]["principalId"]
    assert "properties" not in outputs
    assert set(outputs) <= set(schema.load().outputs[CLUSTER]["properties"])


def test_pool_comes_back_flat_with_the_type_of_the_resource(provider: AzureNative) -> None:
    make_cluster(provider)
    id, _, outputs = make(provider, POOL, pool())
    assert id == f"{CLUSTER_ID}/agentPools/more"
    assert (outputs["name"], outputs["count"], outputs["mode"]) == ("more", 1, "User")
    assert outputs["type"] == "Microsoft.ContainerService/managedClusters/agentPools"


@pytest.mark.parametrize(
    ("type", "inputs", "id"),
    [
        (GROUP, group(), f"{SUBSCRIPTION}/resourceGroups/lab"),
        (CLUSTER, cluster(), CLUSTER_ID.replace("resourcegroups", "resourceGroups")),
    ],
    ids=["group", "cluster"],
)
def test_existing_resource_is_not_taken_over(
    provider: AzureNative, type: str, inputs: dict[str, Any], id: str
) -> None:
    make_cluster(provider)
    with pytest.raises(ProviderError) as refused:
        provider.create(context(type), inputs)
    assert str(refused.value) == f"cannot create already existing resource '{id}'"


def test_refusal_of_azure_reaches_the_user_as_the_real_provider_prints_it(provider: AzureNative) -> None:
    make(provider, GROUP, group())
    inputs = cluster(networkProfile={"networkPlugin": "none", "networkPolicy": "calico"})
    with pytest.raises(ProviderError) as refused:
        provider.create(context(CLUSTER), inputs)
    assert str(refused.value) == (
        'Status=400 Code="NetworkPolicyNotSupportedForNone" Message="Network policy \'calico\' is not supported with'
        " network plugin 'none'.\""
    )
    assert not isinstance(refused.value, InitFailedError)


def test_other_subscription_is_used_when_configured(azure: Azure, provider: AzureNative) -> None:
    provider.configure({"subscriptionId": "11111111-1111-1111-1111-111111111111"})
    id, _ = provider.create(context(GROUP), group())
    assert id == "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/lab"


def test_azure_api_version_and_own_notes_are_not_sent(azure: Azure, provider: AzureNative) -> None:
    make(provider, GROUP, group(resourceGroupName=None))
    (stored,) = azure.server._azure.store.of_type("Microsoft.Resources/resourceGroups")
    assert sorted(stored) == ["id", "location", "name", "properties", "type"]


def test_user_assigned_identities_become_keys_and_a_list_again(provider: AzureNative) -> None:
    make(provider, GROUP, group())
    users = [
        f"{SUBSCRIPTION}/resourceGroups/lab/providers/Microsoft.ManagedIdentity/userAssignedIdentities/me"
    ]
    identity = {"type": "UserAssigned", "userAssignedIdentities": users}
    id, inputs, outputs = make(provider, CLUSTER, cluster(identity=identity))
    assert list(outputs["identity"]["userAssignedIdentities"]) == users
    assert provider.read(context(CLUSTER), id, inputs, outputs) == (id, inputs, outputs)
    assert provider.read(context(CLUSTER), id, {}, {})[1]["identity"] == identity


class TestRefresh:
    """Takes over what changed in Azure, and only that."""

    @pytest.mark.parametrize("type", [GROUP, CLUSTER, POOL])
    def test_of_an_unchanged_resource_changes_nothing(self, provider: AzureNative, type: str) -> None:
        make_cluster(provider)
        given = {
            GROUP: group(resourceGroupName="other"),
            CLUSTER: cluster(resourceName="other"),
            POOL: pool(),
        }
        id, inputs, outputs = make(provider, type, given[type])
        assert provider.read(context(type), id, inputs, outputs) == (id, inputs, outputs)

    def test_of_a_vanished_resource_gives_no_id(self, provider: AzureNative) -> None:
        id, inputs, outputs = make_cluster(provider)
        provider.delete(context(CLUSTER), id, inputs, outputs)
        assert provider.read(context(CLUSTER), id, inputs, outputs) == ("", {}, {})

    def test_sees_a_count_that_somebody_changed(self, provider: AzureNative) -> None:
        id, inputs, outputs = make_cluster(provider)
        scaled = cluster()
        scaled["agentPoolProfiles"][0]["count"] = 5
        provider.update(context(CLUSTER), id, inputs, outputs, scaled)
        _, refreshed, _ = provider.read(context(CLUSTER), id, inputs, outputs)
        inputs["agentPoolProfiles"][0]["count"] = 5
        assert refreshed == inputs

    def test_sees_tags_that_came_and_went(self, provider: AzureNative) -> None:
        id, inputs, outputs = make(provider, GROUP, group(tags={"old": "1", "same": "2"}))
        provider.update(context(GROUP), id, inputs, outputs, group(tags={"new": "3", "same": "2"}))
        _, refreshed, _ = provider.read(context(GROUP), id, inputs, outputs)
        assert refreshed["tags"] == {"new": "3", "same": "2"}

    def test_adds_separate_pools_to_the_cluster_as_the_real_provider_does(
        self, provider: AzureNative
    ) -> None:
        """The trap of pulumi-azure-native issue 2719: afterwards `up` wants to take the pool out of the list again."""
        id, inputs, outputs = make_cluster(provider)
        make(provider, POOL, pool())
        _, refreshed, _ = provider.read(context(CLUSTER), id, inputs, outputs)
        assert [item["name"] for item in refreshed["agentPoolProfiles"]] == ["system", "more"]
        provider.update(context(CLUSTER), id, refreshed, outputs, inputs)
        assert provider.read(context(POOL), f"{id}/agentPools/more", pool(), {})[0] != ""


def test_import_reads_inputs_that_pass_the_check_and_change_nothing(provider: AzureNative) -> None:
    """Also shows that what the Azure stand-in fills in is legal in the SDK's own types."""
    id, _, outputs = make_cluster(provider)
    pool_id, _, _ = make(provider, POOL, pool())
    for type, of in ((CLUSTER, id), (POOL, pool_id), (GROUP, f"{SUBSCRIPTION}/resourceGroups/lab")):
        _, inputs, outputs = provider.read(context(type), of, {}, {})
        assert check_inputs(schema.load(), type, inputs) == []
        checked, failures = provider.check(context(type), inputs, inputs)
        assert failures == []
        assert provider.diff(context(type), of, inputs, outputs, checked).changes == {}
        provider.update(context(type), of, inputs, outputs, checked)


def test_id_of_another_type_cannot_be_imported(provider: AzureNative) -> None:
    id, _, _ = make_cluster(provider)
    with pytest.raises(ProviderError) as refused:
        provider.read(context(GROUP), id, {}, {})
    assert str(refused.value) == (
        f"'{id}' is not an id of azure-native:resources:ResourceGroup, which has the form"
        " /resourceGroups/{resourceGroupName}"
    )


def test_update_answers_with_the_new_outputs(azure: Azure, provider: AzureNative) -> None:
    id, inputs, outputs = make_cluster(provider)
    news = cluster()
    news["agentPoolProfiles"][0]["count"] = 3
    updated = provider.update(context(CLUSTER), id, inputs, outputs, news)
    assert updated["agentPoolProfiles"][0]["count"] == 3
    assert azure.clusters.pools[CLUSTER_ID.lower()]["system"].count == 3


def test_refused_update_leaves_the_state_alone(provider: AzureNative) -> None:
    id, inputs, outputs = make_cluster(provider)
    news = cluster()
    news["agentPoolProfiles"][0]["vmSize"] = "Standard_D8s_v5"
    with pytest.raises(ProviderError) as refused:
        provider.update(context(CLUSTER), id, inputs, outputs, news)
    assert not isinstance(refused.value, InitFailedError)
    assert str(refused.value) == (
        'Status=400 Code="PropertyChangeNotAllowed" Message="Changing property "agentPoolProfile.vmSize" is not'
        ' allowed in an api-version before "2026-01-02-preview"."'
    )


def test_deleting_what_is_gone_is_harmless(provider: AzureNative) -> None:
    id, inputs, outputs = make_cluster(provider)
    for _ in range(2):
        provider.delete(context(CLUSTER), id, inputs, outputs)
    provider.delete(context(GROUP), f"{SUBSCRIPTION}/resourceGroups/lab", {}, {})
    provider.delete(context(CLUSTER), id, inputs, outputs)


def test_failed_create_is_kept_and_a_second_try_mends_it(azure: Azure, provider: AzureNative) -> None:
    make(provider, GROUP, group())
    azure.clusters.broken = "kube-apiserver did not start"
    with pytest.raises(InitFailedError) as failed:
        provider.create(context(CLUSTER), cluster())
    error = 'Status=200 Code="InternalOperationError" Message="kube-apiserver did not start"'
    assert (failed.value.id, failed.value.reasons) == (CLUSTER_ID, [error])
    assert failed.value.inputs == cluster()
    assert failed.value.outputs["provisioningState"] == "Failed"
    azure.clusters.broken = ""
    outputs = provider.update(context(CLUSTER), CLUSTER_ID, cluster(), dict(failed.value.outputs), cluster())
    assert outputs["provisioningState"] == "Succeeded"


def test_failed_update_is_kept_too(azure: Azure, provider: AzureNative) -> None:
    id, inputs, outputs = make_cluster(provider)
    azure.clusters.broken = "no room for the node"
    with pytest.raises(InitFailedError) as failed:
        provider.update(context(CLUSTER), id, inputs, outputs, cluster(tags={}))
    assert failed.value.reasons == ['Status=200 Code="InternalOperationError" Message="no room for the node"']


def test_ctrl_c_gives_up_at_once_and_keeps_what_azure_goes_on_with(
    azure: Azure, provider: AzureNative
) -> None:
    make(provider, GROUP, group())
    azure.clusters.gate = threading.Event()
    threading.Timer(0.3, provider.cancelled.set).start()
    started = time.monotonic()
    with pytest.raises(InitFailedError) as failed:
        provider.create(context(CLUSTER), cluster())
    assert time.monotonic() - started < 15  # Azure would go on for 20 s
    assert failed.value.reasons == ["operation cancelled; Azure carries on with it"]
    assert failed.value.outputs["provisioningState"] == "Creating"


def test_time_limit_of_the_user_is_kept(azure: Azure, provider: AzureNative) -> None:
    make(provider, GROUP, group())
    azure.clusters.gate = threading.Event()
    with pytest.raises(InitFailedError) as failed:
        provider.create(context(CLUSTER, timeout=0.3), cluster())
    assert failed.value.reasons == ["operation timed out"]


def test_azure_that_went_away_says_what_to_do(azure: Azure, provider: AzureNative, tmp_path: Path) -> None:
    url = azure.server.url
    azure.server.stop()
    with pytest.raises(ProviderError) as refused:
        provider.create(context(GROUP), group())
    assert str(refused.value) == (
        f"the Azure stand-in at {url} did not answer ([Errno 111] Connection refused); start it with"
        " 'labctl sandbox start'"
    )
