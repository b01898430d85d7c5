"""The Azure part of a lab: resource group, network if the stack plans its own, and the AKS cluster.

The part of the table of contents that only labs on AKS have; see compose.py for the rest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from components.aks_cluster import AksCluster, WindowsProfileArgs
from components.lab_network import LabNetwork
from components.node_pool import NodePoolArgs
from components.resource_group import LabResourceGroup
from labs import catalogue, ip_plan, names, next_steps
from labs.enums import CalicoManagement, KubeProxy
from labs.pools import LinuxPool, linux_pools
from labs.settings import LabSettings
from labs.tags import tags

_KUBE_PROXY = {KubeProxy.DEFAULT: None, KubeProxy.ENABLED: True, KubeProxy.DISABLED: False}


def aks_cluster(settings: LabSettings, now: datetime) -> tuple[AksCluster, dict[str, Any]]:
    """Declare the Azure resources of a lab; return the cluster and its outputs by name."""
    lab_tags = tags(settings, now)

    # Resource group
    group = LabResourceGroup(
        "lab",
        {
            "resource_group_name": names.resource_group_name(settings),
            "location": settings.location,
            "tags": lab_tags,
        },
    )

    # Network, if the stack plans its own
    network = None
    if settings.subnet_cidr:
        network = LabNetwork(
            "network",
            {
                "resource_group_name": group.group_name,
                "vnet_name": names.vnet_name(settings),
                "location": settings.location,
                "vnet_cidr": settings.vnet_cidr,
                "subnet_cidr": settings.subnet_cidr,
                "tags": lab_tags,
            },
        )

    # Cluster, with its pools
    system_pool, *other_pools = linux_pools(settings)
    managed = settings.calico_management is CalicoManagement.AKS
    cluster = AksCluster(
        "aks",
        {
            "resource_group_name": group.group_name,
            "cluster_name": names.cluster_name(settings),
            "dns_prefix": names.dns_prefix(settings),
            "node_resource_group": names.node_resource_group_name(settings),
            "location": settings.location,
            "kubernetes_version": settings.kubernetes_version,
            "network_plugin": settings.network_plugin,
            "network_policy": "calico" if managed else "none",
            "subnet_id": network.subnet_id if network else None,
            "windows_profile": _windows_profile(settings),
            "pod_cidr": settings.pod_cidr,
            "kube_proxy": _KUBE_PROXY[settings.kube_proxy],
            "service_cidr": settings.service_cidr,
            "dns_service_ip": settings.dns_service_ip,
            "system_pool": _linux(system_pool, settings),
            "user_pools": [*(_linux(pool, settings) for pool in other_pools), *_windows_pools(settings)],
            "tags": lab_tags,
        },
    )
    return cluster, {
        "resourceGroup": group.group_name,
        "clusterName": cluster.cluster_name,
        "fqdn": cluster.fqdn,
        "podCidr": settings.pod_cidr,
        "ipPlan": ip_plan.plan(settings).as_output(),
        "getCredentialsCommand": next_steps.credentials_command(settings),
    }


def _linux(pool: LinuxPool, settings: LabSettings) -> NodePoolArgs:
    return {
        "name": pool.name,
        "count": pool.count,
        "vm_size": settings.node_vm_size,
        "os_type": "Linux",
        "os_sku": "Ubuntu",
        "labels": pool.labels,
    }


def _windows_pools(settings: LabSettings) -> list[NodePoolArgs]:
    if settings.windows_node_count == 0:
        return []
    return [
        {
            "name": settings.windows_pool_name,
            "count": settings.windows_node_count,
            "vm_size": settings.windows_vm_size,
            "os_type": "Windows",
            "os_sku": settings.windows_os_sku,
            "labels": {},
        }
    ]


def _windows_profile(settings: LabSettings) -> WindowsProfileArgs | None:
    if not catalogue.get(settings.lab).windows:
        return None
    return {
        "admin_username": settings.windows_admin_username,
        "admin_password": settings.windows_admin_password,
    }
