"""Who is exempted from which rule, and why. A reviewer reads a new line here before anything else.

An exemption names one complaint of one rule about one resource; it never switches a rule off. A test refuses one
without a reason, and one that no stack needs any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from guardrails.rule import Finding, Rule
from guardrails.stack_resource import Resource


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """One accepted complaint."""

    rule: str
    what: str
    """The complaint, as `Finding.what` has it."""

    resource: str
    """Name of the resource in Pulumi, which is the same in every stack that has it."""

    reason: str
    lifted_by: str
    """Who or what ends it."""


_NO_ADDRESS = (
    "The lab's page is for everybody, and with externalTrafficPolicy Cluster the visitor arrives under a node's "
    "address, so no source can be named; a Calico policy in front takes pods out again."
)
_A_LAB_WITH_OWN_SOURCES = "whoever sets loadBalancerSourceRanges to the addresses of the course's readers"

EXEMPTIONS: tuple[Exemption, ...] = (
    Exemption(
        rule="load-balancer-with-source",
        what="no-source",
        resource="app-yaobank-customer-yaobank-customer",
        reason=_NO_ADDRESS,
        lifted_by=_A_LAB_WITH_OWN_SOURCES,
    ),
    Exemption(
        rule="load-balancer-with-source",
        what="no-source",
        resource="app-yaobank-yaobank-customer",
        reason=_NO_ADDRESS,
        lifted_by=_A_LAB_WITH_OWN_SOURCES,
    ),
    Exemption(
        rule="load-balancer-with-source",
        what="no-source",
        resource="app-win-web-demo-win-container-service",
        reason="The lab's step is `allow for everyone`, word for word; the visitor's address is gone here as well.",
        lifted_by=_A_LAB_WITH_OWN_SOURCES,
    ),
    Exemption(
        rule="isolated-namespaces",
        what="ingress",
        resource="app-namespaces-guestbook",
        reason="The course closes the frontend only, and shows Redis reachable as the contrast.",
        lifted_by="a step of lab nke that closes Redis too",
    ),
    Exemption(
        rule="isolated-namespaces",
        what="egress",
        resource="app-namespaces-guestbook",
        reason="The course's pair of policies keeps one network out and lets all else through, to show the order.",
        lifted_by="a step of lab nke that names what the guestbook may reach",
    ),
    Exemption(
        rule="isolated-namespaces",
        what="ingress",
        resource="app-namespaces-testns",
        reason="Only the lab's visitors run there, and nothing in it listens.",
        lifted_by="the first Service in testns",
    ),
    Exemption(
        rule="isolated-namespaces",
        what="egress",
        resource="app-namespaces-testns",
        reason="The lab's visitors have to be able to ask for anything, or a denial would prove nothing.",
        lifted_by="nobody; it is what the namespace is for",
    ),
)


def exemption(rule: Rule, finding: Finding, resource: Resource) -> Exemption | None:
    """Return the exemption that covers a finding. What is unknown is never exempted: it says nothing yet."""
    if finding.unknown:
        return None
    for entry in EXEMPTIONS:
        if (entry.rule, entry.what, entry.resource) == (rule.name, finding.what, resource.name):
            return entry
    return None
