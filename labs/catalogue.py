"""The labs that exist and what each is made of: one entry a lab.

An entry holds the parts that make the lab what it is, so that a stack file needs to name only the lab and
what differs from it. It does not hold sizes, versions or addresses (the same for every lab: `keys.py`), and
it creates nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from labs.enums import ClusterKind, CniType, Dataplane, Encapsulation, Lab, NetworkPlugin, Switch


@dataclass(frozen=True, kw_only=True)
class LabSpec:
    """The parts of one lab."""

    lab: Lab
    summary: str
    """One sentence for tables and help texts: what the reader sees."""

    course: str
    """Part of the course that the lab comes from."""

    cluster: ClusterKind = ClusterKind.AKS
    """Where the cluster comes from."""

    network_plugin: NetworkPlugin
    """AKS's network plugin; `none` as well where the cluster is not AKS's, for Calico is the CNI there."""

    cni: CniType
    encapsulation: Encapsulation
    bgp: Switch
    dataplane: Dataplane
    wireguard: Switch

    app: str
    """Folder below `apps/` that holds the application."""

    policies: str
    """Folder below `policies/` that holds the network policies."""

    labelled_nodes: bool = False
    """Whether the Linux nodes carry the course's labels: the first `node=first`, all others `node=second`."""

    windows: bool = False
    """Whether the cluster is made ready for Windows nodes, which has to happen when it is created, and the
    application runs on them."""


_ENTRIES = (
    LabSpec(
        lab=Lab.AZURECNI,
        summary="AKS with Azure CNI and Calico as the policy engine: address planning, typha, default deny",
        course="Tigera CCO-L2-Azure, week 3, lab 1",
        network_plugin=NetworkPlugin.AZURE,
        cni=CniType.AZURE_VNET,
        encapsulation=Encapsulation.NONE,
        bgp=Switch.DISABLED,
        dataplane=Dataplane.IPTABLES,
        wireguard=Switch.DISABLED,
        app="yaobank",
        policies="azurecni",
        labelled_nodes=True,
    ),
    LabSpec(
        lab=Lab.WIREGUARD,
        summary="Azure CNI with WireGuard: traffic between nodes encrypted, and in clear again",
        course="Tigera CCO-L2-Azure, week 3, lab 1",
        network_plugin=NetworkPlugin.AZURE,
        cni=CniType.AZURE_VNET,
        encapsulation=Encapsulation.NONE,
        bgp=Switch.DISABLED,
        dataplane=Dataplane.IPTABLES,
        wireguard=Switch.ENABLED,
        app="yaobank",
        policies="azurecni",
        labelled_nodes=True,
    ),
    LabSpec(
        lab=Lab.WINDOWS,
        summary="Azure CNI with a Windows pool: a Windows web server, denied and allowed by Calico",
        course="Tigera CCO-L2-Azure, week 3, lab 1",
        network_plugin=NetworkPlugin.AZURE,
        cni=CniType.AZURE_VNET,
        encapsulation=Encapsulation.NONE,
        bgp=Switch.DISABLED,
        dataplane=Dataplane.IPTABLES,
        wireguard=Switch.DISABLED,
        app="win-web-demo",
        policies="windows",
        windows=True,
    ),
    LabSpec(
        lab=Lab.BYOCNI,
        summary="AKS without a CNI: nodes stay NotReady until the operator brings Calico, VXLAN, no BGP",
        course="Tigera CCO-L2-Azure, week 3, lab 2",
        network_plugin=NetworkPlugin.NONE,
        cni=CniType.CALICO,
        encapsulation=Encapsulation.VXLAN,
        bgp=Switch.DISABLED,
        dataplane=Dataplane.IPTABLES,
        wireguard=Switch.DISABLED,
        app="yaobank-org",
        policies="byocni",
    ),
    LabSpec(
        lab=Lab.EBPF,
        summary="As byocni on Calico's eBPF data plane, kube-proxy kept: the client's address arrives",
        course="Tigera CCO-L2-Azure, week 3, lab 2",
        network_plugin=NetworkPlugin.NONE,
        cni=CniType.CALICO,
        encapsulation=Encapsulation.VXLAN,
        bgp=Switch.DISABLED,
        dataplane=Dataplane.BPF,
        wireguard=Switch.DISABLED,
        app="yaobank-org",
        policies="byocni",
    ),
    LabSpec(
        lab=Lab.NKE,
        summary="Any cluster by its kubeconfig: BGP without encapsulation, node status, two kinds of policy",
        course="NKE lab series, episode 3",
        cluster=ClusterKind.EXISTING,
        network_plugin=NetworkPlugin.NONE,
        cni=CniType.CALICO,
        encapsulation=Encapsulation.NONE,
        bgp=Switch.ENABLED,
        dataplane=Dataplane.IPTABLES,
        wireguard=Switch.DISABLED,
        app="guestbook",
        policies="nke",
    ),
)

_CATALOGUE = {entry.lab: entry for entry in _ENTRIES}


def get(lab: Lab) -> LabSpec:
    """Return the entry of a lab; every member of `Lab` has one."""
    return _CATALOGUE[lab]


def entries() -> tuple[LabSpec, ...]:
    """Return all entries in the order of the catalogue."""
    return _ENTRIES
