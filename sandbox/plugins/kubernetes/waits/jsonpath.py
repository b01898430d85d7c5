"""The part of JSONPath (RFC 9535) that `pulumi.com/waitFor` expressions use.

Members, indices, wildcards and filters that compare one member with a literal or ask whether it is there.
Slices, unions, functions and recursive descent are refused by name: nobody waits for those, and half an
implementation would wait for ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.plugins.server import ProviderError

_STEP = re.compile(
    r"""
      \.(?P<name>[A-Za-z_][\w-]*)
    | \['(?P<single>(?:[^'\\]|\\.)*)'\]
    | \["(?P<double>(?:[^"\\]|\\.)*)"\]
    | \[(?P<index>-?\d+)\]
    | (?P<wildcard>\[\*\]|\.\*)
    | \[\?\(?@(?P<member>(?:\.[A-Za-z_][\w-]*)+)
          (?:\s*(?P<operator>==|!=)\s*(?P<literal>"[^"]*"|'[^']*'|[\w.+-]+))?\)?\]
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class _Filter:
    member: tuple[str, ...]
    operator: str
    literal: Any


_Step = str | int | None | _Filter
"""Member, index, wildcard (None) or filter."""


@dataclass(frozen=True)
class Expression:
    """A parsed `{path}` or `{path}=value`."""

    text: str
    steps: tuple[_Step, ...]
    value: str

    def matches(self, document: Any) -> tuple[bool, str]:
        """Return whether the document matches, and what was found instead."""
        found = [document]
        for step in self.steps:
            found = [item for value in found for item in _select(value, step)]
        if not found:
            return False, f"{self.text} selected nothing"
        if not self.value:
            return True, ""
        if isinstance(found[0], (Mapping, list)):
            raise ProviderError(f'"{self.text}" has a non-primitive value ({json.dumps(found[0])})')
        text = _text(found[0])
        return text == self.value, f'found "{text}"'


def parse(raw: str) -> Expression:
    """Parse what stands behind `jsonpath=`.

    Raises:
        ProviderError: it is not an expression that can be waited for.
    """
    path, value = _divide(raw)
    inner = re.fullmatch(r"\{\s*(.*?)\s*\}", path)
    if path.startswith("'") and path.endswith("'"):
        raise ProviderError(f"{path} should omit shell quotes")
    if inner is None:
        raise ProviderError(f"{path} should be wrapped in brackets {{ ... }}")
    return Expression(path, tuple(_steps(inner[1].removeprefix("$"), path)), value)


def _divide(raw: str) -> tuple[str, str]:
    """Split at the equals sign behind the closing brace, not at one inside a filter."""
    end = raw.rfind("}")
    path, rest = (raw[: end + 1], raw[end + 1 :]) if end >= 0 else (raw, "")
    if not rest:
        return path, ""
    if not rest.startswith("=") or "=" in rest[1:].replace("==", ""):
        raise ProviderError(f'format should be {{.path}}=value or {{.path}}, got "{raw}"')
    if rest == "=":
        raise ProviderError(f"{path}= requires a value")
    return path, rest[1:]


def _steps(text: str, path: str) -> list[_Step]:
    steps: list[_Step] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            raise ProviderError(
                f'parsing "{path}": the sandbox cannot wait for "{text[position:]}"; use members, indices, '
                '[*] or one comparison such as [?@.type=="Ready"]'
            )
        steps.append(_step(found))
        position = found.end()
    return steps


def _step(found: re.Match[str]) -> _Step:
    groups = found.groupdict()
    for key in ("name", "single", "double"):
        if groups[key] is not None:
            return re.sub(r"\\(.)", r"\1", groups[key]) if key != "name" else groups[key]
    if groups["index"] is not None:
        return int(groups["index"])
    if groups["wildcard"] is not None:
        return None
    literal = groups["literal"]
    return _Filter(
        tuple(groups["member"].split(".")[1:]),
        groups["operator"] or "",
        _literal(literal) if literal else None,
    )


def _literal(text: str) -> Any:
    if text[0] in "'\"":
        return text[1:-1]
    try:
        return json.loads(text)
    except ValueError:
        return text


def _select(value: Any, step: _Step) -> list[Any]:
    if isinstance(step, str):
        return [value[step]] if isinstance(value, Mapping) and step in value else []
    if isinstance(step, int):
        return [value[step]] if isinstance(value, list) and -len(value) <= step < len(value) else []
    items = list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else []
    return [item for item in items if step is None or _passes(item, step)]


def _passes(item: Any, rule: _Filter) -> bool:
    for key in rule.member:
        if not isinstance(item, Mapping) or key not in item:
            return rule.operator == "!="
        item = item[key]
    if not rule.operator:
        return True
    return bool((item == rule.literal) is (rule.operator == "=="))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "<nil>" if value is None else str(value)
