"""The cluster that Azure is asked for, and what may never leave it in plain text."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pulumi
import pytest

from components.aks_cluster import (
    AksCluster,
    AksClusterArgs,
    WrongNetworkPluginError,
    confirmed,
    role_definition,
)
from sandbox.plugins.azure_native.resources import kind_of
from tests.components.conftest import resolved, run, use_mocks
from tests.components.recorder import FQDN, KUBECONFIG, PRINCIPAL, Recorder

_GOLDEN = Path(__file__).parent / "golden"
_CLUSTER = ":ManagedCluster"
_POOL = ":AgentPool"
_PROVIDER = "pulumi:providers:kubernetes"


def baseline() -> AksClusterArgs:
    return {
        "resource_group_name": "a-group",
        "cluster_name": "a-cluster",
        "dns_prefix": "a-prefix",
        "node_resource_group": "a-group-nodes",
        "location": "canadacentral",
        "kubernetes_version": "1.36",
        "network_plugin": "none",
        "network_policy": "none",
        "subnet_id": None,
        "windows_profile": None,
        "pod_cidr": "10.244.0.0/16",
        "service_cidr": "10.0.0.0/16",
        "dns_service_ip": "10.0.0.10",
        "system_pool": {
            "name": "system",
            "count": 2,
            "vm_size": "Standard_D4s_v5",
            "os_type": "Linux",
            "os_sku": "Ubuntu",
            "labels": {},
        },
        "user_pools": [],
        "tags": {"lab": "byocni", "expires": "2026-11-22T18:00:00Z"},
    }


def with_user_pool() -> AksClusterArgs:
    pool = {
        "name": "second",
        "count": 1,
        "vm_size": "Standard_D4s_v5",
        "os_type": "Linux",
        "os_sku": "Ubuntu",
        "labels": {"node": "second"},
    }
    return {**baseline(), "user_pools": [pool]}


class TestTheClusterWithoutACni:
    """Lab 2 of the course starts from an AKS cluster whose nodes wait for a CNI."""

    def test_azure_is_asked_for_exactly_the_golden_cluster(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", baseline()))
        golden = json.loads((_GOLDEN / "managed_cluster.json").read_text())
        assert recorder.one(_CLUSTER).inputs == golden

    def test_plugin_azure_differs_in_the_plugin_and_has_no_pod_range(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", {**baseline(), "network_plugin": "azure", "pod_cidr": None}))
        profile = recorder.one(_CLUSTER).inputs["networkProfile"]
        golden = json.loads((_GOLDEN / "managed_cluster.json").read_text())["networkProfile"]
        del golden["podCidr"]
        assert profile == {**golden, "networkPlugin": "azure"}

    def test_one_pool_is_inline_and_no_other_exists(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", baseline()))
        assert len(recorder.one(_CLUSTER).inputs["agentPoolProfiles"]) == 1
        assert recorder.all(_POOL) == []

    def test_a_further_pool_is_a_resource_of_its_own_and_leaves_the_cluster_as_it_is(
        self, recorder: Recorder
    ) -> None:
        run(lambda: AksCluster("aks", with_user_pool()))
        golden = json.loads((_GOLDEN / "managed_cluster.json").read_text())
        assert recorder.one(_CLUSTER).inputs == golden
        pool = recorder.one(_POOL)
        assert pool.name == "aks-pool-second"
        assert pool.inputs == {
            "agentPoolName": "second",
            "count": 1,
            "mode": "User",
            "nodeLabels": {"node": "second"},
            "osSKU": "Ubuntu",
            "osType": "Linux",
            "resourceGroupName": "a-group",
            "resourceName": "a-cluster",
            "type": "VirtualMachineScaleSets",
            "vmSize": "Standard_D4s_v5",
        }

    def test_the_provider_waits_for_every_pool(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", with_user_pool()))
        assert recorder.one(_POOL).urn in recorder.one(_PROVIDER).dependencies


_SUBNET = "/subscriptions/s1/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/nodes"


class TestASubnetOfOurOwn:
    """A cluster in a subnet that it did not make needs a role on it, or no load balancer ever gets there."""

    def test_all_pools_are_in_the_subnet(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", {**with_user_pool(), "subnet_id": _SUBNET}))
        [system] = recorder.one(_CLUSTER).inputs["agentPoolProfiles"]
        assert [system["vnetSubnetID"], recorder.one(_POOL).inputs["vnetSubnetID"]] == [_SUBNET, _SUBNET]

    def test_the_clusters_identity_gets_its_role_on_that_subnet_alone(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", {**baseline(), "subnet_id": _SUBNET}))
        role = recorder.one(":RoleAssignment").inputs
        assert role["scope"] == _SUBNET
        assert role["principalId"] == PRINCIPAL
        assert role["principalType"] == "ServicePrincipal"
        assert role["roleDefinitionId"] == role_definition(_SUBNET)
        assert role["roleDefinitionId"].startswith("/subscriptions/s1/providers/Microsoft.Authorization/")
        assert uuid.UUID(role["roleAssignmentName"]).version == 5

    def test_nothing_is_put_into_the_cluster_before_the_role_is_there(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", {**baseline(), "subnet_id": _SUBNET}))
        assert recorder.one(":RoleAssignment").urn in recorder.one(_PROVIDER).dependencies

    def test_without_a_subnet_there_is_no_role(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", baseline()))
        assert recorder.all(":RoleAssignment") == []


class TestTheWindowsAdministrator:
    """Azure takes him when the cluster is made and never again, and his password is nobody's to read."""

    def test_his_password_is_a_secret_that_no_change_looks_at(self, recorder: Recorder) -> None:
        profile = {"admin_username": "azureuser", "admin_password": "Correct-Horse-9"}
        run(lambda: AksCluster("aks", {**baseline(), "network_plugin": "azure", "windows_profile": profile}))
        cluster = recorder.one(_CLUSTER)
        assert "windowsProfile" in cluster.secret_inputs
        assert "windowsProfile.adminPassword" in cluster.ignore_changes
        assert "windowsProfile" not in cluster.ignore_changes

    def test_without_him_nothing_of_windows_is_said(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", baseline()))
        assert "windowsProfile" not in recorder.one(_CLUSTER).inputs


def test_akss_own_calico_is_the_clusters_network_policy(recorder: Recorder) -> None:
    run(lambda: AksCluster("aks", {**baseline(), "network_plugin": "azure", "network_policy": "calico"}))
    assert recorder.one(_CLUSTER).inputs["networkProfile"]["networkPolicy"] == "calico"


class TestReplacementAndExpiry:
    """A fixed name and a stamp that must not move: both need options that are easy to get wrong."""

    def test_a_replacement_deletes_first_because_the_name_is_fixed(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", with_user_pool()))
        assert recorder.one(_CLUSTER).delete_before_replace
        assert recorder.one(_POOL).delete_before_replace

    def test_the_expiry_is_ignored_and_its_path_is_in_camel_case(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", baseline()))
        cluster = recorder.one(_CLUSTER)
        assert "tags.expires" in cluster.ignore_changes
        assert "expires" in cluster.inputs["tags"]

    def test_so_is_what_azure_fills_in_and_a_change_of_which_would_replace(self, recorder: Recorder) -> None:
        """An imported cluster has them among its inputs; a misspelt path would be ignored in silence."""
        run(lambda: AksCluster("aks", baseline()))
        ignored = set(recorder.one(_CLUSTER).ignore_changes) - {"tags.expires"}
        assert ignored == {"networkProfile.networkDataplane", "networkProfile.serviceCidrs", "windowsProfile"}
        assert ignored <= kind_of("azure-native:containerservice:ManagedCluster").replaces


class TestTheKubernetesProvider:
    """Everything above the cluster goes through one explicit provider."""

    def test_it_is_identified_by_the_cluster_so_that_an_update_does_not_replace_it(
        self, recorder: Recorder
    ) -> None:
        run(lambda: AksCluster("aks", baseline()))
        provider = recorder.one(_PROVIDER)
        assert provider.inputs["clusterIdentifier"].endswith("/managedClusters/c")
        assert recorder.one(_CLUSTER).urn in provider.dependencies

    def test_it_may_change_config_maps_and_secrets_in_place(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", baseline()))
        inputs = recorder.one(_PROVIDER).inputs
        assert (inputs["enableConfigMapMutable"], inputs["enableSecretMutable"]) == ("true", "true")

    def test_its_kubeconfig_is_the_admins_and_secret(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", baseline()))
        provider = recorder.one(_PROVIDER)
        assert provider.inputs["kubeconfig"] == KUBECONFIG
        assert provider.secret_inputs == {"kubeconfig"}


class TestTheKubeconfig:
    """Admin credentials: secret from the call on, and asked for only when there is a cluster."""

    def test_it_is_secret_and_so_is_all_that_is_derived_from_it(self) -> None:
        kubeconfig = run(lambda: AksCluster("aks", baseline())).kubeconfig
        derived = {
            "itself": kubeconfig,
            "applied": kubeconfig.apply(len),
            "formatted": pulumi.Output.format("<{0}>", kubeconfig),
            "together with something plain": pulumi.Output.all(kubeconfig, "plain"),
        }
        assert {name: secret for name, (_, secret) in resolved(derived).items()} == dict.fromkeys(
            derived, True
        )

    def test_name_and_host_are_not_secret(self) -> None:
        cluster = run(lambda: AksCluster("aks", baseline()))
        found = resolved({"name": cluster.cluster_name, "fqdn": cluster.fqdn})
        assert found == {"name": ("a-cluster", False), "fqdn": (FQDN, False)}

    def test_a_first_preview_does_not_ask_for_it(self) -> None:
        recorder = use_mocks(preview=True)
        recorder.lab_mocks.ids_are_known = False
        run(lambda: AksCluster("aks", baseline()))
        assert recorder.one(_CLUSTER)
        assert recorder.lab_mocks.calls == []

    def test_it_is_asked_for_the_cluster_that_was_created(self, recorder: Recorder) -> None:
        run(lambda: AksCluster("aks", baseline()))
        [call] = recorder.lab_mocks.calls
        assert call.args == {"resourceGroupName": "a-group", "resourceName": "a-cluster"}


class TestAnotherPluginThanAskedFor:
    """pulumi-azure-native#2598: an old plugin drops `networkPlugin: none`, and the lab gets a kubenet
    cluster."""

    MESSAGE = (
        "networkProfile.networkPlugin is 'kubenet' but this lab asked for 'none'; destroy the stack, update "
        "the azure-native plugin and try again (an old plugin drops the setting without a word, "
        "pulumi-azure-native#2598)"
    )

    def test_the_run_fails_with_a_message_and_nothing_can_be_put_into_the_cluster(
        self, recorder: Recorder
    ) -> None:
        recorder.lab_mocks.reported_network_plugin = "kubenet"
        with pytest.raises(WrongNetworkPluginError) as caught:
            run(lambda: AksCluster("aks", baseline()))
        assert str(caught.value) == self.MESSAGE
        assert recorder.all(_PROVIDER) == []

    def test_the_host_prints_it_without_a_traceback(self) -> None:
        assert issubclass(WrongNetworkPluginError, pulumi.RunError)

    def test_the_right_plugin_passes(self) -> None:
        assert confirmed("k", reported_plugin="none", wanted_plugin="none") == "k"
