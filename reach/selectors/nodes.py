"""The tree of a selector: what it means for one set of labels, for many at once, and as canonical text.

For many at once a set of endpoints is the bits of one integer, so that `&&`, `||` and `!` over a thousand
endpoints are one machine operation each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class LabelIndex(Protocol):
    """Labels of many endpoints, turned around: from label to the endpoints that carry it."""

    everything: int
    """All endpoints of the index."""

    def values(self, key: str) -> Mapping[str, int]:
        """Return the endpoints of each value that a label has."""


class Selector(Protocol):
    """Any node of the tree."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether one set of labels is selected."""

    def among(self, index: LabelIndex) -> int:
        """Return all endpoints of an index that are selected."""

    def keys(self) -> frozenset[str]:
        """Return the labels that the selector asks about."""


def quoted(value: str) -> str:
    """Return a value as a literal; the language has no escapes, so a value never holds both quotes."""
    return f"'{value}'" if '"' in value else f'"{value}"'


@dataclass(frozen=True, slots=True)
class All:
    """`all()`, and what `global()` is once its meaning has been taken out."""

    name: str = "all()"

    def matches(self, labels: Mapping[str, str]) -> bool:
        return True

    def among(self, index: LabelIndex) -> int:
        return index.everything

    def keys(self) -> frozenset[str]:
        return frozenset()

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Has:
    """`has(label)`: the label exists, with whatever value."""

    key: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        return self.key in labels

    def among(self, index: LabelIndex) -> int:
        return _union(index.values(self.key), lambda value: True)

    def keys(self) -> frozenset[str]:
        return frozenset({self.key})

    def __str__(self) -> str:
        return f"has({self.key})"


class Operator(Enum):
    """Comparisons with one literal. Only `!=` holds for a label that is absent."""

    EQUAL = "=="
    UNEQUAL = "!="
    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"


_TESTS: Mapping[Operator, Callable[[str, str], bool]] = {
    Operator.CONTAINS: lambda value, literal: literal in value,
    Operator.STARTS_WITH: str.startswith,
    Operator.ENDS_WITH: str.endswith,
}


@dataclass(frozen=True, slots=True)
class Compare:
    """A label against one literal."""

    key: str
    operator: Operator
    literal: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        value = labels.get(self.key)
        if self.operator is Operator.EQUAL:
            return value == self.literal
        if self.operator is Operator.UNEQUAL:
            return value != self.literal
        return value is not None and _TESTS[self.operator](value, self.literal)

    def among(self, index: LabelIndex) -> int:
        values = index.values(self.key)
        if self.operator is Operator.EQUAL:
            return values.get(self.literal, 0)
        if self.operator is Operator.UNEQUAL:
            return index.everything & ~values.get(self.literal, 0)
        test = _TESTS[self.operator]
        return _union(values, lambda value: test(value, self.literal))

    def keys(self) -> frozenset[str]:
        return frozenset({self.key})

    def __str__(self) -> str:
        return f"{self.key} {self.operator.value} {quoted(self.literal)}"


@dataclass(frozen=True, slots=True)
class In:
    """A label against a set of literals; `not in` also holds for a label that is absent."""

    key: str
    literals: tuple[str, ...]
    """Sorted and without repetition, as the canonical form has them."""

    negated: bool = False

    def matches(self, labels: Mapping[str, str]) -> bool:
        return (labels.get(self.key) in self.literals) is not self.negated

    def among(self, index: LabelIndex) -> int:
        values = index.values(self.key)
        found = 0
        for literal in self.literals:
            found |= values.get(literal, 0)
        return index.everything & ~found if self.negated else found

    def keys(self) -> frozenset[str]:
        return frozenset({self.key})

    def __str__(self) -> str:
        operator = "not in" if self.negated else "in"
        return f"{self.key} {operator} {{{', '.join(quoted(literal) for literal in self.literals)}}}"


@dataclass(frozen=True, slots=True)
class Not:
    """`!` before anything."""

    operand: Selector

    def matches(self, labels: Mapping[str, str]) -> bool:
        return not self.operand.matches(labels)

    def among(self, index: LabelIndex) -> int:
        return index.everything & ~self.operand.among(index)

    def keys(self) -> frozenset[str]:
        return self.operand.keys()

    def __str__(self) -> str:
        return f"!{self.operand}"


@dataclass(frozen=True, slots=True)
class And:
    """Operands joined by `&&`."""

    operands: tuple[Selector, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(operand.matches(labels) for operand in self.operands)

    def among(self, index: LabelIndex) -> int:
        found = index.everything
        for operand in self.operands:
            found &= operand.among(index)
        return found

    def keys(self) -> frozenset[str]:
        return frozenset().union(*(operand.keys() for operand in self.operands))

    def __str__(self) -> str:
        return f"({' && '.join(str(operand) for operand in self.operands)})"


@dataclass(frozen=True, slots=True)
class Or:
    """Operands joined by `||`."""

    operands: tuple[Selector, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        return any(operand.matches(labels) for operand in self.operands)

    def among(self, index: LabelIndex) -> int:
        found = 0
        for operand in self.operands:
            found |= operand.among(index)
        return found

    def keys(self) -> frozenset[str]:
        return frozenset().union(*(operand.keys() for operand in self.operands))

    def __str__(self) -> str:
        return f"({' || '.join(str(operand) for operand in self.operands)})"


def _union(values: Mapping[str, int], wanted: Callable[[str], bool]) -> int:
    found = 0
    for value, endpoints in values.items():
        if wanted(value):
            found |= endpoints
    return found


def rewritten(selector: Selector, leaf: Callable[[Selector], Selector]) -> Selector:
    """Return the same tree with every leaf replaced."""
    if isinstance(selector, Not):
        return Not(rewritten(selector.operand, leaf))
    if isinstance(selector, And):
        return And(tuple(rewritten(operand, leaf) for operand in selector.operands))
    if isinstance(selector, Or):
        return Or(tuple(rewritten(operand, leaf) for operand in selector.operands))
    return leaf(selector)


def leaves(selector: Selector) -> list[Selector]:
    """Return the leaves of a tree from left to right."""
    found: list[Selector] = []

    def note(leaf: Selector) -> Selector:
        found.append(leaf)
        return leaf

    rewritten(selector, note)
    return found
