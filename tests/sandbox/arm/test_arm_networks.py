"""Virtual networks, subnets and roles on them: what a cluster in a subnet of its user's own needs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.arm.arm_fakes import AZURE_CNI, CLUSTER, GROUP, SUBSCRIPTION, Answer, Azure, cluster, pool

NETWORK_VERSION = "2024-05-01"
VNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net"
SUBNET = f"{VNET}/subnets/nodes"
ROLE_NAME = "11111111-2222-3333-4444-555555555555"
ROLE = f"{SUBNET}/providers/Microsoft.Authorization/roleAssignments/{ROLE_NAME}"
DEFINITION = (
    f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"
    "4d97b98b-1d4f-4787-a291-c67834d212e7"
)


def put_vnet(azure: Azure, *ranges: str, **properties: Any) -> Answer:
    body = {
        "location": "Canada Central",
        "properties": {"addressSpace": {"addressPrefixes": ranges}, **properties},
    }
    return azure.put(VNET, body, NETWORK_VERSION)


def put_subnet(azure: Azure, prefix: str, id: str = SUBNET, **properties: Any) -> Answer:
    return azure.put(id, {"properties": {"addressPrefix": prefix, **properties}}, NETWORK_VERSION)


def put_role(azure: Azure, id: str = ROLE, **properties: Any) -> Answer:
    return azure.call("PUT", id, {"properties": properties}, "2022-04-01")


@pytest.fixture
def network(azure: Azure) -> Azure:
    """A VNet with one /24 for nodes."""
    azure.make_group()
    assert put_vnet(azure, "10.100.0.0/16").status == 201
    assert put_subnet(azure, "10.100.1.0/24").status == 201
    return azure


class TestRanges:
    def test_a_vnet_answers_with_its_subnets(self, network: Azure) -> None:
        found = network.call("GET", VNET, version=NETWORK_VERSION).body
        assert found["location"] == "canadacentral"
        assert [subnet["properties"]["addressPrefix"] for subnet in found["properties"]["subnets"]] == [
            "10.100.1.0/24"
        ]

    def test_a_second_put_is_an_update_that_keeps_the_subnets(self, network: Azure) -> None:
        answer = put_vnet(network, "10.100.0.0/15")
        assert (answer.status, len(answer.body["properties"]["subnets"])) == (200, 1)

    def test_a_vnet_may_not_shrink_below_its_subnets(self, network: Azure) -> None:
        status, code, message = put_vnet(network, "10.101.0.0/16").error
        assert (status, code) == (400, "NetcfgSubnetRangeOutsideVnet")
        assert message == (
            "Subnet 'nodes' is not valid because its IP address range is outside the IP address range of virtual"
            " network 'net'."
        )

    def test_a_subnet_outside_its_vnet_is_refused(self, network: Azure) -> None:
        assert (
            put_subnet(network, "10.101.0.0/24", f"{VNET}/subnets/b").error[1]
            == "NetcfgSubnetRangeOutsideVnet"
        )

    def test_overlapping_subnets_are_refused(self, network: Azure) -> None:
        assert put_subnet(network, "10.100.0.0/23", f"{VNET}/subnets/b").error == (
            400,
            "NetcfgSubnetRangesOverlap",
            (
                "Subnet 'b' is not valid because its IP address range overlaps with that of an existing subnet in"
                " virtual network 'net'."
            ),
        )

    @pytest.mark.parametrize("text", ["10.100.1.0", "10.100.1.1/24", "x"])
    def test_what_is_no_range_is_refused(self, network: Azure, text: str) -> None:
        assert put_subnet(network, text).error[:2] == (400, "InvalidAddressPrefixFormat")

    def test_a_vnet_without_a_range_is_refused(self, network: Azure) -> None:
        assert put_vnet(network).error[:2] == (400, "InvalidRequestFormat")

    def test_a_subnet_needs_its_vnet(self, azure: Azure) -> None:
        azure.make_group()
        assert put_subnet(azure, "10.100.1.0/24").error[:2] == (404, "ParentResourceNotFound")

    def test_what_the_sandbox_does_not_know_is_not_taken_in_silence(self, network: Azure) -> None:
        assert put_subnet(network, "10.100.1.0/24", routeTable={"id": "x"}).error == (
            400,
            "NotSimulatedInSandbox",
            "the subnet has 'routeTable', which the sandbox does not simulate; leave it out",
        )

    def test_deleting_the_vnet_deletes_its_subnets(self, network: Azure) -> None:
        assert network.call("DELETE", VNET, version=NETWORK_VERSION).status == 204
        assert network.call("GET", SUBNET, version=NETWORK_VERSION).status == 404


class TestAClusterInASubnet:
    def in_subnet(self, azure: Azure, count: int = 2, **changes: Any) -> Answer:
        profile = [
            {
                "name": "system",
                "mode": "System",
                "count": count,
                "vmSize": "Standard_D4s_v5",
                "vnetSubnetID": SUBNET,
            }
        ]
        return azure.put(CLUSTER, cluster(agentPoolProfiles=profile, **changes))

    def test_its_nodes_get_addresses_of_the_subnet(self, network: Azure) -> None:
        assert self.in_subnet(network).status == 201
        (spec,) = network.clusters.running.values()
        assert spec.node_subnet == "10.100.1.0/24"

    def test_without_one_they_are_in_akss_own(self, azure: Azure) -> None:
        azure.make_cluster()
        (spec,) = azure.clusters.running.values()
        assert spec.node_subnet == "10.224.0.0/16"

    def test_with_azure_cni_all_pods_count(self, network: Azure) -> None:
        assert self.in_subnet(network, count=9, **AZURE_CNI).error == (
            400,
            "InsufficientSubnetSize",
            (
                "Pre-allocated IPs 279 exceeds IPs available 251 in Subnet Cidr 10.100.1.0/24, Subnet Name nodes."
                " http://aka.ms/aks/insufficientsubnetsize"
            ),
        )
        assert self.in_subnet(network, count=8, **AZURE_CNI).status == 201

    def test_a_further_pool_counts_too(self, network: Azure) -> None:
        assert self.in_subnet(network, count=7, **AZURE_CNI).status == 201
        answer = network.put(f"{CLUSTER}/agentPools/more", pool(count=2, vnetSubnetID=SUBNET))
        assert answer.error[1] == "InsufficientSubnetSize"

    def test_pools_in_different_subnets_are_not_simulated(self, network: Azure) -> None:
        assert self.in_subnet(network).status == 201
        assert network.put(f"{CLUSTER}/agentPools/more", pool()).error[1] == "NotSimulatedInSandbox"

    def test_services_may_not_be_where_the_nodes_are(self, network: Azure) -> None:
        profile = {"networkPlugin": "none", "podCidr": "10.244.0.0/16", "serviceCidr": "10.100.0.0/16"}
        answer = self.in_subnet(network, networkProfile={**profile, "dnsServiceIP": "10.100.0.10"})
        assert answer.error[1] == "ServiceCidrOverlapExistingSubnetsCidr"

    def test_the_subnet_stays_while_nodes_are_in_it(self, network: Azure) -> None:
        assert self.in_subnet(network).status == 201
        for id in (SUBNET, VNET):
            assert (
                network.call("DELETE", id, version=NETWORK_VERSION).error[1] == "InUseSubnetCannotBeDeleted"
            )
        assert put_subnet(network, "10.100.2.0/24").error[1] == "InUseSubnetCannotBeDeleted"
        assert network.delete(CLUSTER).status == 204
        assert network.call("DELETE", SUBNET, version=NETWORK_VERSION).status == 204


class TestRoles:
    def principal(self, azure: Azure) -> str:
        return str(azure.make_cluster()["identity"]["principalId"])

    def test_a_role_is_an_extension_of_what_it_is_given_on(self, network: Azure) -> None:
        answer = put_role(network, roleDefinitionId=DEFINITION, principalId=self.principal(network))
        assert answer.status == 201
        assert (answer.body["id"], answer.body["properties"]["scope"]) == (ROLE, SUBNET)
        assert network.call("GET", ROLE, version="2022-04-01").body["name"] == ROLE_NAME

    def test_giving_it_again_changes_nothing(self, network: Azure) -> None:
        role = {"roleDefinitionId": DEFINITION, "principalId": self.principal(network)}
        assert [put_role(network, **role).status, put_role(network, **role).status] == [201, 200]

    def test_it_cannot_be_given_to_somebody_else_later(self, network: Azure) -> None:
        role = {"roleDefinitionId": DEFINITION, "principalId": self.principal(network)}
        put_role(network, **role)
        other = role["roleDefinitionId"].replace("4d97", "4d98")
        assert put_role(network, **{**role, "roleDefinitionId": other}).error[:2] == (
            409,
            "RoleAssignmentUpdateNotPermitted",
        )

    def test_it_goes_with_what_it_is_given_on(self, network: Azure) -> None:
        put_role(network, roleDefinitionId=DEFINITION, principalId=self.principal(network))
        network.call("DELETE", SUBNET, version=NETWORK_VERSION)
        assert network.call("GET", ROLE, version="2022-04-01").error[:2] == (404, "RoleAssignmentNotFound")

    def test_deleting_one_that_is_gone_is_no_error(self, network: Azure) -> None:
        assert network.call("DELETE", ROLE, version="2022-04-01").status == 204

    def test_a_scope_that_is_not_there_is_refused(self, network: Azure) -> None:
        id = ROLE.replace("/subnets/nodes", "/subnets/none")
        assert (
            put_role(network, id, roleDefinitionId=DEFINITION, principalId="p").error[1] == "ResourceNotFound"
        )

    def test_a_name_that_is_no_guid_is_refused(self, network: Azure) -> None:
        id = ROLE.replace(ROLE_NAME, "mine")
        assert put_role(network, id, roleDefinitionId=DEFINITION).error[:2] == (
            400,
            "InvalidRoleAssignmentId",
        )

    def test_a_role_that_there_is_not_is_refused(self, network: Azure) -> None:
        assert put_role(network, roleDefinitionId="Network Contributor").error[:2] == (
            404,
            "RoleDefinitionDoesNotExist",
        )

    def test_nobody_gets_no_role(self, network: Azure) -> None:
        assert put_role(network, roleDefinitionId=DEFINITION, principalId=ROLE_NAME).error == (
            400,
            "PrincipalNotFound",
            f"Principal {ROLE_NAME} does not exist in the directory.",
        )
