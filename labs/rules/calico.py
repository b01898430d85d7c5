"""Rules about Calico: which CNI, IPAM, encapsulation, routing and data plane go together on AKS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs import limits
from labs.enums import (
    ClusterKind,
    CniType,
    Dataplane,
    Encapsulation,
    IpamType,
    Lab,
    NetworkPlugin,
    Switch,
)
from labs.errors import Violation
from labs.rules.autodetection import node_address_autodetection
from labs.rules.wording import OPERATOR, Rule, fact, name, refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings

_AKS = "Calico docs, AKS"
_CNI_OF_PLUGIN = {NetworkPlugin.NONE: CniType.CALICO, NetworkPlugin.AZURE: CniType.AZURE_VNET}
_IPAM_OF_CNI = {
    CniType.CALICO: (IpamType.CALICO, IpamType.HOST_LOCAL),
    CniType.AZURE_VNET: (IpamType.AZURE_VNET,),
}


def _on_aks(settings: LabSettings) -> bool:
    return settings.cluster is ClusterKind.AKS


def _cni_fits(settings: LabSettings) -> bool:
    return settings.cni is _CNI_OF_PLUGIN[settings.network_plugin]


def _cni(settings: LabSettings) -> Iterator[Violation]:
    if _cni_fits(settings):
        return
    wanted = _CNI_OF_PLUGIN[settings.network_plugin]
    if settings.cni in (CniType.GKE, CniType.AMAZON_VPC):
        where = "the cluster runs on AKS" if _on_aks(settings) else "Calico is the lab's CNI"
        conflict, reason = where, "that CNI is part of another cloud's nodes"
    elif settings.network_plugin is NetworkPlugin.NONE:
        where = "the lab's network plugin is 'none'" if _on_aks(settings) else "Calico is the lab's CNI"
        conflict, reason = where, "nodes without a CNI stay NotReady"
    else:
        conflict, reason = "the lab's network plugin is 'azure'", "two CNIs would both configure each pod"
    yield refusal(settings, "cni", conflict, f"set it to '{wanted}'", reason, f"{OPERATOR}; {_AKS}")


def _ipam(settings: LabSettings) -> Iterator[Violation]:
    if not _cni_fits(settings):
        return
    if settings.ipam not in _IPAM_OF_CNI[settings.cni]:
        yield refusal(
            settings,
            "ipam",
            fact(settings, "cni"),
            f"set it to '{_IPAM_OF_CNI[settings.cni][0]}'",
            "that CNI asks nobody else for addresses",
            OPERATOR,
        )
    elif settings.ipam is IpamType.HOST_LOCAL and "VXLAN" in settings.encapsulation:
        yield refusal(
            settings,
            "ipam",
            fact(settings, "encapsulation"),
            f"set it to '{IpamType.CALICO}'",
            "VXLAN routes are made from Calico's own blocks",
            OPERATOR,
        )


def _encapsulation_of_another_cni(settings: LabSettings) -> Iterator[Violation]:
    if not _cni_fits(settings) or settings.cni is CniType.CALICO:
        return
    if settings.encapsulation is not Encapsulation.NONE:
        yield refusal(
            settings,
            "encapsulation",
            fact(settings, "cni"),
            f"set it to '{Encapsulation.NONE}'",
            "Calico does not own the pod network there",
            OPERATOR,
        )
    if settings.bgp is Switch.ENABLED:
        yield refusal(
            settings,
            "bgp",
            fact(settings, "cni"),
            f"set it to '{Switch.DISABLED}'",
            "Calico does not own the pod network there",
            OPERATOR,
        )


def _encapsulation_on_azure(settings: LabSettings) -> Iterator[Violation]:
    if (
        not _cni_fits(settings)
        or not _on_aks(settings)
        or settings.cni is not CniType.CALICO
        or settings.encapsulation is Encapsulation.VXLAN
    ):
        return
    without_bgp = (
        settings.bgp is Switch.DISABLED and settings.encapsulation is not Encapsulation.VXLAN_CROSS_SUBNET
    )
    why_not, reason, source = {
        Encapsulation.IPIP: (
            "Azure drops IP-in-IP packets",
            "VXLAN passes, IP-in-IP does not",
            "Calico docs, Azure",
        ),
        Encapsulation.IPIP_CROSS_SUBNET: (
            "all nodes are in one subnet",
            "packets cross it bare, and Azure does not route pod addresses",
            "Calico docs, Azure",
        ),
        Encapsulation.VXLAN_CROSS_SUBNET: (
            "all nodes are in one subnet",
            "packets cross it bare, and Azure does not route pod addresses",
            "Calico docs, Azure",
        ),
        Encapsulation.NONE: (
            "Azure does not route pod addresses",
            "AKS makes no route table for a cluster without a CNI",
            "Calico docs, Azure; AKS docs, use-byo-cni",
        ),
    }[settings.encapsulation]
    yield refusal(
        settings,
        "encapsulation",
        fact(settings, "bgp") if without_bgp else why_not,
        f"set it to '{Encapsulation.VXLAN}'",
        "only BGP would bring the routes, and Azure would still drop the packets" if without_bgp else reason,
        f"{OPERATOR}; {source}" if without_bgp else source,
    )


def _encapsulation_elsewhere(settings: LabSettings) -> Iterator[Violation]:
    if (
        _on_aks(settings)
        or not _cni_fits(settings)
        or settings.ipam is not IpamType.CALICO
        or settings.bgp is Switch.ENABLED
        or "VXLAN" in settings.encapsulation
    ):
        return
    yield refusal(
        settings,
        "encapsulation",
        fact(settings, "bgp"),
        f"set {name('bgp')} to '{Switch.ENABLED}' or {name('encapsulation')} to '{Encapsulation.VXLAN}'",
        "only BGP tells nodes where the pods of other nodes are, unless VXLAN does",
        OPERATOR,
    )


def _dataplane(settings: LabSettings) -> Iterator[Violation]:
    if settings.dataplane is Dataplane.VPP:
        yield refusal(
            settings,
            "dataplane",
            "the cluster runs on AKS" if _on_aks(settings) else "no lab prepares nodes for it",
            f"set it to '{Dataplane.IPTABLES}' or '{Dataplane.BPF}'"
            if _on_aks(settings)
            else f"set it to '{Dataplane.IPTABLES}'",
            "VPP takes over a node's network card and needs BGP",
            OPERATOR,
        )
    elif settings.dataplane is Dataplane.NFTABLES and _on_aks(settings):
        yield refusal(
            settings,
            "dataplane",
            "AKS's kube-proxy works with iptables",
            f"set it to '{Dataplane.IPTABLES}' or '{Dataplane.BPF}'",
            "it needs kube-proxy in nftables mode too, which on AKS is a preview that no lab asks for",
            "Calico docs, getting-started/kubernetes/nftables; AKS docs, configure-kube-proxy",
        )
    elif settings.dataplane is Dataplane.BPF and not _on_aks(settings):
        yield refusal(
            settings,
            "dataplane",
            f"lab '{settings.lab}' runs on a cluster of yours",
            f"set it to '{Dataplane.IPTABLES}', or use lab '{Lab.EBPF}'",
            "Calico then needs the API server's own address, which a kubeconfig does not always hold",
            "Calico docs, enabling-ebpf",
        )


def _wireguard_and_bpf(settings: LabSettings) -> Iterator[Violation]:
    both = settings.wireguard is Switch.ENABLED and settings.dataplane is Dataplane.BPF
    if both and settings.cni is CniType.AZURE_VNET and _cni_fits(settings):
        yield refusal(
            settings,
            "wireguard",
            f"{fact(settings, 'dataplane')} and {fact(settings, 'cni')}",
            f"set it to '{Switch.DISABLED}' or {name('dataplane')} to '{Dataplane.IPTABLES}'",
            "the two together are reported broken on Azure CNI",
            "projectcalico/calico#4411, #4817",
        )


def _mtu(settings: LabSettings) -> Iterator[Violation]:
    overhead, header = 0, "no tunnel's header takes any"
    if settings.encapsulation in (Encapsulation.VXLAN, Encapsulation.VXLAN_CROSS_SUBNET):
        overhead, header = limits.VXLAN_OVERHEAD, f"VXLAN's header takes {limits.VXLAN_OVERHEAD}"
    if settings.wireguard is Switch.ENABLED:
        overhead, header = limits.WIREGUARD_OVERHEAD, f"WireGuard's header takes {limits.WIREGUARD_OVERHEAD}"
    link = limits.AZURE_MTU if _on_aks(settings) else limits.LARGEST_MTU
    largest = link - overhead
    if settings.mtu != 0 and not limits.SMALLEST_MTU <= settings.mtu <= largest:
        yield refusal(
            settings,
            "mtu",
            f"the key takes 0 or {limits.SMALLEST_MTU} to {largest} here",
            f"set it to 0 or {min(max(settings.mtu, limits.SMALLEST_MTU), largest)}",
            f"{'Azure carries' if _on_aks(settings) else 'jumbo frames have'} {link} bytes and {header}",
            "Calico docs, configuring/mtu",
        )


def _mtu_for_wireguard(settings: LabSettings) -> Iterator[Violation]:
    if (
        settings.wireguard is Switch.ENABLED
        and settings.cni is CniType.CALICO
        and _cni_fits(settings)
        and _on_aks(settings)
        and settings.mtu == 0
    ):
        fitting = limits.AZURE_MTU - limits.WIREGUARD_OVERHEAD
        yield refusal(
            settings,
            "mtu",
            fact(settings, "wireguard"),
            f"set it to {fitting} before the first `up`",
            "Calico would choose 1440, more than Azure carries, and pods keep the MTU that they started with",
            "Calico docs, configuring/mtu; projectcalico/calico, int_dataplane.go",
        )


RULES: tuple[Rule, ...] = (
    _cni,
    _ipam,
    _encapsulation_of_another_cni,
    _encapsulation_on_azure,
    _encapsulation_elsewhere,
    _dataplane,
    _wireguard_and_bpf,
    _mtu,
    _mtu_for_wireguard,
    node_address_autodetection,
)
