"""Builds what the settings ask for: the table of contents of the program.

One paragraph a component, in the order in which they are created. What each component does stands in its own
file; whether the settings fit together was decided before, in labs/rules.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from components.aks_cluster import AksCluster
from components.app_namespaces import AppNamespaces
from components.calico_installation import CalicoInstallation
from components.calico_policies import CalicoPolicies, selected
from components.cluster import in_cluster
from components.demo_app import DemoApp
from components.resource_group import LabResourceGroup
from components.tigera_operator import TigeraOperator
from labs import catalogue, installation, names, next_steps
from labs.enums import Dataplane
from labs.manifests import load_folder
from labs.settings import LabSettings
from labs.tags import tags

ROOT = Path(__file__).resolve().parent.parent


def compose(settings: LabSettings) -> dict[str, Any]:
    """Declare all resources of the lab and return the stack's outputs by name.

    Raises:
        LabError: a manifest is not acceptable; nothing has been declared then.
    """
    # Files first, while nothing is declared yet
    lab = catalogue.get(settings.lab)
    app_manifests = load_folder(ROOT / "apps" / lab.app)
    policy_manifests = selected(load_folder(ROOT / "policies" / lab.policies), settings.policies)
    bpf = settings.dataplane is Dataplane.BPF
    lab_tags = tags(settings, datetime.now(UTC))

    # Resource group
    group = LabResourceGroup(
        "lab",
        {
            "resource_group_name": names.resource_group_name(settings),
            "location": settings.location,
            "tags": lab_tags,
        },
    )

    # Cluster, with its pools and the provider for everything below
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
            "pod_cidr": settings.pod_cidr,
            "service_cidr": settings.service_cidr,
            "dns_service_ip": settings.dns_service_ip,
            "system_pool": {
                "name": settings.node_pool_name,
                "count": settings.node_count,
                "vm_size": settings.node_vm_size,
                "os_type": "Linux",
                "os_sku": "Ubuntu",
            },
            "user_pools": [],
            "tags": lab_tags,
        },
    )

    # Operator
    operator = TigeraOperator(
        "operator",
        {
            "calico_version": settings.calico_version,
            "host_dns": bpf,
            "wait_minutes": settings.wait_minutes,
        },
        in_cluster(cluster),
    )

    # Calico, Ready and with its API served
    calico = CalicoInstallation(
        "calico",
        {
            "installation": installation.render_installation(settings),
            "api_server": installation.render_api_server(settings),
            "felix": installation.render_felix(settings),
            "api_server_host": cluster.fqdn if bpf else None,
            "wait_minutes": settings.wait_minutes,
        },
        in_cluster(cluster, depends_on=[operator]),
    )

    # Namespaces of the application
    namespaces = AppNamespaces(
        "app-namespaces",
        {
            "namespaces": [manifest for manifest in app_manifests if manifest.kind == "Namespace"],
            "wait_minutes": settings.wait_minutes,
        },
        in_cluster(cluster, depends_on=[calico]),
    )

    # Policies, before anything they guard
    policies = CalicoPolicies(
        "policies",
        {"policies": policy_manifests},
        in_cluster(cluster, depends_on=[calico, namespaces]),
    )

    # Application; it names the namespaces too, for there may be no policies to wait for
    app = DemoApp(
        "app",
        {
            "manifests": [manifest for manifest in app_manifests if manifest.kind != "Namespace"],
            "images": settings.images,
            "wait_minutes": settings.wait_minutes,
        },
        in_cluster(cluster, depends_on=[namespaces, policies]),
    )

    # Outputs; a name that the next steps read is taken from there
    return {
        "resourceGroup": group.group_name,
        "clusterName": cluster.cluster_name,
        "fqdn": cluster.fqdn,
        "calicoVersion": settings.calico_version,
        "podCidr": settings.pod_cidr,
        next_steps.KUBECONFIG_OUTPUT: cluster.kubeconfig,
        "getCredentialsCommand": next_steps.credentials_command(settings),
        next_steps.APPLICATION_OUTPUT: app.address,
        "appUrl": app.address.apply(lambda address: None if address is None else f"http://{address}/"),
        "nextSteps": next_steps.next_steps(settings),
    }
