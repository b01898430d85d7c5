"""Cluster DNS runs at its address: without it every failure looks like a policy."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds, same
from labs.enums import ClusterKind

_SERVICE = "/api/v1/namespaces/kube-system/services/kube-dns"


def _run(lab: Lab) -> list[Row]:
    by_hand = f"{lab.kubectl} -n kube-system get service,deployment"
    service = lab.api.get(_SERVICE) or {}
    rows = []
    if lab.settings.cluster is ClusterKind.AKS:
        address = service.get("spec", {}).get("clusterIP")
        rows.append(same("Service kube-dns: address", lab.settings.dns_service_ip, address, by_hand))
    deployment = lab.api.get(paths.workload("kube-system", "deployments", "coredns")) or {}
    wanted = deployment.get("spec", {}).get("replicas", 0)
    ready = deployment.get("status", {}).get("readyReplicas", 0)
    rows.append(
        holds(
            "Deployment coredns: ready",
            "all, and at least 1",
            f"{ready} of {wanted}",
            0 < wanted == ready,
            by_hand,
        )
    )
    return rows


CHECK = Check(
    name="cluster-dns",
    proves="cluster DNS is ready, at the address that the stack gives it",
    course="every step that reaches a Service by its name",
    needs="read services and deployments of kube-system",
    run=_run,
)
