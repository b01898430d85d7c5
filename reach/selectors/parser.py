"""From the text of a selector to its tree.

Words are read by position: after a label comes an operator, so labels may be called `in`, `has` or `contains`.
White space is the blank and the tab; a line feed is an error, which a YAML block scalar can bring in unseen.
"""

from __future__ import annotations

import re
from functools import lru_cache

from reach.errors import SelectorError
from reach.selectors.nodes import All, And, Compare, Has, In, Not, Operator, Or, Selector

MAX_LENGTH = 65536
"""Longer texts are refused, so that reading one stays cheap."""

MAX_DEPTH = 64
"""Parentheses deeper than any hand or tool writes would exhaust the reader's stack."""

_LABEL = re.compile(r"[a-zA-Z0-9_./-]{1,512}")
_HAS = re.compile(r"has\([ \t]*([a-zA-Z0-9_./-]{1,512})[ \t]*\)")
_ALL = re.compile(r"all\([ \t]*\)")
_GLOBAL = re.compile(r"global\([ \t]*\)")
_SPACE = re.compile(r"[ \t]*")
_OPERATORS = (
    (re.compile(r"=="), Operator.EQUAL),
    (re.compile(r"!="), Operator.UNEQUAL),
    (re.compile(r"contains"), Operator.CONTAINS),
    (re.compile(r"starts[ \t]*with"), Operator.STARTS_WITH),
    (re.compile(r"ends[ \t]*with"), Operator.ENDS_WITH),
)
_IN = re.compile(r"in\b", re.ASCII)
_NOT_IN = re.compile(r"not[ \t]*in\b", re.ASCII)


@lru_cache(maxsize=65536)
def parse(text: str) -> Selector:
    """Return the tree of a selector; an empty text selects everything.

    Raises:
        SelectorError: at the first character that cannot be part of a selector.
    """
    if len(text) > MAX_LENGTH:
        raise SelectorError(text, MAX_LENGTH, f"it is longer than {MAX_LENGTH} characters")
    reader = _Reader(text)
    reader.skip_space()
    if reader.at_end():
        return All()
    tree = reader.either(0)
    if not reader.at_end():
        raise reader.error("expected && or || or the end")
    return tree


class _Reader:
    """A position in a text; every method leaves it before the next thing that is not white space."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def error(self, problem: str) -> SelectorError:
        found = "the end" if self.at_end() else f"{self.text[self.position]!r}"
        return SelectorError(self.text, self.position, f"{problem}, found {found}")

    def at_end(self) -> bool:
        return self.position >= len(self.text)

    def skip_space(self) -> None:
        found = _SPACE.match(self.text, self.position)
        assert found is not None  # the pattern also matches nothing
        self.position = found.end()

    def take(self, word: str) -> bool:
        if not self.text.startswith(word, self.position):
            return False
        self.position += len(word)
        self.skip_space()
        return True

    def take_pattern(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
            self.skip_space()
        return found

    def either(self, depth: int) -> Selector:
        operands = [self.both(depth)]
        while self.take("||"):
            operands.append(self.both(depth))
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def both(self, depth: int) -> Selector:
        operands = [self.operation(depth)]
        while self.take("&&"):
            operands.append(self.operation(depth))
        return operands[0] if len(operands) == 1 else And(tuple(operands))

    def operation(self, depth: int) -> Selector:
        negated = False
        while self.take("!"):
            negated = not negated
        operand = self.operand(depth)
        return Not(operand) if negated else operand

    def operand(self, depth: int) -> Selector:
        if self.take("("):
            if depth >= MAX_DEPTH:
                raise self.error(f"parentheses are nested deeper than {MAX_DEPTH}")
            inner = self.either(depth + 1)
            if not self.take(")"):
                raise self.error("expected )")
            return inner
        if self.take_pattern(_ALL):
            return All()
        if self.take_pattern(_GLOBAL):
            return All("global()")
        if found := self.take_pattern(_HAS):
            return Has(found[1])
        if found := self.take_pattern(_LABEL):
            return self.comparison(found[0])
        raise self.error("expected a label, has(), all() or (")

    def comparison(self, key: str) -> Selector:
        for pattern, operator in _OPERATORS:
            if self.take_pattern(pattern):
                return Compare(key, operator, self.literal())
        if self.take_pattern(_NOT_IN):
            return In(key, self.literals(), negated=True)
        if self.take_pattern(_IN):
            return In(key, self.literals())
        raise self.error(f"expected an operator after the label {key[:40]}")

    def literal(self) -> str:
        quote = self.text[self.position : self.position + 1]
        if quote not in ("'", '"'):
            raise self.error("expected a value in quotes")
        end = self.text.find(quote, self.position + 1)
        if end < 0:
            raise self.error("the value's closing quote is missing")
        value = self.text[self.position + 1 : end]
        self.position = end + 1
        self.skip_space()
        return value

    def literals(self) -> tuple[str, ...]:
        if not self.take("{"):
            raise self.error("expected {")
        found = set()
        while not self.take("}"):
            found.add(self.literal())
            if not self.take(",") and not self.text.startswith("}", self.position):
                raise self.error("expected , or }")
        return tuple(sorted(found))
