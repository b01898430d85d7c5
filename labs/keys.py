"""The configuration keys of the program: one `Key` each, with type, default and description.

`settings.py` reads stacks by this table and `Pulumi.yaml` repeats it for the engine; a test compares the two
both ways. Whether a well-typed value makes sense is left to `rules/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from labs import versions
from labs.enums import (
    CalicoApiGroup,
    CalicoCrds,
    CalicoManagement,
    CalicoSource,
    CniType,
    Dataplane,
    Encapsulation,
    IpamType,
    KubeProxy,
    Lab,
    PolicySet,
    Switch,
    WindowsOsSku,
)

PROJECT = "calico-labs"
"""Namespace of the program's own keys: the project's name in `Pulumi.yaml`."""

AZURE = "azure-native"
"""Namespace that the Azure provider shares with the program."""

LAB_DECIDES = ""
"""Default of a key whose real default is the lab's own (`catalogue.py`)."""

POD_CIDR = "10.244.0.0/16"


Choices = type[StrEnum]
# A name of its own, because inside `Key` the word `type` is a field.


class KeyType(StrEnum):
    """Types that Pulumi's project schema knows and this program uses."""

    STRING = "string"
    INTEGER = "integer"
    OBJECT = "object"


@dataclass(frozen=True)
class Key:
    """One configuration key."""

    name: str
    type: KeyType
    default: str | int | Mapping[str, object]
    description: str
    field: str
    """Name of the `LabSettings` field that the key fills."""

    choices: Choices | None = None
    """The closed set that the value comes from; None if any text will do."""

    namespace: str = PROJECT

    @property
    def full_name(self) -> str:
        """The key as it is written in a stack file."""
        return f"{self.namespace}:{self.name}"


def _text(name: str, field: str, default: str, description: str) -> Key:
    return Key(name, KeyType.STRING, default, description, field)


def _choice(name: str, field: str, choices: Choices, default: str, description: str) -> Key:
    return Key(name, KeyType.STRING, default, description, field, choices)


def _number(name: str, field: str, default: int, description: str) -> Key:
    return Key(name, KeyType.INTEGER, default, description, field)


def _object(name: str, field: str, default: dict[str, object], description: str) -> Key:
    return Key(name, KeyType.OBJECT, MappingProxyType(default), description, field)


KEYS: tuple[Key, ...] = (
    # The lab and its owner
    _choice("lab", "lab", Lab, LAB_DECIDES, "Lab to build; empty: the one that the stack is named after"),
    Key(
        "location",
        KeyType.STRING,
        versions.LOCATION,
        "Azure region of everything in the lab",
        "location",
        namespace=AZURE,
    ),
    _text("owner", "owner", "unset", "Who answers for the lab; written into the tag `owner`"),
    _number(
        "ttlHours",
        "ttl_hours",
        8,
        "Hours until the lab counts as forgotten; counted once, when the lab is made, into the tag `expires`",
    ),
    # The cluster
    _text(
        "kubernetesVersion",
        "kubernetes_version",
        versions.KUBERNETES_VERSION,
        "Kubernetes minor or patch release, in quotes: YAML drops a trailing zero",
    ),
    _number(
        "nodeCount",
        "node_count",
        2,
        "Linux nodes in all; azurecni and wireguard have one in the system pool, the others in pool second",
    ),
    _text("nodeVmSize", "node_vm_size", versions.NODE_VM_SIZE, "VM size of all Linux nodes; 4 vCPU or more"),
    _text("nodePoolName", "node_pool_name", "system", "Name of the system pool; at most 12 characters"),
    _text("podCidr", "pod_cidr", POD_CIDR, "Range of pod addresses: AKS's podCidr and Calico's pool alike"),
    _text("serviceCidr", "service_cidr", "10.0.0.0/16", "Range of Service addresses"),
    _text("dnsServiceIp", "dns_service_ip", "10.0.0.10", "Address of cluster DNS, inside serviceCidr"),
    _text(
        "vnetCidr",
        "vnet_cidr",
        "10.224.0.0/12",
        "Range of the VNet that the nodes are in; another than this needs subnetCidr, or AKS makes this one by itself",
    ),
    _text(
        "subnetCidr",
        "subnet_cidr",
        "",
        "Range of a subnet to make for the nodes, inside vnetCidr; empty: AKS makes VNet and subnet itself",
    ),
    # A cluster that was there before
    _text("kubeconfig", "kubeconfig", "", "Lab nke: path of the kubeconfig file; relative to this folder"),
    _text("context", "context", "", "Lab nke: context in that file; the current one is never used unasked"),
    _choice(
        "kubeconfigExec",
        "kubeconfig_exec",
        Switch,
        Switch.DISABLED,
        "Lab nke: whether the context may run a program of its own to log in; Enabled or Disabled",
    ),
    # Windows
    _number("windowsNodeCount", "windows_node_count", 0, "Windows nodes; 0: no Windows pool"),
    _text("windowsPoolName", "windows_pool_name", "calico", "Name of the Windows pool; at most 6 characters"),
    _choice(
        "windowsOsSku",
        "windows_os_sku",
        WindowsOsSku,
        WindowsOsSku.WINDOWS_2022,
        "Windows edition of the Windows nodes and of their images; Windows2022 is the only one that fits today",
    ),
    _text("windowsVmSize", "windows_vm_size", versions.WINDOWS_VM_SIZE, "VM size of the Windows pool"),
    _text(
        "windowsAdminUsername", "windows_admin_username", "", "Lab windows: administrator of Windows nodes"
    ),
    _text(
        "windowsAdminPassword",
        "windows_admin_password",
        "",
        "Lab windows: that administrator's password; set it with --secret",
    ),
    # Calico
    _choice(
        "calicoManagement",
        "calico_management",
        CalicoManagement,
        CalicoManagement.OPERATOR,
        "Who runs Calico: operator (the lab's own) or aks (the managed add-on; Azure CNI labs only)",
    ),
    _choice(
        "calico",
        "calico",
        CalicoSource,
        CalicoSource.INSTALL,
        "Lab nke: install Calico, or use the existing one and install nothing",
    ),
    _choice(
        "calicoApiGroup",
        "calico_api_group",
        CalicoApiGroup,
        CalicoApiGroup.V3,
        "Lab nke with existing Calico: API group of policies; crd.projectcalico.org/v1 where there is no v3",
    ),
    _text(
        "calicoVersion",
        "calico_version",
        versions.CALICO_VERSION,
        "Calico release, which is the chart's version",
    ),
    _choice(
        "calicoCrds",
        "calico_crds",
        CalicoCrds,
        CalicoCrds.V1,
        "API group in which the cluster stores Calico's objects; the default is the only one so far",
    ),
    _choice(
        "cni",
        "cni",
        CniType,
        LAB_DECIDES,
        "CNI that Calico works with, Calico or AzureVNET; empty: the lab's",
    ),
    _choice(
        "ipam",
        "ipam",
        IpamType,
        LAB_DECIDES,
        "Address management: Calico, HostLocal or AzureVNET; empty: the one of the CNI",
    ),
    _choice(
        "encapsulation",
        "encapsulation",
        Encapsulation,
        LAB_DECIDES,
        "Encapsulation between nodes: VXLAN, VXLANCrossSubnet, IPIP, IPIPCrossSubnet or None; empty: the lab's",
    ),
    _choice(
        "bgp", "bgp", Switch, LAB_DECIDES, "Whether Calico speaks BGP, Enabled or Disabled; empty: the lab's"
    ),
    _number(
        "blockSize",
        "block_size",
        26,
        "Prefix length of the block of pod addresses that a node takes at a time",
    ),
    _choice(
        "natOutgoing",
        "nat_outgoing",
        Switch,
        Switch.ENABLED,
        "Whether pods reach the world outside the pool under their node's address; Enabled or Disabled",
    ),
    _choice(
        "dataplane",
        "dataplane",
        Dataplane,
        LAB_DECIDES,
        "Linux data plane: Iptables, BPF or, on lab nke, Nftables; empty: the lab's",
    ),
    _choice(
        "kubeProxy",
        "kube_proxy",
        KubeProxy,
        KubeProxy.DEFAULT,
        "kube-proxy of an AKS cluster without a CNI, by a preview API: Disabled (with eBPF), Enabled: back again",
    ),
    _choice(
        "wireguard",
        "wireguard",
        Switch,
        LAB_DECIDES,
        "Encryption of traffic between nodes, Enabled or Disabled; empty: the lab's",
    ),
    _number("mtu", "mtu", 0, "MTU of pod interfaces in bytes; 0: Calico decides"),
    _object(
        "nodeAddressAutodetectionV4",
        "node_address_autodetection_v4",
        {"kubernetes": "NodeInternalIP"},
        "How Calico finds a node's address: exactly one of Calico's methods, for example canReach",
    ),
    _text(
        "nodeNames",
        "node_names",
        "",
        "Lab nke: nodes to report the status of, with commas between; empty: all, read from the cluster",
    ),
    _number(
        "nodeStatusSeconds",
        "node_status_seconds",
        10,
        "Lab nke: seconds between two reports of a node's status; 0 stops them",
    ),
    _text(
        "routeReflectors",
        "route_reflectors",
        "",
        "Lab nke: nodes that reflect BGP routes, with commas between; empty: every node peers with every other",
    ),
    _number("controlPlaneReplicas", "control_plane_replicas", 1, "Copies of Calico's API server"),
    # The application
    _choice(
        "policies",
        "policies",
        PolicySet,
        LAB_DECIDES,
        "Network policies: None, DefaultDeny, Kubernetes or All; empty: All that the cluster's Calico takes",
    ),
    _object("images", "images", {}, "Container images to use instead of the manifests', by container name"),
    _number(
        "waitMinutes",
        "wait_minutes",
        10,
        "Minutes that each wait for Calico or the application may take before `up` fails",
    ),
)

BY_FIELD: Mapping[str, Key] = MappingProxyType({key.field: key for key in KEYS})


def full_name(field: str) -> str:
    """Return the configuration key that fills a field of `LabSettings`."""
    return BY_FIELD[field].full_name
