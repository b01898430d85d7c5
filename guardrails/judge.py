"""All rules over all resources of a stack, with exemptions applied; what labctl and the tests call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from guardrails.exemptions import Exemption, exemption
from guardrails.rule import Finding, Level, Rule
from guardrails.rules import RULES
from guardrails.stack_resource import Resource


@dataclass(frozen=True)
class Verdict:
    """One finding, with what it means for the stack."""

    rule: Rule
    finding: Finding
    resource: Resource
    exempted: Exemption | None

    @property
    def breaks(self) -> bool:
        """Whether an update would be stopped."""
        return self.rule.level is Level.MANDATORY and self.exempted is None and not self.finding.unknown


def judge(resources: Sequence[Resource], rules: Iterable[Rule] = RULES) -> list[Verdict]:
    """Return every verdict, in the order of the rules and then of names."""
    by_urn = {resource.urn: resource for resource in resources}
    verdicts = []
    for rule in rules:
        found = sorted(set(rule.findings(resources)), key=lambda item: (item.urn, item.message))
        for finding in found:
            resource = by_urn[finding.urn]
            verdicts.append(Verdict(rule, finding, resource, exemption(rule, finding, resource)))
    return verdicts
