"""The closed sets of values that a lab is made of, in the spelling of their owners.

Calico's values are spelt as in the `operator.tigera.io/v1` API, AKS's as in its ARM API, so that a value can
be copied from a stack file into their documentation. Which values go together is no concern of this module:
see `rules/`.
"""

from __future__ import annotations

from enum import StrEnum


class Lab(StrEnum):
    """The labs that are built; each has an entry in `catalogue.py`."""

    AZURECNI = "azurecni"
    WIREGUARD = "wireguard"
    WINDOWS = "windows"
    BYOCNI = "byocni"
    EBPF = "ebpf"
    NKE = "nke"


class ClusterKind(StrEnum):
    """Where a lab's cluster comes from: the program makes it on AKS, or it was there before."""

    AKS = "aks"
    EXISTING = "existing"


class NetworkPlugin(StrEnum):
    """AKS's `networkPlugin`; `none` means that the cluster comes without a CNI."""

    AZURE = "azure"
    NONE = "none"


class CniType(StrEnum):
    """Installation `spec.cni.type`."""

    CALICO = "Calico"
    AZURE_VNET = "AzureVNET"
    GKE = "GKE"
    AMAZON_VPC = "AmazonVPC"


class IpamType(StrEnum):
    """Installation `spec.cni.ipam.type`."""

    CALICO = "Calico"
    HOST_LOCAL = "HostLocal"
    AMAZON_VPC = "AmazonVPC"
    AZURE_VNET = "AzureVNET"


class Encapsulation(StrEnum):
    """Installation `spec.calicoNetwork.ipPools[].encapsulation`."""

    VXLAN = "VXLAN"
    VXLAN_CROSS_SUBNET = "VXLANCrossSubnet"
    IPIP = "IPIP"
    IPIP_CROSS_SUBNET = "IPIPCrossSubnet"
    NONE = "None"


class Switch(StrEnum):
    """On and off in the operator's API, which has no booleans for it: `bgp`, `natOutgoing`, `hostPorts`."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"


class Dataplane(StrEnum):
    """Installation `spec.calicoNetwork.linuxDataplane`."""

    IPTABLES = "Iptables"
    BPF = "BPF"
    NFTABLES = "Nftables"
    VPP = "VPP"


class KubeProxy(StrEnum):
    """What the lab asks of AKS about kube-proxy, by a preview of its API; `Default` asks nothing.

    Enabled is not the default: it is the way back of a cluster whose kube-proxy was disabled, since a request that
    leaves the field out changes nothing.
    """

    DEFAULT = "Default"
    ENABLED = "Enabled"
    DISABLED = "Disabled"


class CalicoCrds(StrEnum):
    """API group that the cluster stores Calico's objects in.

    `crd.projectcalico.org/v1` keeps them internal and serves `projectcalico.org/v3` through Calico's API
    server; `projectcalico.org/v3` stores them as they are, which needs MutatingAdmissionPolicy.
    """

    V1 = "crd.projectcalico.org/v1"
    V3 = "projectcalico.org/v3"


class CalicoManagement(StrEnum):
    """Who runs Calico on AKS: the lab's own operator, or AKS's add-on (`networkPolicy: calico`)."""

    OPERATOR = "operator"
    AKS = "aks"


class CalicoSource(StrEnum):
    """Whether the lab brings Calico, or finds it in the cluster."""

    EXISTING = "existing"
    INSTALL = "install"


class CalicoApiGroup(StrEnum):
    """API group by which the lab's Calico objects are written.

    `crd.projectcalico.org/v1` is Calico's internal storage, which checks nothing; it is all that a cluster
    without Calico's API server has.
    """

    V3 = "projectcalico.org/v3"
    V1 = "crd.projectcalico.org/v1"


class PolicySet(StrEnum):
    """How much of the lab's policy folder is deployed."""

    NONE = "None"
    DEFAULT_DENY = "DefaultDeny"
    KUBERNETES = "Kubernetes"
    ALL = "All"


class WindowsOsSku(StrEnum):
    """AKS's `osSKU` of a Windows pool."""

    WINDOWS_2019 = "Windows2019"
    WINDOWS_2022 = "Windows2022"
    WINDOWS_2025 = "Windows2025"
