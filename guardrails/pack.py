"""The rules as a policy pack of Pulumi (CrossGuard).

Owns the way between the SDK's arguments and ours. The SDK hands out inputs that raise when an unknown value is
touched, and turns that into "can't run policy" without looking any further; here the inputs are walked once, with
every unknown kept as one, and a rule that finds something both wrong and unknown reports both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from guardrails.exemptions import exemption
from guardrails.rule import Finding, Rule
from guardrails.rules import RULES
from guardrails.stack_resource import UNKNOWN, Resource


def serve() -> None:
    """Serve the pack until the engine ends it; the SDK's constructor never returns."""
    PolicyPack(name="calico-labs", policies=[policy for rule in RULES for policy in policies(rule)])


def policies(rule: Rule) -> list[Policy]:
    """Return a rule as the SDK wants it, one policy for each kind of check it has."""
    level = EnforcementLevel(rule.level.value)
    description = f"{rule.reason} Exempted: {rule.exempt}"
    made: list[Policy] = []
    if rule.resource is not None:
        made.append(ResourceValidationPolicy(rule.name, description, _of_resource(rule), level))
    if rule.stack is not None:
        made.append(StackValidationPolicy(rule.name, description, _of_stack(rule), level))
    return made


def _of_resource(rule: Rule) -> Any:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = resource_of(args)
        _report(rule, [resource], report)

    return validate


def _of_stack(rule: Rule) -> Any:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        _report(rule, [resource_of(entry) for entry in args.resources], report)

    return validate


def _report(rule: Rule, resources: Sequence[Resource], report: ReportViolation) -> None:
    """Report what is wrong; then, if something could not be decided, say so the only way the SDK has.

    Raises:
        UnknownValueError: something is not known before the update. The SDK makes an advisory of it.
    """
    by_urn = {resource.urn: resource for resource in resources}
    undecided: list[Finding] = []
    for finding in rule.findings(resources):
        if finding.unknown:
            undecided.append(finding)
        elif exemption(rule, finding, by_urn[finding.urn]) is None:
            report(finding.message, finding.urn)
    if undecided:
        names = [f"{by_urn[finding.urn].name}: {finding.message}" for finding in undecided]
        raise UnknownValueError(UNKNOWN_STRING_VALUE, names)


def resource_of(args: Any) -> Resource:
    """Return the SDK's resource as ours; works for the arguments of both kinds of policy."""
    provider = getattr(args, "provider", None)
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        name=args.name,
        props=_known(args.props),
        provider=provider.urn if provider is not None else "",
        shows_secrets=False,
    )


def _known(value: Any) -> Any:
    """Copy a value out of the SDK's proxies, which raise at every unknown that is touched."""
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_item(value, index) for index in range(len(value))]
    return value


def _item(container: Any, key: Any) -> Any:
    try:
        return _known(container[key])
    except UnknownValueError:
        return UNKNOWN
