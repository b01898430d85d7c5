"""No Kubernetes resource on a default provider."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.rule import Finding, Level, Rule
from guardrails.stack_resource import Resource


def check(resource: Resource) -> Iterator[Finding]:
    """A default provider is named `default` or, with its version, `default_4_34_2`."""
    if not resource.kubernetes_kind:
        return
    name = resource.provider.rpartition("::")[2]
    if not name or name == "default" or name.startswith("default_"):
        yield Finding(
            resource.urn,
            "provider",
            f"the provider is '{name}' but Kubernetes objects need an explicit one; pass parent= or provider= "
            "(the default one uses whatever cluster ~/.kube/config points at)",
        )


EXPLICIT_PROVIDER = Rule(
    name="explicit-kubernetes-provider",
    level=Level.MANDATORY,
    reason="A Kubernetes resource on the default provider lands in whatever cluster its user last looked at.",
    exempt="Never; every lab has a provider of its own.",
    resource=check,
)
