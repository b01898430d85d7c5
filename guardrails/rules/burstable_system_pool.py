"""No B-series machines in a system pool."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.rule import Finding, Level, Rule, unknown
from guardrails.stack_resource import UNKNOWN, Resource, items, plain

_CLUSTER = "azure-native:containerservice:ManagedCluster"
_POOL = "azure-native:containerservice:AgentPool"
_B_SERIES = re.compile(r"standard_b\d", re.IGNORECASE)


def check(resource: Resource) -> Iterator[Finding]:
    """Look at the inline pools of a cluster and at separate pools; a pool without a mode is one for users."""
    if resource.type == _POOL:
        yield from _pool(resource, resource.at("mode"), resource.at("vmSize"), "vmSize")
    if resource.type != _CLUSTER:
        return
    pools = plain(resource.at("agentPoolProfiles"))
    if pools is UNKNOWN:
        yield unknown(resource, "agentPoolProfiles")
        return
    for index, pool in enumerate(items(pools)):
        at = f"agentPoolProfiles[{index}]"
        if pool is UNKNOWN:
            yield unknown(resource, at)
        elif isinstance(pool, dict):
            yield from _pool(resource, pool.get("mode"), pool.get("vmSize"), f"{at}.vmSize")


def _pool(resource: Resource, mode: object, size: object, field: str) -> Iterator[Finding]:
    mode, size = plain(mode), plain(size)
    if size is UNKNOWN or mode is UNKNOWN:
        if mode is UNKNOWN or mode == "System":
            yield unknown(resource, field)
    elif mode == "System" and isinstance(size, str) and _B_SERIES.match(size):
        yield Finding(
            resource.urn,
            "size",
            f"{field} is '{size}' but the pool is a system pool; set it to a size with 4 vCPU or more that is not "
            "of the B-series (AKS does not support burstable sizes there)",
        )


BURSTABLE_SYSTEM_POOL = Rule(
    name="no-burstable-system-pool",
    level=Level.MANDATORY,
    reason="AKS supports no B-series machine in a system pool: its credits run out, and cluster DNS with them.",
    exempt="Never; the course's Standard_B2s is refused or throttled (AKS docs, use-system-pools, 2026-04-30).",
    resource=check,
)
