"""The VNet and subnet that a stack plans itself."""

from __future__ import annotations

from components.lab_network import LabNetwork, LabNetworkArgs
from tests.components.conftest import run
from tests.components.recorder import Recorder


def baseline() -> LabNetworkArgs:
    return {
        "resource_group_name": "a-group",
        "vnet_name": "a-net",
        "location": "canadacentral",
        "vnet_cidr": "10.224.0.0/12",
        "subnet_cidr": "10.224.0.0/24",
        "tags": {"lab": "azurecni", "expires": "2026-11-22T18:00:00Z"},
    }


def test_the_subnet_is_a_resource_of_its_own_inside_the_vnet(recorder: Recorder) -> None:
    run(lambda: LabNetwork("network", baseline()))
    vnet, subnet = recorder.one(":VirtualNetwork"), recorder.one(":Subnet")
    assert vnet.inputs == {
        "addressSpace": {"addressPrefixes": ["10.224.0.0/12"]},
        "enableDdosProtection": False,
        "enableVmProtection": False,
        "location": "canadacentral",
        "resourceGroupName": "a-group",
        "tags": {"lab": "azurecni", "expires": "2026-11-22T18:00:00Z"},
        "virtualNetworkName": "a-net",
    }
    assert subnet.inputs == {
        "addressPrefix": "10.224.0.0/24",
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
        "resourceGroupName": "a-group",
        "subnetName": "nodes",
        "virtualNetworkName": "a-net",
    }
    assert vnet.urn in subnet.dependencies


def test_an_update_of_the_vnet_does_not_look_at_its_subnets_nor_at_the_expiry(recorder: Recorder) -> None:
    run(lambda: LabNetwork("network", baseline()))
    assert recorder.one(":VirtualNetwork").ignore_changes == ("tags.expires", "subnets")


def test_both_are_children_of_the_component(recorder: Recorder) -> None:
    run(lambda: LabNetwork("network", baseline()))
    component = recorder.one("calico-labs:azure:LabNetwork")
    assert {r.parent for r in recorder.registrations if r.custom} == {component.urn}
