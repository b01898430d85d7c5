"""kube-proxy is still there: AKS keeps it, and the way back from eBPF needs it. Unless the stack has disabled it."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, same
from labs.enums import ClusterKind, KubeProxy


def _run(lab: Lab) -> list[Row]:
    daemon_set = lab.api.get(paths.workload("kube-system", "daemonsets", "kube-proxy"))
    by_hand = f"{lab.kubectl} -n kube-system get daemonset kube-proxy"
    if lab.settings.kube_proxy is KubeProxy.DISABLED:
        return [same("DaemonSet kube-proxy: there", False, daemon_set is not None, by_hand)]
    found = daemon_set or {}
    return [
        same(
            "DaemonSet kube-proxy: ready",
            len(lab.nodes("linux")),
            found.get("status", {}).get("numberReady", 0),
            by_hand,
        )
    ]


CHECK = Check(
    name="kube-proxy",
    proves="kube-proxy runs on every Linux node, under eBPF too; nowhere if the stack disables it",
    course="eBPF data plane (the course turns kube-proxy off, which AKS takes back)",
    needs="read nodes and daemonsets of kube-system",
    run=_run,
    applies=lambda lab: lab.settings.cluster is ClusterKind.AKS,
)
