"""Rules about kube-proxy: only a cluster without a CNI of AKS's can be without it, and only eBPF replaces it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs.enums import ClusterKind, Dataplane, KubeProxy, NetworkPlugin
from labs.errors import Violation
from labs.rules.wording import Rule, fact, name, refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings


def _asked(settings: LabSettings) -> bool:
    return settings.kube_proxy is not KubeProxy.DEFAULT


def _own_cluster(settings: LabSettings) -> Iterator[Violation]:
    if _asked(settings) and settings.cluster is ClusterKind.EXISTING:
        yield refusal(
            settings,
            "kube_proxy",
            f"lab '{settings.lab}' runs on a cluster of yours",
            "remove it",
            "kube-proxy is switched where the cluster is made",
        )


def _without_cni(settings: LabSettings) -> Iterator[Violation]:
    if _asked(settings) and settings.network_plugin is not NetworkPlugin.NONE:
        yield refusal(
            settings,
            "kube_proxy",
            f"the lab's network plugin is '{settings.network_plugin}'",
            "remove it, or use lab 'byocni' or 'ebpf'",
            "AKS answers KubeProxyConfigDisabledBYOCNIOnly where the CNI is its own",
            "Azure/AKS#4563",
        )


def _replaced(settings: LabSettings) -> Iterator[Violation]:
    if settings.kube_proxy is KubeProxy.DISABLED and settings.dataplane is not Dataplane.BPF:
        yield refusal(
            settings,
            "kube_proxy",
            fact(settings, "dataplane"),
            f"set it to '{KubeProxy.ENABLED}', or {name('dataplane')} to '{Dataplane.BPF}'",
            "no Service would be reached, for nobody else does kube-proxy's work",
            "Calico docs, enabling-ebpf",
        )


RULES: tuple[Rule, ...] = (_own_cluster, _without_cni, _replaced)
