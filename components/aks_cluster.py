"""An AKS cluster, ready for a Calico that the lab installs itself.

Owns the cluster, its node pools and the provider for what goes inside. Installs nothing in it, creates no
network (AKS makes its own VNet) and no Windows pool (a component of its own, for it needs a password from the
start).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
from pulumi_azure_native import containerservice as aks
from pulumi_kubernetes.provider import Provider

from components.node_pool import NodePoolArgs
from components.resource_group import EXPIRY_IS_STAMPED_ONCE
from labs.errors import LabError


class WrongNetworkPluginError(LabError, pulumi.RunError):
    """Raised when Azure reports another network plugin than the lab asked for."""


class AksClusterArgs(TypedDict):
    """What an AKS cluster of a lab needs."""

    resource_group_name: pulumi.Input[str]
    """Group that holds the cluster."""

    cluster_name: pulumi.Input[str]
    """Name in Azure; fixed, so that `az aks get-credentials` can be printed before it exists."""

    dns_prefix: pulumi.Input[str]
    """First part of the API server's host name; cannot change later."""

    node_resource_group: pulumi.Input[str]
    """Name of the group AKS creates for nodes, disks and load balancers."""

    location: pulumi.Input[str]
    """Azure region."""

    kubernetes_version: pulumi.Input[str]
    """Minor release, for which Azure picks the patch, or a patch release."""

    network_plugin: str
    """`none` (Calico brings the pod network) or `azure` (Calico is the policy engine only). Plain: it decides
    what else has to be created."""

    pod_cidr: pulumi.Input[str] | None
    """Range of the pods, equal to Calico's pool; None with plugin `azure`, where pods take addresses of the
    VNet."""

    service_cidr: pulumi.Input[str]
    """Range of the Services."""

    dns_service_ip: pulumi.Input[str]
    """Address of the cluster's DNS, inside service_cidr and not its first."""

    system_pool: NodePoolArgs
    """The one pool that is part of the cluster itself."""

    user_pools: Sequence[NodePoolArgs]
    """Further pools, each a resource of its own. Plain: it decides which resources exist."""

    tags: Mapping[str, pulumi.Input[str]]
    """Same tags as the resource group."""


class AksCluster(pulumi.ComponentResource):
    """An AKS cluster with its pools and a Kubernetes provider for it."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster once it exists."""

    fqdn: pulumi.Output[str]
    """Host name of the API server, without scheme."""

    kubeconfig: pulumi.Output[str]
    """Admin credentials, secret. Only there once Azure has confirmed the network plugin."""

    def __init__(self, name: str, args: AksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("calico-labs:azure:AksCluster", name, None, opts)

        cluster = aks.ManagedCluster(
            f"{name}-cluster",
            resource_group_name=args["resource_group_name"],
            resource_name_=args["cluster_name"],
            location=args["location"],
            tags=args["tags"],
            kubernetes_version=args["kubernetes_version"],
            dns_prefix=args["dns_prefix"],
            node_resource_group=args["node_resource_group"],
            identity={"type": aks.ResourceIdentityType.SYSTEM_ASSIGNED},
            sku={"name": aks.ManagedClusterSKUName.BASE, "tier": aks.ManagedClusterSKUTier.FREE},
            enable_rbac=True,
            # The labs use static admin credentials, which Azure refuses to hand out without local accounts.
            disable_local_accounts=False,
            agent_pool_profiles=[_system_pool(args["system_pool"])],
            # A dictionary, because the SDK's class puts a pod range of its own where none is given
            # (_inputs.py).
            network_profile={
                "network_plugin": args["network_plugin"],
                # Calico is ours, through the operator. AKS's own add-on would revert what the labs change.
                "network_policy": aks.NetworkPolicy.NONE,
                "pod_cidr": args["pod_cidr"],
                "service_cidr": args["service_cidr"],
                "dns_service_ip": args["dns_service_ip"],
                "load_balancer_sku": aks.LoadBalancerSku.STANDARD,
                "outbound_type": aks.OutboundType.LOAD_BALANCER,
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=EXPIRY_IS_STAMPED_ONCE,
                # A fixed name: creating the replacement first would update the cluster and then delete it.
                delete_before_replace=True,
            ),
        )

        # A cluster refuses new pools in its own definition ("Adding agent pools to an existing cluster is not
        # allowed through managed cluster operations"), so every pool but the first is a resource of its own.
        pools = [
            aks.AgentPool(
                f"{name}-pool-{pool['name']}",
                resource_group_name=args["resource_group_name"],
                resource_name_=cluster.name,
                agent_pool_name=pool["name"],
                count=pool["count"],
                vm_size=pool["vm_size"],
                os_type=pool["os_type"],
                os_sku=pool["os_sku"],
                type=aks.AgentPoolType.VIRTUAL_MACHINE_SCALE_SETS,
                mode=aks.AgentPoolMode.USER,
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
            for pool in args["user_pools"]
        ]

        # Secret from the call on: the provider does not mark it (pulumi-azure-native#1693), and everything
        # derived from a secret is one. depends_on keeps the first preview from asking Azure for a cluster it
        # does not have.
        credentials: pulumi.Output[aks.ListManagedClusterAdminCredentialsResult] = pulumi.Output.secret(
            aks.list_managed_cluster_admin_credentials_output(
                resource_group_name=args["resource_group_name"],
                resource_name=cluster.name,
                opts=pulumi.InvokeOutputOptions(parent=self, depends_on=[cluster]),
            )
        )
        admin = credentials.apply(lambda found: base64.b64decode(found.kubeconfigs[0].value).decode())
        plugin = cluster.network_profile.apply(lambda profile: profile and profile.network_plugin)
        wanted = args["network_plugin"]

        self.cluster_name = cluster.name
        self.fqdn = cluster.fqdn
        # Through the check, so that nothing can be put into a cluster that is not the one asked for.
        self.kubeconfig = pulumi.Output.all(admin, plugin).apply(
            lambda found: confirmed(found[0], reported_plugin=found[1], wanted_plugin=wanted)
        )
        self.deleted_with: pulumi.Resource | None = cluster
        self.kubernetes_provider = Provider(
            f"{name}-provider",
            kubeconfig=self.kubeconfig,
            # The id outlives every change of the cluster. Without it, any change makes the kubeconfig unknown
            # in a preview, and the provider, with everything in the cluster, would be replaced.
            cluster_identifier=cluster.id,
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=pools),
        )
        self.register_outputs(
            {"clusterName": self.cluster_name, "fqdn": self.fqdn, "kubeconfig": self.kubeconfig}
        )


def confirmed(kubeconfig: str, *, reported_plugin: object, wanted_plugin: str) -> str:
    """Return the kubeconfig if the cluster has the network plugin that the lab asked for.

    Raises:
        WrongNetworkPluginError: Azure reports another one.
    """
    if reported_plugin != wanted_plugin:
        raise WrongNetworkPluginError(
            f"networkProfile.networkPlugin is '{reported_plugin}' but this lab asked for '{wanted_plugin}'; "
            "destroy the stack, update the azure-native plugin and try again (an old plugin drops the "
            "setting without a word, pulumi-azure-native#2598)"
        )
    return kubeconfig


def _system_pool(pool: NodePoolArgs) -> aks.ManagedClusterAgentPoolProfileArgsDict:
    """Describe the inline pool; its name is explicit because Pulumi would make one too long for Azure."""
    return {
        "name": pool["name"],
        "mode": aks.AgentPoolMode.SYSTEM,
        "type": aks.AgentPoolType.VIRTUAL_MACHINE_SCALE_SETS,
        "count": pool["count"],
        "vm_size": pool["vm_size"],
        "os_type": pool["os_type"],
        "os_sku": pool["os_sku"],
    }
