"""The plain description of a node pool, the same for the inline system pool and for the separate pools."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi


class NodePoolArgs(TypedDict):
    """One pool of equal nodes."""

    name: str
    """Name in Azure, up to 12 lower-case letters and digits (6 on Windows). Plain: it names the resource too.
    """

    count: pulumi.Input[int]
    """Number of nodes."""

    vm_size: pulumi.Input[str]
    """Azure size of each node."""

    os_type: pulumi.Input[str]
    """`Linux` or `Windows`."""

    os_sku: pulumi.Input[str]
    """Image family, `Ubuntu` or `Windows2022`; Azure's default moves with the Kubernetes version."""

    labels: Mapping[str, pulumi.Input[str]]
    """Labels that every node of the pool carries, besides AKS's own."""
