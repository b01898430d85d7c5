"""The VNet and the one subnet of a lab that plans its addresses itself.

Only made when the stack names a subnet; otherwise AKS makes a VNet of its own. How large the subnet has to be is
decided in labs/, before anything exists; the cluster's role on it belongs to the cluster.
"""

from collections.abc import Mapping
from typing import TypedDict

import pulumi

from components.resource_group import EXPIRY_IS_STAMPED_ONCE


class LabNetworkArgs(TypedDict):
    """What the network of a lab needs."""

    resource_group_name: pulumi.Input[str]
    """Group that holds the VNet."""

    vnet_name: pulumi.Input[str]
    """Name of the VNet in Azure."""

    location: pulumi.Input[str]
    """Azure region."""

    vnet_cidr: pulumi.Input[str]
    """Range of the VNet."""

    subnet_cidr: pulumi.Input[str]
    """Range of the nodes' subnet, inside that of the VNet."""

    tags: Mapping[str, pulumi.Input[str]]
    """Same tags as the resource group."""


class LabNetwork(pulumi.ComponentResource):
    """A VNet with a subnet for nodes."""

    subnet_id: pulumi.Output[str]
    """Azure id of the subnet."""

    def __init__(self, name: str, args: LabNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("calico-labs:azure:LabNetwork", name, None, opts)

        # Imported here: the SDK's network package takes 0.8 s (2 cores, 2026-11-22), and most labs need none of it.
        from pulumi_azure_native import network

        vnet = network.VirtualNetwork(
            f"{name}-vnet",
            resource_group_name=args["resource_group_name"],
            virtual_network_name=args["vnet_name"],
            location=args["location"],
            address_space={"address_prefixes": [args["vnet_cidr"]]},
            tags=args["tags"],
            # The subnet is a resource of its own; a VNet that lists its subnets too would remove it on an update.
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=[*EXPIRY_IS_STAMPED_ONCE, "subnets"],
                delete_before_replace=True,
            ),
        )
        subnet = network.Subnet(
            f"{name}-subnet",
            resource_group_name=args["resource_group_name"],
            virtual_network_name=vnet.name,
            subnet_name="nodes",
            address_prefix=args["subnet_cidr"],
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )

        self.subnet_id = subnet.id
        self.register_outputs({"subnetId": self.subnet_id})
