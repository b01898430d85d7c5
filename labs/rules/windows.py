"""Rules about Windows nodes; none of them speaks while `windowsNodeCount` is 0."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs import limits, versions, vm_sizes
from labs.enums import Dataplane, NetworkPlugin, Switch, WindowsOsSku
from labs.errors import Violation
from labs.rules.cluster import kubernetes_minor, minor_number, unreadable_size
from labs.rules.wording import Rule, fact, name, outside, refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings

_POOLS = "AKS docs, use-system-pools"


def _node_count(settings: LabSettings) -> Iterator[Violation]:
    yield from outside(
        settings,
        "windows_node_count",
        0,
        limits.NODES_PER_POOL,
        "AKS ends a pool there",
        "AKS docs, quotas-skus-regions",
    )


def _network_plugin(settings: LabSettings) -> Iterator[Violation]:
    if settings.windows_node_count > 0 and settings.network_plugin is NetworkPlugin.NONE:
        yield refusal(
            settings,
            "windows_node_count",
            "the lab's network plugin is 'none'",
            "set it to 0",
            "AKS puts Windows nodes on Azure CNI only (AzureCNIOnlyForWindows)",
            "Azure/AKS#2839; Calico docs, AKS",
        )


def _dataplane(settings: LabSettings) -> Iterator[Violation]:
    if settings.windows_node_count > 0 and settings.dataplane is Dataplane.BPF:
        yield refusal(
            settings,
            "dataplane",
            fact(settings, "windows_node_count"),
            f"set it to '{Dataplane.IPTABLES}' or {name('windows_node_count')} to 0",
            "eBPF and Windows nodes cannot share a cluster",
            "Calico docs, enabling-ebpf",
        )


def _wireguard(settings: LabSettings) -> Iterator[Violation]:
    if settings.windows_node_count > 0 and settings.wireguard is Switch.ENABLED:
        yield refusal(
            settings,
            "wireguard",
            fact(settings, "windows_node_count"),
            f"set it to '{Switch.DISABLED}' or {name('windows_node_count')} to 0",
            "Calico encrypts between Linux nodes only, so that traffic would stay in clear",
            "Calico docs, encrypt-cluster-pod-traffic",
        )


def _os_sku(settings: LabSettings) -> Iterator[Violation]:
    if settings.windows_node_count <= 0:
        return
    remedy = f"set it to '{WindowsOsSku.WINDOWS_2022}'"
    if settings.windows_os_sku is WindowsOsSku.WINDOWS_2019:
        yield refusal(
            settings,
            "windows_os_sku",
            "AKS ended it on 2026-03-01",
            remedy,
            "no supported Kubernetes minor has images of it",
            "AKS docs, Windows Server 2019 retirement",
        )
    elif settings.windows_os_sku is WindowsOsSku.WINDOWS_2025:
        yield refusal(
            settings,
            "windows_os_sku",
            "Calico does not support it yet",
            remedy,
            "its requirements name 2022 as the newest",
            "projectcalico/calico#11691",
        )


def _os_sku_and_kubernetes(settings: LabSettings) -> Iterator[Violation]:
    minor = kubernetes_minor(settings.kubernetes_version)
    if settings.windows_node_count <= 0 or minor is None:
        return
    newest = versions.WINDOWS_2022_KUBERNETES_NEWEST
    if settings.windows_os_sku is WindowsOsSku.WINDOWS_2022 and minor_number(minor) > minor_number(newest):
        yield refusal(
            settings,
            "windows_os_sku",
            fact(settings, "kubernetes_version"),
            f'set {name("kubernetes_version")} to "{newest}"',
            "AKS offers that edition no further, and Calico supports no later one",
            "AKS docs, Windows Server 2022 retirement",
        )


def _pool_name(settings: LabSettings) -> Iterator[Violation]:
    if settings.windows_node_count <= 0:
        return
    if not re.fullmatch(limits.WINDOWS_POOL_NAME, settings.windows_pool_name, re.ASCII):
        yield refusal(
            settings,
            "windows_pool_name",
            "a Windows pool's name is a lower-case letter and up to 5 more letters or digits",
            "set it to 'calico'",
            "a Windows host name has 15 characters, and AKS needs nine",
            _POOLS,
        )
    elif settings.windows_pool_name == settings.node_pool_name:
        yield refusal(
            settings,
            "windows_pool_name",
            f"{fact(settings, 'node_pool_name')} too",
            "set one of them to another name",
            "pools of a cluster are found by name",
            _POOLS,
        )


def _vm_size(settings: LabSettings) -> Iterator[Violation]:
    if settings.windows_node_count <= 0:
        return
    size = vm_sizes.parse(settings.windows_vm_size)
    if size is None:
        yield unreadable_size(settings, "windows_vm_size", versions.WINDOWS_VM_SIZE)
    elif size.vcpus < limits.USER_POOL_VCPUS:
        yield refusal(
            settings,
            "windows_vm_size",
            f"it has {size.vcpus} vCPU and a user pool needs {limits.USER_POOL_VCPUS}",
            f"set it to '{versions.WINDOWS_VM_SIZE}'",
            "AKS refuses smaller ones",
            _POOLS,
        )


def _typha(settings: LabSettings) -> Iterator[Violation]:
    if not 0 < settings.windows_node_count <= limits.NODES_PER_POOL or settings.node_count < 1:
        return
    needed = typha_replicas(settings.node_count + settings.windows_node_count)
    if needed > settings.node_count:
        yield refusal(
            settings,
            "node_count",
            f"{fact(settings, 'windows_node_count')}, so the operator wants {needed} copies of typha",
            f"set it to {needed} or more",
            "each copy takes a Linux node of its own, and the operator counts Windows nodes too",
            "tigera/operator, installation/typha_autoscaler.go",
        )


def typha_replicas(nodes: int) -> int:
    """Return how many copies of typha the operator runs.

    Source: tigera/operator, common/autoscale.go, 2026-08-21.
    """
    if nodes <= 2:
        return 1
    if nodes <= 4:
        return 2
    return max(3, 2 + nodes // 200)


RULES: tuple[Rule, ...] = (
    _node_count,
    _network_plugin,
    _dataplane,
    _wireguard,
    _os_sku,
    _os_sku_and_kubernetes,
    _pool_name,
    _vm_size,
    _typha,
)
