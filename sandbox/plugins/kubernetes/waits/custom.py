"""`pulumi.com/waitFor`: conditions and JSONPath expressions that the program asks for, one or several."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sandbox.plugins.kubernetes.api import Api
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.waits import jsonpath, operator
from sandbox.plugins.kubernetes.waits.condition import Condition, Look, current, find, shown
from sandbox.plugins.kubernetes.waits.until import TIMED_OUT
from sandbox.plugins.server import ProviderError


@dataclass(frozen=True)
class _Custom:
    """What failing custom waits say: the reasons of Tigera's operator, where it writes some."""

    api: Api

    @property
    def failure(self) -> str:
        return TIMED_OUT

    def problems(self, live: Body) -> list[str]:
        return operator.reasons(self.api, live)


@dataclass(frozen=True)
class ConditionHolds(_Custom):
    """`condition=Type[=Status]`, for the latest generation where the controller says which one it saw."""

    type: str
    status: str = "True"

    @property
    def what(self) -> str:
        return f"condition={self.type}" + ("" if self.status == "True" else f"={self.status}")

    def look(self, live: Body) -> Look:
        found = find(live, self.type)
        if found is None:
            return Look(False, f"Waiting for {self.what}")
        if not current(live, found):
            return Look(False, f"{self.type} is of an older generation")
        if str(found.get("status", "")).lower() == self.status.lower():
            return Look(True)
        return Look(False, f"Resource has condition {shown(found)} (want {self.status})")


@dataclass(frozen=True)
class PathMatches(_Custom):
    """`jsonpath={...}[=value]`."""

    expression: jsonpath.Expression

    @property
    def what(self) -> str:
        text = self.expression.text
        return f"jsonpath={text}={self.expression.value}" if self.expression.value else f"jsonpath={text}"

    def look(self, live: Body) -> Look:
        if not current(live):
            return Look(False, f"Waiting for {self.what} of the latest generation")
        matched, found = self.expression.matches(live)
        return Look(matched, f"Waiting for {self.what} ({found})")


@dataclass(frozen=True)
class AllHold(_Custom):
    """Every one of several."""

    parts: tuple[Condition, ...]

    @property
    def what(self) -> str:
        return " and ".join(part.what for part in self.parts)

    def look(self, live: Body) -> Look:
        looks = [part.look(live) for part in self.parts]
        missing = [look.waiting_for for look in looks if not look.ready]
        return Look(not missing, "; ".join(missing))


def parse(text: str, api: Api) -> Condition:
    """Return the condition of an annotation's value.

    Raises:
        ProviderError: the value is none.
    """
    try:
        decoded = json.loads(text)
    except ValueError:
        decoded = None
    expressions = (
        decoded if isinstance(decoded, list) and all(isinstance(item, str) for item in decoded) else [text]
    )
    if not expressions:
        raise ProviderError("at least one condition must be specified")
    parts = tuple(_parse_one(expression, api) for expression in expressions)
    return parts[0] if len(parts) == 1 else AllHold(api, parts)


def _parse_one(expression: str, api: Api) -> Condition:
    prefix, _, rest = expression.partition("=")
    if prefix == "jsonpath":
        return PathMatches(api, jsonpath.parse(rest))
    if prefix == "condition":
        type, _, status = rest.partition("=")
        return ConditionHolds(api, type, status or "True")
    raise ProviderError(f'expected a "jsonpath=" or "condition=" prefix, got "{expression}"')
