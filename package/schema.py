"""Which components the package offers, and the schema that the SDK's own analyzer derives from them."""

from __future__ import annotations

import json
from typing import Any

import pulumi
from pulumi.provider.experimental.component import ComponentProvider

from components.aks_cluster import AksCluster
from components.app_namespaces import AppNamespaces
from components.calico_bgp import CalicoBgp
from components.calico_installation import CalicoInstallation
from components.calico_policies import CalicoPolicies
from components.demo_app import DemoApp
from components.existing_cluster import ExistingCluster
from components.lab_network import LabNetwork
from components.resource_group import LabResourceGroup
from components.tigera_operator import TigeraOperator

NAME = "calico-labs"
VERSION = "0.1.0"
COMPONENTS: list[type[pulumi.ComponentResource]] = [
    LabResourceGroup,
    LabNetwork,
    AksCluster,
    ExistingCluster,
    TigeraOperator,
    CalicoInstallation,
    CalicoBgp,
    AppNamespaces,
    CalicoPolicies,
    DemoApp,
]
"""In the order in which a program would use them."""


def schema() -> dict[str, Any]:
    """Return the package's schema as the engine is told it.

    Raises:
        Exception: an argument has a type that no other language could give (the SDK's own error).
    """
    provider = ComponentProvider(COMPONENTS, NAME, version=VERSION)
    derived: dict[str, Any] = json.loads(provider.schema or "")
    return derived
