"""Which components the package offers, in the order in which a program would use them."""

from __future__ import annotations

import pulumi

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
