"""`kubernetesProvider` and `cni.type` written in every Installation on AKS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guardrails.rule import Finding, Level, Rule, unknown
from guardrails.stack_resource import MISSING, UNKNOWN, Resource, plain

_CLUSTER = "azure-native:containerservice:ManagedCluster"
_INSTALLATION = "operator.tigera.io/v1:Installation"
_EMPTY = (MISSING, None, "")


def check(stack: Sequence[Resource]) -> Iterator[Finding]:
    """`cni.type` always; `kubernetesProvider` where the stack makes the cluster, which is then AKS."""
    on_aks = any(resource.type == _CLUSTER for resource in stack)
    for resource in stack:
        if resource.kubernetes_kind != _INSTALLATION:
            continue
        cni = plain(resource.at("spec.cni.type"))
        provider = plain(resource.at("spec.kubernetesProvider"))
        if cni is UNKNOWN:
            yield unknown(resource, "spec.cni.type")
        elif cni in _EMPTY:
            yield Finding(
                resource.urn,
                "cni",
                "spec.cni.type is '' but the operator then chooses by provider; write 'Calico' or 'AzureVNET' (for "
                "AKS it chooses AzureVNET, and nodes without a CNI stay NotReady)",
            )
        if not on_aks:
            continue
        if provider is UNKNOWN:
            yield unknown(resource, "spec.kubernetesProvider")
        elif provider != "AKS":
            value = "" if provider in _EMPTY else provider
            yield Finding(
                resource.urn,
                "provider",
                f"spec.kubernetesProvider is '{value}' but the stack's cluster is AKS; write 'AKS' (the operator "
                "does not detect it, and volume plugin path, typha placement and MTU come out wrong)",
            )


WRITTEN_INSTALLATION = Rule(
    name="written-installation",
    level=Level.MANDATORY,
    reason="What the operator is left to guess about AKS it guesses wrong (tigera/operator, fillDefaults).",
    exempt="Never; both fields can always be written.",
    stack=check,
)
