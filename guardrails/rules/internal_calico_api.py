"""No object of `crd.projectcalico.org`."""

from __future__ import annotations

from collections.abc import Iterator

from guardrails.rule import Finding, Level, Rule, unknown
from guardrails.stack_resource import UNKNOWN, Resource, plain

_GROUP = "crd.projectcalico.org/"


def check(resource: Resource) -> Iterator[Finding]:
    """Look at the type and at the body, which may disagree."""
    if not resource.kubernetes_kind:
        return
    version = plain(resource.at("apiVersion"))
    if version is UNKNOWN:
        yield unknown(resource, "apiVersion")
    elif resource.kubernetes_kind.startswith(_GROUP) or (
        isinstance(version, str) and version.startswith(_GROUP)
    ):
        yield Finding(
            resource.urn,
            "group",
            "apiVersion is 'crd.projectcalico.org/v1' but that group is Calico's own store; write "
            "'projectcalico.org/v3' (nothing validates what is written past Calico's API)",
        )


INTERNAL_CALICO_API = Rule(
    name="no-internal-calico-api",
    level=Level.MANDATORY,
    reason="Calico: never modify resources in the crd.projectcalico.org group directly (calicoctl docs, 2026-08-21).",
    exempt="A cluster with an existing Calico that serves no projectcalico.org/v3 (calicoApiGroup).",
    resource=check,
)
