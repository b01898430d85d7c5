"""Reading fields of an object one by one, each with its type, and refusing what nobody asked for.

A field that is misspelt would be dropped by a lenient reader, and the policy would be judged as if it were
not there; here it is refused with its line and the nearest known name.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from reach.document import Document, Path_, spelled
from reach.errors import InputError, SelectorError, shown
from reach.selectors import Selector, parse


@dataclass(frozen=True)
class Field:
    """A value at a path of a document."""

    document: Document
    path: Path_
    value: Any

    def refuse(self, problem: str, remedy: str, reason: str) -> NoReturn:
        """Refuse the object because of this field."""
        raise InputError(self.document.where(self.path), spelled(self.path), problem, remedy, reason)

    @property
    def given(self) -> bool:
        """Whether the field is there and not null."""
        return self.value is not None

    def get(self, name: str) -> Field:
        """Return a field of a mapping (or of nothing); one that is absent holds None."""
        self._expect(self.value is None or isinstance(self.value, dict), "a mapping", "its fields have names")
        return Field(self.document, (*self.path, name), None if self.value is None else self.value.get(name))

    def mapping(self, known: Collection[str]) -> Field:
        """Return the field itself, a mapping (or nothing) of known names only."""
        if self.value is None:
            return self
        self._expect(isinstance(self.value, dict), "a mapping", "its fields have names")
        for name in self.value:
            if name not in known:
                close = difflib.get_close_matches(str(name), sorted(known), n=1, cutoff=0.6)
                self.get(str(name)).refuse(
                    "is not a field of this kind",
                    f"did you mean {close[0]}" if close else "remove it",
                    "a field that nobody reads would change nothing, silently",
                )
        return self

    def items(self) -> Iterator[Field]:
        """Yield the items of a list; nothing for an absent one."""
        if self.value is None:
            return
        self._expect(isinstance(self.value, list), "a list", "it may hold several")
        for index, value in enumerate(self.value):
            yield Field(self.document, (*self.path, str(index)), value)

    def text(self, default: str = "") -> str:
        """Return a text."""
        if self.value is None:
            return default
        self._expect(isinstance(self.value, str), "text", "put it in quotes")
        return str(self.value)

    def choice(self, choices: Collection[str], default: str = "") -> str:
        """Return one of a closed set of texts."""
        text = self.text(default)
        if text not in choices:
            self.refuse(
                f"is '{shown(text)}' but only {', '.join(choices)} exist" if self.given else "is missing",
                f"write one of {', '.join(choices)}",
                "case counts",
            )
        return text

    def flag(self) -> bool:
        """Return a truth value; false if absent."""
        self._expect(self.value is None or isinstance(self.value, bool), "true or false", "it is a switch")
        return bool(self.value)

    def integer(self, lowest: int, highest: int) -> int | None:
        """Return a whole number within limits; None if absent."""
        if self.value is None:
            return None
        is_number = isinstance(self.value, int) and not isinstance(self.value, bool)
        self._expect(is_number, "a whole number", "it is counted with")
        if not lowest <= self.value <= highest:
            self.refuse(
                f"is {shown(self.value)} but must lie between {lowest} and {highest}",
                "write a number in between",
                "no packet carries another",
            )
        return int(self.value)

    def number(self) -> float | None:
        """Return a number; None if absent."""
        if self.value is None:
            return None
        is_number = isinstance(self.value, (int, float)) and not isinstance(self.value, bool)
        self._expect(is_number, "a number", "policies are sorted by it")
        return float(self.value)

    def labels(self) -> dict[str, str]:
        """Return a mapping of text to text; empty if absent."""
        if self.value is None:
            return {}
        self._expect(isinstance(self.value, dict), "a mapping of labels", "each has a name")
        return {str(key): self.get(str(key)).text() for key in self.value}

    def selector(self) -> Selector | None:
        """Return a selector; None if the field is absent or empty."""
        text = self.text()
        if not text:
            return None
        try:
            return parse(text)
        except SelectorError as error:
            self.refuse(
                f"is '{shown(text)}' but at character {error.position + 1} {error.problem}",
                "correct the selector",
                "docs/reach.md shows its grammar",
            )

    def _expect(self, fits: bool, what: str, reason: str) -> None:
        if not fits:
            self.refuse(f"is '{shown(self.value)}' but not {what}", f"write {what}", reason)


def root(document: Document) -> Field:
    """Return a document's object as a field."""
    return Field(document, (), dict(document.body))
