"""An AKS cluster, ready for a Calico that the lab installs itself.

Owns the cluster, its node pools, its role on a subnet that was made for it, and the provider for what goes
inside. Installs nothing in it and creates no network: without a subnet of ours AKS makes its own VNet.
"""

import base64
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_azure_native import containerservice as aks
from pulumi_kubernetes.provider import Provider

from components.node_pool import NodePoolArgs
from components.preview_cluster import PREVIEW_TYPE, STABLE_TYPE, PreviewManagedCluster
from components.resource_group import EXPIRY_IS_STAMPED_ONCE
from labs.errors import LabError


class WrongNetworkPluginError(LabError, pulumi.RunError):
    """Raised when Azure reports another network plugin than the lab asked for."""


class WindowsProfileArgs(TypedDict):
    """The administrator of all Windows nodes of a cluster."""

    admin_username: pulumi.Input[str]
    """Name of the account."""

    admin_password: pulumi.Input[str]
    """Its password; a secret."""


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

    network_policy: str
    """`none` (the lab brings Calico itself) or `calico` (AKS's add-on). Plain, as the plugin."""

    subnet_id: NotRequired[pulumi.Input[str] | None]
    """Subnet of the nodes, on which the cluster gets its role; without: AKS makes VNet and subnet. Plain in that it
    decides whether there is a role."""

    windows_profile: NotRequired[WindowsProfileArgs | None]
    """Administrator of Windows nodes; without: the cluster can never have any. Azure takes it at creation only."""

    pod_cidr: NotRequired[pulumi.Input[str] | None]
    """Range of the pods, equal to Calico's pool; left out with plugin `azure`, where pods take addresses of the
    VNet."""

    kube_proxy: NotRequired[bool | None]
    """Whether kube-proxy runs, by a preview of Azure's API; left out: AKS's own way, by the stable one. Plain: it
    decides which API makes the cluster."""

    service_cidr: pulumi.Input[str]
    """Range of the Services."""

    dns_service_ip: pulumi.Input[str]
    """Address of the cluster's DNS, inside the Services' range and not its first."""

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

        subnet = args.get("subnet_id")
        cluster = _managed_cluster(f"{name}-cluster", args, self)

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
                node_labels=pool["labels"] or None,
                vnet_subnet_id=subnet,
                type=aks.AgentPoolType.VIRTUAL_MACHINE_SCALE_SETS,
                mode=aks.AgentPoolMode.USER,
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
            for pool in args["user_pools"]
        ]
        ready: list[pulumi.Resource] = [*pools]
        if subnet is not None:
            ready.append(self._role_on_subnet(name, subnet, cluster))

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
            opts=pulumi.ResourceOptions(parent=self, depends_on=ready),
        )
        self.register_outputs(
            {"clusterName": self.cluster_name, "fqdn": self.fqdn, "kubeconfig": self.kubeconfig}
        )

    def _role_on_subnet(
        self, name: str, subnet_id: pulumi.Input[str], cluster: aks.ManagedCluster
    ) -> pulumi.Resource:
        """Let the cluster put load balancers and nodes into a subnet that is not its own."""
        # Imported here: only clusters in a subnet of ours pay for it.
        from pulumi_azure_native import authorization

        principal: pulumi.Output[str] = cluster.identity.apply(
            lambda identity: str(identity.principal_id) if identity else ""
        )
        subnet = pulumi.Output.from_input(subnet_id)
        return authorization.RoleAssignment(
            f"{name}-subnet-role",
            scope=subnet,
            # Explicit and the same on every run; one role of ours a subnet.
            role_assignment_name=subnet.apply(
                lambda scope: str(uuid.uuid5(uuid.NAMESPACE_URL, scope.lower()))
            ),
            role_definition_id=subnet.apply(role_definition),
            principal_id=principal,
            principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )


FILLED_IN_BY_AZURE = ["networkProfile.networkDataplane", "networkProfile.serviceCidrs"]
"""For ignore_changes. The program leaves these out and Azure answers with them, as it does with an administrator for
Windows (Azure/AKS#1545). A cluster that is imported has them among its inputs, and leaving them out would then
replace it (pulumi-azure-native#4401; seen in tests/faults/test_azure_faults.py).
"""


def _managed_cluster(name: str, args: AksClusterArgs, parent: pulumi.Resource) -> aks.ManagedCluster:
    """Declare the cluster itself, by the API that has what is asked for."""
    windows, kube_proxy = args.get("windows_profile"), args.get("kube_proxy")
    opts = pulumi.ResourceOptions(
        parent=parent,
        ignore_changes=[
            *EXPIRY_IS_STAMPED_ONCE,
            *FILLED_IN_BY_AZURE,
            # Azure never returns the password, and a changed one would replace the cluster.
            "windowsProfile.adminPassword" if windows else "windowsProfile",
        ],
        # A fixed name: creating the replacement first would update the cluster and then delete it.
        delete_before_replace=True,
        # The same cluster by either API: changing over is an update.
        aliases=[pulumi.Alias(type_=PREVIEW_TYPE if kube_proxy is None else STABLE_TYPE)],
    )
    inputs: dict[str, Any] = {
        "resource_group_name": args["resource_group_name"],
        "resource_name_": args["cluster_name"],
        "location": args["location"],
        "tags": args["tags"],
        "kubernetes_version": args["kubernetes_version"],
        "dns_prefix": args["dns_prefix"],
        "node_resource_group": args["node_resource_group"],
        "identity": {"type": aks.ResourceIdentityType.SYSTEM_ASSIGNED},
        "sku": {"name": aks.ManagedClusterSKUName.BASE, "tier": aks.ManagedClusterSKUTier.FREE},
        "enable_rbac": True,
        # The labs use static admin credentials, which Azure refuses to hand out without local accounts.
        "disable_local_accounts": False,
        "agent_pool_profiles": [_system_pool(args["system_pool"], args.get("subnet_id"))],
        "windows_profile": _windows_profile(windows),
        # A dictionary, because the SDK's class puts a pod range of its own where none is given
        # (_inputs.py).
        "network_profile": {
            "network_plugin": args["network_plugin"],
            # Where Calico is the lab's own, AKS's add-on stays out: it would revert what the lab changes.
            "network_policy": args["network_policy"],
            "pod_cidr": args.get("pod_cidr"),
            "service_cidr": args["service_cidr"],
            "dns_service_ip": args["dns_service_ip"],
            "load_balancer_sku": aks.LoadBalancerSku.STANDARD,
            "outbound_type": aks.OutboundType.LOAD_BALANCER,
            # In the API's own spelling, for the SDK of the stable version has no name for it.
            **({} if kube_proxy is None else {"kubeProxyConfig": {"enabled": kube_proxy}}),
        },
    }
    if kube_proxy is None:
        return aks.ManagedCluster(name, opts=opts, **inputs)
    return PreviewManagedCluster(name, inputs, opts)


NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
"""Azure's built-in role.

Source: Azure docs (`az role assignment create --role`) and Azure/AKS-Construction, 2026-11-22.
"""


def role_definition(subnet_id: str) -> str:
    """Return the id of Network Contributor in the subscription of a subnet."""
    subscription = "/".join(subnet_id.split("/")[:3])
    return f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{NETWORK_CONTRIBUTOR}"


def _windows_profile(profile: WindowsProfileArgs | None) -> aks.ManagedClusterWindowsProfileArgsDict | None:
    if profile is None:
        return None
    return {
        "admin_username": profile["admin_username"],
        "admin_password": pulumi.Output.secret(profile["admin_password"]),
    }


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


def _system_pool(
    pool: NodePoolArgs, subnet_id: pulumi.Input[str] | None
) -> aks.ManagedClusterAgentPoolProfileArgsDict:
    """Describe the inline pool; its name is explicit because Pulumi would make one too long for Azure."""
    return {
        "name": pool["name"],
        "mode": aks.AgentPoolMode.SYSTEM,
        "type": aks.AgentPoolType.VIRTUAL_MACHINE_SCALE_SETS,
        "count": pool["count"],
        "vm_size": pool["vm_size"],
        "os_type": pool["os_type"],
        "os_sku": pool["os_sku"],
        "node_labels": pool["labels"] or None,
        "vnet_subnet_id": subnet_id,
    }
