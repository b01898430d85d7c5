"""What `check` fills in: names, the place, the API version; without any sandbox as long as it can."""

from __future__ import annotations

import re

import pytest

from sandbox.plugins.azure_native.provider import AzureNative
from sandbox.plugins.rpc import UNKNOWN
from sandbox.plugins.server import ProviderError
from tests.sandbox.arm.arm_fakes import Azure
from tests.sandbox.azure_native.native_inputs import CLUSTER, GROUP, POOL, cluster, context, group, make, pool


def test_given_inputs_stay_and_the_api_version_is_added(lonely: AzureNative) -> None:
    inputs, failures = lonely.check(context(CLUSTER), {}, cluster())
    assert failures == []
    assert inputs == cluster(azureApiVersion="2025-09-01")


def test_failure_names_its_path_and_not_its_value(lonely: AzureNative) -> None:
    profile = {"adminUsername": "azureuser", "adminPassword": ["secret"]}
    _, failures = lonely.check(context(CLUSTER), {}, cluster(windowsProfile=profile))
    assert [(item.property, item.reason) for item in failures] == [
        ("", "'windowsProfile.adminPassword' should be of type 'string' but got an array")
    ]


@pytest.mark.parametrize(
    ("type", "key"), [(GROUP, "resourceGroupName"), (CLUSTER, "resourceName"), (POOL, "agentPoolName")]
)
def test_missing_name_is_made_up_from_the_resources_name_and_the_seed(
    lonely: AzureNative, type: str, key: str
) -> None:
    given = {GROUP: group(), CLUSTER: cluster(), POOL: pool()}[type]
    del given[key]
    inputs, failures = lonely.check(context(type, "lab", random_seed=b"seed"), {}, given)
    assert failures == []
    assert re.fullmatch(r"lab[0-9a-f]{8}", inputs[key])
    assert inputs["__createBeforeDelete"] is True
    again, _ = lonely.check(context(type, "lab", random_seed=b"seed"), {}, given)
    other, _ = lonely.check(context(type, "lab", random_seed=b"other"), {}, given)
    assert again[key] == inputs[key] != other[key]


def test_made_up_name_stays_for_a_resource_that_has_one(lonely: AzureNative) -> None:
    olds = group(resourceGroupName="lab1234abcd", __createBeforeDelete=True)
    inputs, _ = lonely.check(context(GROUP, random_seed=b"new"), olds, {"location": "canadacentral"})
    assert (inputs["resourceGroupName"], inputs["__createBeforeDelete"]) == ("lab1234abcd", True)


def test_given_name_of_before_stays_without_the_note(lonely: AzureNative) -> None:
    inputs, _ = lonely.check(context(GROUP), group(), {"location": "canadacentral"})
    assert inputs["resourceGroupName"] == "lab"
    assert "__createBeforeDelete" not in inputs


class TestLocation:
    """Taken from the state, then from `azure-native:location`, then from the resource group."""

    def test_of_the_state_comes_first(self, lonely: AzureNative) -> None:
        lonely.configure({"location": "westeurope"})
        inputs, _ = lonely.check(context(GROUP), group(), {"resourceGroupName": "lab"})
        assert inputs["location"] == "canadacentral"

    def test_of_the_configuration_comes_second(self, lonely: AzureNative) -> None:
        lonely.configure({"location": "westeurope"})
        inputs, failures = lonely.check(context(GROUP), {}, {"resourceGroupName": "lab"})
        assert (inputs["location"], failures) == ("westeurope", [])

    def test_of_the_resource_group_comes_last(self, azure: Azure, provider: AzureNative) -> None:
        make(provider, GROUP, group(location="eastus2"))
        provider.configure({})
        given = cluster()
        del given["location"]
        inputs, failures = provider.check(context(CLUSTER), {}, given)
        assert (inputs["location"], failures) == ("eastus2", [])

    def test_is_unknown_with_the_resource_group(self, lonely: AzureNative) -> None:
        given = cluster(resourceGroupName=UNKNOWN)
        del given["location"]
        inputs, failures = lonely.check(context(CLUSTER), {}, given)
        assert (inputs["location"], failures) == (UNKNOWN, [])

    def test_is_reported_when_nobody_knows_it(self, lonely: AzureNative) -> None:
        _, failures = lonely.check(context(GROUP), {}, {"resourceGroupName": "lab"})
        assert [item.reason for item in failures] == [
            (
                "missing required property 'location'. Either set it explicitly or configure it with 'pulumi config set"
                " azure-native:location <value>'."
            )
        ]

    def test_does_not_belong_to_a_pool(self, lonely: AzureNative) -> None:
        lonely.configure({"location": "westeurope"})
        inputs, _ = lonely.check(context(POOL), {}, pool())
        assert "location" not in inputs


def test_null_counts_as_not_given(lonely: AzureNative) -> None:
    inputs, failures = lonely.check(context(CLUSTER), {}, cluster(sku=None, networkProfile={"podCidr": None}))
    assert failures == []
    assert "sku" not in inputs
    assert inputs["networkProfile"] == {}


def test_unknown_resource_type_is_refused_with_those_there_are(lonely: AzureNative) -> None:
    with pytest.raises(ProviderError) as refused:
        lonely.check(context("azure-native:network:NatGateway"), {}, {})
    assert str(refused.value) == (
        "Resource type azure-native:network:NatGateway not found: the azure-native stand-in has only"
        " azure-native:authorization:RoleAssignment, azure-native:containerservice:AgentPool,"
        " azure-native:containerservice:ManagedCluster, azure-native:network:Subnet,"
        " azure-native:network:VirtualNetwork, azure-native:resources:ResourceGroup"
    )


def test_preview_of_a_new_cluster_needs_no_azure(lonely: AzureNative) -> None:
    inputs, _ = lonely.check(context(CLUSTER), {}, cluster())
    id, outputs = lonely.create(context(CLUSTER, preview=True), inputs)
    assert id == ""
    assert outputs["location"] == "canadacentral"
    assert outputs["networkProfile"]["podCidr"] == "10.244.0.0/16"
    assert outputs["networkProfile"]["dnsServiceIP"] is UNKNOWN
    assert outputs["agentPoolProfiles"][0]["name"] == "system"
    assert outputs["agentPoolProfiles"][0]["nodeImageVersion"] is UNKNOWN
    assert outputs["identity"]["principalId"] is UNKNOWN
    for name in ("name", "fqdn", "nodeResourceGroup", "currentKubernetesVersion"):
        assert outputs[name] is UNKNOWN


def test_preview_of_a_changed_cluster_knows_what_never_changes(lonely: AzureNative) -> None:
    news = cluster(kubernetesVersion="1.37")
    outputs = lonely.update(
        context(CLUSTER, preview=True),
        "id",
        cluster(),
        {"name": "lab-aks", "location": "canadacentral"},
        news,
    )
    assert (outputs["name"], outputs["location"]) == ("lab-aks", "canadacentral")
    assert outputs["kubernetesVersion"] == "1.37"
    assert outputs["fqdn"] is UNKNOWN


def test_without_a_sandbox_an_update_says_what_to_do(lonely: AzureNative) -> None:
    with pytest.raises(ProviderError) as refused:
        lonely.create(context(GROUP), group())
    assert re.fullmatch(
        r"there is no Azure to talk to: \S+/nothing/arm.json is not there or not readable; start the sandbox with"
        r" 'labctl sandbox start'",
        str(refused.value),
    )
