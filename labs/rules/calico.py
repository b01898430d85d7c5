"""Rules about Calico: which CNI, IPAM, encapsulation, routing and data plane go together on AKS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs import limits, versions
from labs.enums import (
    CalicoCrds,
    CniType,
    Dataplane,
    Encapsulation,
    IpamType,
    NetworkPlugin,
    Switch,
)
from labs.errors import Violation
from labs.rules.autodetection import node_address_autodetection
from labs.rules.cluster import kubernetes_minor, minor_number
from labs.rules.wording import OPERATOR, Rule, fact, name, refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings

_AKS = "Calico docs, AKS"
_CNI_OF_PLUGIN = {NetworkPlugin.NONE: CniType.CALICO, NetworkPlugin.AZURE: CniType.AZURE_VNET}
_IPAM_OF_CNI = {
    CniType.CALICO: (IpamType.CALICO, IpamType.HOST_LOCAL),
    CniType.AZURE_VNET: (IpamType.AZURE_VNET,),
}
_RELEASE = re.compile(r"v(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})", re.ASCII)


def _cni_fits(settings: LabSettings) -> bool:
    return settings.cni is _CNI_OF_PLUGIN[settings.network_plugin]


def _calico_version(settings: LabSettings) -> Iterator[Violation]:
    remedy = f"set it to '{versions.CALICO_VERSION}'"
    release = _release(settings.calico_version)
    if release is None:
        yield refusal(
            settings,
            "calico_version",
            "it is not a release in the form v<major>.<minor>.<patch>",
            remedy,
            "it is the version of the operator's chart",
            "github.com/projectcalico/calico/releases",
        )
    elif release < (_release(versions.CALICO_OLDEST) or ()):
        yield refusal(
            settings,
            "calico_version",
            f"the labs need {versions.CALICO_OLDEST} or later",
            remedy,
            "older ones are unsupported or refuse policies that Pulumi creates",
            "projectcalico/calico#12841",
        )
    elif settings.calico_version in versions.CALICO_WITHDRAWN:
        yield refusal(
            settings,
            "calico_version",
            "that release wipes FelixConfiguration settings",
            remedy,
            "its operator overwrites what others have set",
            "tigera/operator#5367",
        )


def _release(version: str) -> tuple[int, ...] | None:
    match = _RELEASE.fullmatch(version)
    return tuple(int(part) for part in match.groups()) if match else None


def _crds(settings: LabSettings) -> Iterator[Violation]:
    minor = kubernetes_minor(settings.kubernetes_version)
    if settings.calico_crds is not CalicoCrds.V3 or minor is None:
        return
    if minor_number(minor) < minor_number(versions.V3_CRDS_KUBERNETES_OLDEST):
        yield refusal(
            settings,
            "calico_crds",
            f"{fact(settings, 'kubernetes_version')}",
            f"set it to '{CalicoCrds.V1}' or {name('kubernetes_version')} to "
            f'"{versions.V3_CRDS_KUBERNETES_OLDEST}" or later',
            "they need MutatingAdmissionPolicy, which AKS switches on from there",
            "Calico docs, native v3 CRDs",
        )


def _cni(settings: LabSettings) -> Iterator[Violation]:
    if _cni_fits(settings):
        return
    wanted = _CNI_OF_PLUGIN[settings.network_plugin]
    if settings.cni in (CniType.GKE, CniType.AMAZON_VPC):
        conflict, reason = "the cluster runs on AKS", "that CNI is part of another cloud's nodes"
    elif settings.network_plugin is NetworkPlugin.NONE:
        conflict, reason = "the lab's network plugin is 'none'", "nodes without a CNI stay NotReady"
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


def _dataplane(settings: LabSettings) -> Iterator[Violation]:
    if settings.dataplane is Dataplane.VPP:
        yield refusal(
            settings,
            "dataplane",
            "the cluster runs on AKS",
            f"set it to '{Dataplane.IPTABLES}' or '{Dataplane.BPF}'",
            "VPP takes over a node's network card and needs BGP",
            OPERATOR,
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
    largest = limits.AZURE_MTU - overhead
    if settings.mtu != 0 and not limits.SMALLEST_MTU <= settings.mtu <= largest:
        yield refusal(
            settings,
            "mtu",
            f"the key takes 0 or {limits.SMALLEST_MTU} to {largest} here",
            f"set it to 0 or {min(max(settings.mtu, limits.SMALLEST_MTU), largest)}",
            f"Azure carries {limits.AZURE_MTU} bytes and {header}",
            "Calico docs, configuring/mtu",
        )


RULES: tuple[Rule, ...] = (
    _calico_version,
    _crds,
    _cni,
    _ipam,
    _encapsulation_of_another_cni,
    _encapsulation_on_azure,
    _dataplane,
    _wireguard_and_bpf,
    _mtu,
    node_address_autodetection,
)
