"""Rules about a cluster that was there before: how it is found, and which keys have no meaning on it.

A key that is never read would change nothing, silently, so it is refused wherever that is the case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs import catalogue, limits
from labs.enums import CalicoApiGroup, CalicoSource, ClusterKind, IpamType, Lab, Switch
from labs.errors import Violation, shown
from labs.node_names import is_name, names_in
from labs.rules.wording import Rule, changed, fact, outside, refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings

_OF_AKS = (
    "location",
    "owner",
    "ttl_hours",
    "kubernetes_version",
    "node_count",
    "node_vm_size",
    "node_pool_name",
    "service_cidr",
    "dns_service_ip",
    "vnet_cidr",
    "subnet_cidr",
    "windows_node_count",
    "windows_pool_name",
    "windows_os_sku",
    "windows_vm_size",
    "windows_admin_username",
    "windows_admin_password",
)
"""Keys of a cluster that the program makes."""

_OF_EXISTING = (
    "kubeconfig",
    "context",
    "kubeconfig_exec",
    "calico",
    "calico_api_group",
    "node_names",
    "node_status_seconds",
    "route_reflectors",
)
"""Keys of a cluster that was there before."""

_OF_INSTALLATION = (
    "pod_cidr",
    "calico_version",
    "block_size",
    "nat_outgoing",
    "mtu",
    "node_address_autodetection_v4",
    "control_plane_replicas",
)
_OF_INSTALLATION_BY_LAB = ("cni", "encapsulation", "bgp", "dataplane", "wireguard")


_OF_BGP = {
    "node_names": "what a node's status reports is its BGP",
    "node_status_seconds": "what a node's status reports is its BGP",
    "route_reflectors": "a route reflector speaks BGP",
}
"""Keys that mean nothing without BGP, with the reason."""


def _existing(settings: LabSettings) -> bool:
    return settings.cluster is ClusterKind.EXISTING


def _keys_of_the_other_kind(settings: LabSettings) -> Iterator[Violation]:
    meaningless = _OF_AKS if _existing(settings) else _OF_EXISTING
    for field in changed(settings, meaningless):
        yield refusal(
            settings,
            field,
            f"lab '{settings.lab}' makes no cluster"
            if _existing(settings)
            else f"lab '{settings.lab}' makes a cluster of its own",
            "remove it" if _existing(settings) else f"remove it, or use lab '{Lab.NKE}'",
            "the key would change nothing",
        )


def _kubeconfig(settings: LabSettings) -> Iterator[Violation]:
    if not _existing(settings):
        return
    if not settings.kubeconfig.strip():
        yield refusal(
            settings,
            "kubeconfig",
            f"lab '{settings.lab}' runs on a cluster of yours",
            "set it to the path of that cluster's kubeconfig",
            "the lab must not land on whichever cluster KUBECONFIG names today",
        )
    if not settings.context.strip():
        yield refusal(
            settings,
            "context",
            f"lab '{settings.lab}' runs on a cluster of yours",
            "set it to a context of the kubeconfig; `kubectl config get-contexts` lists them",
            "the current context changes with every other piece of work",
        )


def _nothing_is_installed(settings: LabSettings) -> Iterator[Violation]:
    if settings.calico is not CalicoSource.EXISTING or not _existing(settings):
        return
    spec = catalogue.get(settings.lab)
    meaningless = changed(settings, _OF_INSTALLATION)
    meaningless += [f for f in _OF_INSTALLATION_BY_LAB if getattr(settings, f) != getattr(spec, f)]
    if settings.ipam is not IpamType.CALICO and "cni" not in meaningless:
        meaningless.append("ipam")
    for field in meaningless:
        yield refusal(
            settings,
            field,
            fact(settings, "calico"),
            f"remove it, or set calico-labs:calico to '{CalicoSource.INSTALL}'",
            "nothing is installed, so it would change nothing",
        )


def _api_group(settings: LabSettings) -> Iterator[Violation]:
    if not _existing(settings) or settings.calico_api_group is CalicoApiGroup.V3:
        return
    if settings.calico is CalicoSource.INSTALL:
        yield refusal(
            settings,
            "calico_api_group",
            fact(settings, "calico"),
            f"set it to '{CalicoApiGroup.V3}'",
            "the lab installs the API server too, and nothing may be written past its checks",
            "projectcalico/calico#6412",
        )


def _node_names(settings: LabSettings) -> Iterator[Violation]:
    if not _existing(settings):
        return
    for field in ("node_names", "route_reflectors"):
        given = names_in(getattr(settings, field))
        twice = [name for name, count in Counter(given).items() if count > 1]
        wrong = next((name for name in given if not is_name(name)), None)
        if wrong is not None or twice:
            yield refusal(
                settings,
                field,
                f"'{shown(wrong)}' is not the name of a node"
                if wrong is not None
                else f"'{twice[0]}' is in it twice",
                "set it to names as `kubectl get nodes` prints them, with commas between",
                "an object is made for each of them",
            )


def _node_status(settings: LabSettings) -> Iterator[Violation]:
    if _existing(settings):
        yield from outside(
            settings,
            "node_status_seconds",
            0,
            limits.NODE_STATUS_SECONDS,
            "Calico takes a day at most",
            "Calico docs, caliconodestatus",
        )


def _keys_of_bgp(settings: LabSettings) -> Iterator[Violation]:
    if not _existing(settings) or settings.bgp is Switch.ENABLED:
        return
    for field in changed(settings, _OF_BGP):
        yield refusal(
            settings,
            field,
            fact(settings, "bgp"),
            f"remove it or set calico-labs:bgp to '{Switch.ENABLED}'",
            _OF_BGP[field],
            "Calico docs, networking/configuring/bgp",
        )


RULES: tuple[Rule, ...] = (
    _keys_of_the_other_kind,
    _kubeconfig,
    _nothing_is_installed,
    _api_group,
    _node_names,
    _node_status,
    _keys_of_bgp,
)
