"""Builds what the settings ask for: the table of contents of the program.

One paragraph a component, in the order in which they are created. What each component does stands in its own
file; whether the settings fit together was decided before, in labs/rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi

from components.aks_cluster import AksCluster
from components.app_namespaces import AppNamespaces
from components.azure import aks_cluster
from components.calico_bgp import CalicoBgp
from components.calico_installation import CalicoInstallation
from components.calico_policies import CalicoPolicies
from components.cluster import Cluster, in_cluster
from components.cluster_nodes import linux_nodes
from components.demo_app import DemoApp
from components.existing_cluster import ExistingCluster
from components.tigera_operator import TigeraOperator
from labs import bgp, installation, next_steps
from labs.deployed import read_deployed
from labs.enums import CalicoManagement, CalicoSource, ClusterKind, Dataplane, Switch
from labs.errors import RulesError
from labs.kubeconfig import single_context
from labs.manifests import Manifest
from labs.node_names import names_in
from labs.policy_sets import in_group
from labs.settings import LabSettings

ROOT = Path(__file__).resolve().parent.parent


def compose(settings: LabSettings) -> dict[str, Any]:
    """Declare all resources of the lab and return the stack's outputs by name.

    Raises:
        LabError: a manifest is not acceptable, an existing cluster cannot be used, or a route reflector is none of its
            nodes; nothing has been declared then.
    """
    # Files and the existing cluster's nodes first, while nothing is declared yet
    app_manifests, policy_manifests = manifests_of(settings)
    nodes = _reported_nodes(settings)

    # Cluster, with the provider for everything below
    cluster: AksCluster | ExistingCluster
    if settings.cluster is ClusterKind.AKS:
        cluster, cluster_outputs = aks_cluster(settings, datetime.now(UTC))
    else:
        cluster = ExistingCluster("existing", _existing_args(settings))
        cluster_outputs = {"clusterName": cluster.cluster_name}

    # Calico, unless somebody else runs it
    calico: list[pulumi.Resource] = []
    own = settings.calico_management is CalicoManagement.OPERATOR and settings.calico is CalicoSource.INSTALL
    if own:
        calico = [_calico(settings, cluster)]

    # Node status and route reflectors, where Calico speaks BGP
    if nodes:
        calico = [*calico, _bgp(settings, cluster, nodes, calico)]

    # Namespaces of the application
    namespaces = AppNamespaces(
        "app-namespaces",
        {
            "namespaces": [manifest.body for manifest in app_manifests if manifest.kind == "Namespace"],
            "wait_minutes": settings.wait_minutes,
        },
        in_cluster(cluster, depends_on=calico),
    )

    # Policies, before anything they guard
    policies = CalicoPolicies(
        "policies",
        {"policies": [manifest.body for manifest in policy_manifests]},
        in_cluster(cluster, depends_on=[*calico, namespaces]),
    )

    # Application; it names the namespaces too, for there may be no policies to wait for
    app = DemoApp(
        "app",
        {
            "manifests": [manifest.body for manifest in app_manifests if manifest.kind != "Namespace"],
            "images": settings.images,
            "wait_minutes": settings.wait_minutes,
        },
        in_cluster(cluster, depends_on=[namespaces, *policies.last]),
    )

    # Outputs; a name that the next steps read is taken from there
    return {
        **cluster_outputs,
        **({"calicoVersion": settings.calico_version} if own else {}),
        **({"reportedNodes": nodes} if nodes else {}),
        next_steps.KUBECONFIG_OUTPUT: cluster.kubeconfig,
        next_steps.APPLICATION_OUTPUT: app.address,
        "appUrl": app.address.apply(lambda address: None if address is None else f"http://{address}/"),
        "nextSteps": next_steps.next_steps(settings),
    }


def manifests_of(settings: LabSettings) -> tuple[list[Manifest], list[Manifest]]:
    """Return what the lab deploys: the application's manifests, and the policies.

    Raises:
        ManifestError: a file is not acceptable.
    """
    found = read_deployed(ROOT, settings)
    return list(found.app), in_group(found.policies, settings.calico_api_group)


def _existing_args(settings: LabSettings) -> Any:
    return {
        "kubeconfig_path": settings.kubeconfig,
        "context": settings.context,
        "allow_exec": settings.kubeconfig_exec is Switch.ENABLED,
    }


def _reported_nodes(settings: LabSettings) -> Sequence[str]:
    """Return the nodes to report the status of; none where Calico speaks no BGP, for there is nothing to say."""
    if settings.cluster is not ClusterKind.EXISTING:
        return []
    # Read in any case, before the cluster's own component does: a kubeconfig that cannot be used must cost nothing.
    kubeconfig = single_context(
        Path(settings.kubeconfig),
        settings.context,
        allow_exec=settings.kubeconfig_exec is Switch.ENABLED,
    )
    if settings.bgp is not Switch.ENABLED:
        return []
    if named := names_in(settings.node_names):
        return named  # perhaps not all of them, so no reflector can be missed among them
    nodes = linux_nodes(kubeconfig)
    if unknown := list(bgp.unknown_reflectors(settings, nodes)):
        raise RulesError(unknown)
    return nodes


def _calico(settings: LabSettings, cluster: AksCluster | ExistingCluster) -> CalicoInstallation:
    """Declare the operator, and Calico, Ready and with its API served."""
    bpf = settings.dataplane is Dataplane.BPF
    # Windows nodes have no kube-proxy that would answer for the API server's address while Calico starts.
    by_name = bpf or settings.windows_node_count > 0
    operator = TigeraOperator(
        "operator",
        {
            "calico_version": settings.calico_version,
            "own_namespace": cluster.deleted_with is None,
            "host_dns": bpf,
            "wait_minutes": settings.wait_minutes,
        },
        in_cluster(cluster),
    )
    return CalicoInstallation(
        "calico",
        {
            "installation": installation.render_installation(settings),
            "api_server": installation.render_api_server(settings),
            "felix": installation.render_felix(settings),
            "api_server_host": cluster.fqdn if by_name and isinstance(cluster, AksCluster) else None,
            "wait_minutes": settings.wait_minutes,
        },
        in_cluster(cluster, depends_on=[operator]),
    )


def _bgp(
    settings: LabSettings, cluster: Cluster, nodes: Sequence[str], calico: Sequence[pulumi.Resource]
) -> CalicoBgp:
    """Declare the requests for node status, and route reflectors if there are any."""
    return CalicoBgp(
        "bgp",
        {
            "node_statuses": [bgp.render_node_status(node, settings) for node in nodes],
            "reflectors": [bgp.render_reflector(node) for node in bgp.reflectors(settings)],
            "peering": bgp.render_peering(settings),
            "no_mesh": bgp.render_no_mesh(settings),
            "wait_minutes": settings.wait_minutes,
        },
        in_cluster(cluster, depends_on=calico),
    )
