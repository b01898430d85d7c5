"""Every pod has an address of the range that it should come from, and no two share one."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address, ip_network

from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds
from checks.state import scope
from labs.enums import ClusterKind


def _run(lab: Lab) -> list[Row]:
    wanted = ip_network(lab.settings.pod_cidr or lab.settings.vnet_cidr)
    pods = {
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}": pod["status"]["podIP"]
        for pod in lab.api.list("/api/v1/pods")
        if not pod["spec"].get("hostNetwork")
        and pod["status"].get("podIP")
        and pod["status"].get("phase") == "Running"
    }
    by_hand = f"{lab.kubectl} get pods -A -o wide"
    outside = [f"{name} {address}" for name, address in pods.items() if ip_address(address) not in wanted]
    twice = [address for address, count in Counter(pods.values()).items() if count > 1]
    return [
        holds("pods with an address of their own", "1 or more", len(pods), bool(pods), by_hand),
        holds(f"addresses outside {wanted}", "none", ", ".join(outside) or "none", not outside, by_hand),
        holds("addresses of more than one pod", "none", ", ".join(twice) or "none", not twice, by_hand),
    ]


CHECK = Check(
    name="pod-addresses",
    proves="all pods have addresses of the pool, or of the VNet where Azure hands them out",
    course="kubectl get pods -A -o wide",
    needs="read pods",
    run=_run,
    applies=lambda lab: lab.settings.cluster is ClusterKind.AKS or scope.calico_addresses(lab),
)
