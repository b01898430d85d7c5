"""The ranges of pods, Services and nodes are those of the stack and do not overlap."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from itertools import combinations

from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds, same
from labs.enums import ClusterKind


def _run(lab: Lab) -> list[Row]:
    settings = lab.settings
    ranges = {"nodes": ip_network(settings.vnet_cidr), "Services": ip_network(settings.service_cidr)}
    if settings.pod_cidr:
        ranges["pods"] = ip_network(settings.pod_cidr)
    rows = [
        holds(
            f"ranges of {left} and {right}",
            "apart",
            f"{ranges[left]} and {ranges[right]}",
            not ranges[left].overlaps(ranges[right]),
        )
        for left, right in combinations(ranges, 2)
    ]
    by_hand = f"{lab.kubectl} get nodes -o wide"
    for node in lab.nodes():
        addresses = [a["address"] for a in node["status"].get("addresses", []) if a["type"] == "InternalIP"]
        inside = bool(addresses) and all(ip_address(a) in ranges["nodes"] for a in addresses if ":" not in a)
        name = node["metadata"]["name"]
        rows.append(
            holds(
                f"node {name}: address",
                f"in {ranges['nodes']}",
                ", ".join(addresses) or "none",
                inside,
                by_hand,
            )
        )
    service = lab.api.get("/api/v1/namespaces/default/services/kubernetes") or {}
    rows.append(
        same(
            "Service kubernetes: address",
            str(ranges["Services"][1]),
            service.get("spec", {}).get("clusterIP"),
            f"{lab.kubectl} get service kubernetes",
        )
    )
    return rows


CHECK = Check(
    name="address-plan",
    proves="nodes, pods and Services have their own ranges, and nodes and Services lie in theirs",
    course="IP planning: which addresses nodes, pods and Services take",
    needs="read nodes and services",
    run=_run,
    applies=lambda lab: lab.settings.cluster is ClusterKind.AKS,
)
