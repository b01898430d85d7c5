"""On AKS, Calico's own pod network is VXLAN without BGP."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.rule import Finding, Level, Rule, unknown
from guardrails.stack_resource import MISSING, UNKNOWN, Resource, items, plain

_INSTALLATION = "operator.tigera.io/v1:Installation"


def check(resource: Resource) -> Iterator[Finding]:
    """Look at an Installation for AKS in which Calico is the CNI."""
    if resource.kubernetes_kind != _INSTALLATION:
        return
    provider, cni = plain(resource.at("spec.kubernetesProvider")), plain(resource.at("spec.cni.type"))
    if provider is UNKNOWN or cni is UNKNOWN:
        yield unknown(resource, "spec.kubernetesProvider or spec.cni.type")
        return
    if provider != "AKS" or cni != "Calico":
        return
    bgp = plain(resource.at("spec.calicoNetwork.bgp"))
    if bgp is UNKNOWN:
        yield unknown(resource, "spec.calicoNetwork.bgp")
    elif bgp != "Disabled":
        value = "" if bgp is MISSING else bgp
        yield Finding(
            resource.urn,
            "bgp",
            f"spec.calicoNetwork.bgp is '{value}' but the cluster is AKS; write 'Disabled' (Azure's fabric learns no "
            "routes from nodes, and left out it is Enabled)",
        )
    yield from _pools(resource)


def _pools(resource: Resource) -> Iterator[Finding]:
    pools = plain(resource.at("spec.calicoNetwork.ipPools"))
    if pools is UNKNOWN:
        yield unknown(resource, "spec.calicoNetwork.ipPools")
        return
    if not items(pools):
        yield Finding(
            resource.urn,
            "pool",
            "spec.calicoNetwork.ipPools is '' but the cluster is AKS; write a pool with encapsulation VXLAN (the "
            "operator's own default pool is IPIP, which Azure drops)",
        )
    for index, pool in enumerate(items(pools)):
        field = f"spec.calicoNetwork.ipPools[{index}].encapsulation"
        encapsulation = UNKNOWN if pool is UNKNOWN else plain(pool.get("encapsulation", ""))
        if encapsulation is UNKNOWN:
            yield unknown(resource, field)
        elif encapsulation != "VXLAN":
            yield Finding(
                resource.urn,
                "encapsulation",
                f"{field} is '{encapsulation}' but the cluster is AKS; write 'VXLAN' (Azure drops IPIP and has no "
                "routes to pods)",
            )


VXLAN_WITHOUT_BGP = Rule(
    name="vxlan-without-bgp-on-aks",
    level=Level.MANDATORY,
    reason="Azure drops IPIP and knows no routes to pods, so only VXLAN carries them (Calico docs, public cloud).",
    exempt="A cluster with route tables of its own that lead to the pods.",
    resource=check,
)
