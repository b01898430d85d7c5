"""Calico present where AKS brings no pod network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guardrails.rule import Finding, Level, Rule, unknown
from guardrails.stack_resource import UNKNOWN, Resource, plain

_CLUSTER = "azure-native:containerservice:ManagedCluster"
_INSTALLATION = "operator.tigera.io/v1:Installation"


def check(stack: Sequence[Resource]) -> Iterator[Finding]:
    """Ask for an Installation in every stack that has a cluster without a CNI."""
    installed = any(resource.kubernetes_kind == _INSTALLATION for resource in stack)
    for cluster in stack:
        if cluster.type != _CLUSTER:
            continue
        plugin = plain(cluster.at("networkProfile.networkPlugin"))
        if plugin is UNKNOWN and not installed:
            yield unknown(cluster, "networkProfile.networkPlugin")
        elif plugin == "none" and not installed:
            yield Finding(
                cluster.urn,
                "no-calico",
                "networkProfile.networkPlugin is 'none' but the stack has no Installation of operator.tigera.io; "
                "add one or set the plugin to 'azure' (without a CNI every node stays NotReady)",
            )


CALICO_WHERE_NO_CNI = Rule(
    name="calico-where-no-cni",
    level=Level.MANDATORY,
    reason="A cluster with network plugin `none` has no pod network until Calico brings one.",
    exempt="A stack whose Calico is installed by another stack; name the cluster.",
    stack=check,
)
