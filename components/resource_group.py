"""The resource group of a lab: everything the lab pays for is in here or in the node group AKS derives from
it.

Carries the tags by which a forgotten lab can be found. Does not decide names or tags; labs/ does.
"""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
from pulumi_azure_native import resources

EXPIRY_IS_STAMPED_ONCE = ["tags.expires"]
"""For ignore_changes. The program works the tag out anew on every run; without this each `up` would move it.

Nested paths go to the engine as written, so they must be in the provider's camelCase (a Python name matches
nothing there and is ignored in silence).
"""


class LabResourceGroupArgs(TypedDict):
    """What a lab's resource group needs."""

    resource_group_name: pulumi.Input[str]
    """Name in Azure; fixed, so that people and scripts can say it."""

    location: pulumi.Input[str]
    """Azure region."""

    tags: Mapping[str, pulumi.Input[str]]
    """Lab, owner, expiry and who manages it."""


class LabResourceGroup(pulumi.ComponentResource):
    """A resource group that says whose it is and when it may be removed."""

    group_name: pulumi.Output[str]
    """Name of the group once it exists."""

    def __init__(
        self, name: str, args: LabResourceGroupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("calico-labs:azure:LabResourceGroup", name, None, opts)

        group = resources.ResourceGroup(
            f"{name}-group",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            tags=args["tags"],
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=EXPIRY_IS_STAMPED_ONCE,
                # A fixed name: creating the replacement first would write over the group that is deleted
                # next.
                delete_before_replace=True,
            ),
        )

        self.group_name = group.name
        self.register_outputs({"groupName": self.group_name})
