"""Rules about address ranges: their form, what is reserved, what overlaps, and the DNS address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from typing import TYPE_CHECKING

from labs import ip_plan, keys, limits
from labs.enums import ClusterKind, NetworkPlugin
from labs.errors import Violation
from labs.rules.wording import Rule, fact, name, refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings

_PLANNING = "AKS docs, concepts-network-ip-address-planning"
_RANGES = ("pod_cidr", "service_cidr", "vnet_cidr")
_CIDR = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}/[0-9]{1,2}", re.ASCII)
_EXAMPLES = {
    "pod_cidr": "10.244.0.0/16",
    "service_cidr": "10.0.0.0/16",
    "vnet_cidr": "10.224.0.0/12",
    "subnet_cidr": "10.224.0.0/16",
}


def network(cidr: str | None, *, strict: bool = True) -> IPv4Network | None:
    """Return an IPv4 range; None if the text is not one, or, if strict, has bits set behind its prefix."""
    if cidr is None or not _CIDR.fullmatch(cidr):
        return None
    try:
        return IPv4Network(cidr, strict=strict)
    except ValueError:
        return None


def _existing(settings: LabSettings) -> bool:
    return settings.cluster is ClusterKind.EXISTING


def _fields(settings: LabSettings) -> tuple[str, ...]:
    """Return the ranges that the program writes somewhere; of an existing cluster it knows the pods' only."""
    if _existing(settings):
        return ("pod_cidr",)
    return tuple(field for field in _RANGES if not (field == "vnet_cidr" and _names_no_vnet(settings)))


def _names_no_vnet(settings: LabSettings) -> bool:
    """Tell whether `vnetCidr` is set for a VNet that AKS makes, whose range AKS chooses."""
    return not settings.subnet_cidr and settings.vnet_cidr != keys.BY_FIELD["vnet_cidr"].default


def _ranges(settings: LabSettings) -> dict[str, IPv4Network]:
    """Return the ranges that can be read, by field."""
    found = {field: network(getattr(settings, field)) for field in _fields(settings)}
    return {field: cidr for field, cidr in found.items() if cidr is not None}


def _form(settings: LabSettings) -> Iterator[Violation]:
    for field in (*_fields(settings), "subnet_cidr"):
        text = getattr(settings, field)
        if text is None or network(text) or (field == "subnet_cidr" and not text):
            continue
        loose = network(text, strict=False)
        conflict = (
            "it is not an IPv4 range" if loose is None else "it is an address inside a range, not the range"
        )
        yield refusal(
            settings,
            field,
            conflict,
            f"set it to '{loose or _EXAMPLES[field]}'",
            "ranges are written as first address and prefix length",
        )


def _pod_cidr_and_plugin(settings: LabSettings) -> Iterator[Violation]:
    if settings.network_plugin is NetworkPlugin.NONE and settings.pod_cidr is None:
        yield refusal(
            settings,
            "pod_cidr",
            "the lab's network plugin is 'none'",
            f"set it to '{_EXAMPLES['pod_cidr']}'",
            "without it AKS's control plane cannot reach pods",
            "AKS docs, use-byo-cni",
        )
    if settings.network_plugin is NetworkPlugin.AZURE and settings.pod_cidr is not None:
        yield refusal(
            settings,
            "pod_cidr",
            "the lab's network plugin is 'azure'",
            "remove it",
            "pods take addresses of the VNet there",
            _PLANNING,
        )


def _vnet_of_aks(settings: LabSettings) -> Iterator[Violation]:
    if not _existing(settings) and _names_no_vnet(settings):
        yield refusal(
            settings,
            "vnet_cidr",
            f"{fact(settings, 'subnet_cidr')}, so AKS makes the VNet",
            f"remove it, or set {name('subnet_cidr')} to a range inside",
            f"AKS takes {keys.BY_FIELD['vnet_cidr'].default} for its own, whatever the key says",
            "AKS docs, concepts-network-ip-address-planning",
        )


def _reserved(settings: LabSettings) -> Iterator[Violation]:
    if _existing(settings):
        ranges, reason = limits.UNUSABLE_ANYWHERE, "no network carries those addresses"
        source = "RFC 6890"
    else:
        ranges = (*limits.AKS_RESERVED_RANGES, *limits.UNUSABLE_RANGES)
        reason = "AKS and Azure's own network use those addresses"
        source = "AKS docs, use-byo-cni; Azure docs, virtual networks FAQ"
    for field, cidr in _ranges(settings).items():
        for reserved in ranges:
            if cidr.overlaps(reserved):
                yield refusal(
                    settings,
                    field,
                    f"{reserved} is reserved",
                    f"set it to a private range outside, for example '{_EXAMPLES[field]}'",
                    reason,
                    source,
                )


def _overlap(settings: LabSettings) -> Iterator[Violation]:
    for (field, cidr), (other, other_cidr) in combinations(_ranges(settings).items(), 2):
        if cidr.overlaps(other_cidr):
            # The VNet that AKS makes has the range that AKS gives it.
            moved = (
                [name(field)]
                if other == "vnet_cidr" and not settings.subnet_cidr
                else [name(field), name(other)]
            )
            yield refusal(
                settings,
                field,
                f"{fact(settings, other)}, which overlaps it",
                f"set {' or '.join(moved)} to a range of its own",
                "an address must lead to one place",
                _PLANNING,
            )


def _service_size(settings: LabSettings) -> Iterator[Violation]:
    cidr = network(settings.service_cidr)
    if cidr is None:
        return
    if cidr.prefixlen < limits.SERVICE_PREFIX_SHORTEST:
        yield refusal(
            settings,
            "service_cidr",
            "AKS takes ranges smaller than /12",
            f"set it to '{_EXAMPLES['service_cidr']}'",
            "the API server keeps a table of the whole range",
            _PLANNING,
        )
    elif cidr.prefixlen > limits.SERVICE_PREFIX_LONGEST:
        yield refusal(
            settings,
            "service_cidr",
            f"it has {cidr.num_addresses} addresses",
            f"set it to a range of /{limits.SERVICE_PREFIX_LONGEST} or larger",
            "the Services of AKS, Calico and the application take about a dozen",
        )


def _dns_service_ip(settings: LabSettings) -> Iterator[Violation]:
    cidr = network(settings.service_cidr)
    try:
        address = IPv4Address(settings.dns_service_ip)
    except ValueError:
        yield refusal(
            settings,
            "dns_service_ip",
            "it is not an IPv4 address",
            f"set it to '{_suggested_dns(cidr)}'"
            if cidr
            else "set it to an address inside the service range",
            "every pod is told this address",
        )
        return
    if cidr is None or cidr.prefixlen > limits.SERVICE_PREFIX_LONGEST:
        return
    conflict = None
    if address not in cidr:
        conflict = f"{fact(settings, 'service_cidr')}, which does not contain it"
    elif address in (cidr[0], cidr[1], cidr[-1]):
        conflict = f"it is the {_place(address, cidr)} address of {name('service_cidr')} '{cidr}'"
    if conflict:
        yield refusal(
            settings,
            "dns_service_ip",
            conflict,
            f"set it to '{_suggested_dns(cidr)}'",
            "DNS is a Service, and the first usable address belongs to the API server",
            _PLANNING,
        )


def _place(address: IPv4Address, cidr: IPv4Network) -> str:
    return {cidr[0]: "network", cidr[1]: "first", cidr[-1]: "last"}[address]


def _suggested_dns(cidr: IPv4Network) -> IPv4Address:
    """Return the tenth address, as AKS itself chooses, or the last one of a very small range."""
    return cidr[min(10, cidr.num_addresses - 1)]


def _vnet_size(settings: LabSettings) -> Iterator[Violation]:
    cidr = _ranges(settings).get("vnet_cidr")
    if cidr is not None and cidr.prefixlen < limits.VNET_PREFIX_SHORTEST:
        yield refusal(
            settings,
            "vnet_cidr",
            f"no private range is larger than /{limits.VNET_PREFIX_SHORTEST}",
            f"set it to '{_EXAMPLES['vnet_cidr']}'",
            "public addresses inside it would become unreachable",
            "RFC 1918",
        )


def _planned(settings: LabSettings) -> ip_plan.IpPlan:
    """Return the plan of the nodes; without Windows nodes where their number cannot stand."""
    windows = settings.windows_node_count
    return ip_plan.plan(
        settings if windows <= limits.NODES_PER_POOL else replace(settings, windows_node_count=0)
    )


def _subnet(settings: LabSettings) -> Iterator[Violation]:
    cidr, vnet = network(settings.subnet_cidr), network(settings.vnet_cidr)
    if cidr is None or vnet is None or not 1 <= settings.node_count <= limits.NODES_PER_POOL:
        return
    if not cidr.subnet_of(vnet):
        yield refusal(
            settings,
            "subnet_cidr",
            f"{fact(settings, 'vnet_cidr')}, which does not contain it",
            f"set it to a range inside, or {name('vnet_cidr')} to one around it",
            "a subnet is a part of its VNet",
            _PLANNING,
        )
        return
    planned = _planned(settings)
    if cidr.prefixlen > planned.smallest_prefix:
        yield refusal(
            settings,
            "subnet_cidr",
            f"{planned.nodes} nodes will outgrow it: they need {planned.needed} addresses, the subnet has "
            f"{cidr.num_addresses}",
            f"set it to a range of /{planned.smallest_prefix} or larger",
            f"a node takes {planned.addresses_per_node}, AKS adds {planned.surge_nodes} while it upgrades, and "
            f"Azure keeps {planned.azure_keeps}",
            _PLANNING,
        )


RULES: tuple[Rule, ...] = (
    _form,
    _pod_cidr_and_plugin,
    _vnet_of_aks,
    _reserved,
    _overlap,
    _service_size,
    _dns_service_ip,
    _vnet_size,
    _subnet,
)
