"""YAML read as JSON would be: no key twice, no aliases, no tags, no value that changes its type behind the
reader.

Knows nothing of Kubernetes; `manifests.py` decides what a document must hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from labs.errors import ManifestError, shown

_PREFIX = "tag:yaml.org,2002:"
_MAX_DEPTH = 64
"""Kubernetes objects stay below twenty levels; far more is an attack on the reader's stack."""


_READ_AS = {
    "bool": "a truth value",
    "int": "a number",
    "float": "a number",
    "timestamp": "a date",
    "value": "a default value",
    "merge": "a merge",
}


@dataclass(frozen=True)
class Located:
    """One document, and where its fields are."""

    value: Any
    line: int
    """Line on which the document's content starts, counted from 1."""

    line_of: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Line of each field of a mapping, by its path; items of lists are counted, as text, from 0."""


class _Loader(yaml.SafeLoader):
    """SafeLoader without aliases: what is read is all that there is, and no text unfolds into gigabytes."""

    def __init__(self, text: str, where: str) -> None:
        super().__init__(text)
        self.where = where
        self.depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose one node, unless it is an alias or nested too deeply."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]  # a gap of the stubs
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise ManifestError(
                f"{self.where}:{line}",
                f"the alias *{shown(event.anchor)}",
                "is not accepted",
                "write the value out",
                "what is deployed should be what can be read",
            )
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise ManifestError(
                f"{self.where}:{line}",
                "the document",
                f"is nested deeper than {_MAX_DEPTH} levels",
                "flatten it",
                "no Kubernetes object is",
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def load_documents(text: str, where: str) -> list[Located]:
    """Return the documents of a text in their order; `where` names the file in errors.

    Raises:
        ManifestError: at the first thing that is not plain YAML or reads ambiguously.
    """
    try:
        loader = _Loader(text, where)
        return list(_documents(loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{where}:{mark.line + 1}" if mark else where
        raise ManifestError(
            place,
            "the text",
            f"is not YAML: {error.problem}",
            "correct it there",
            "nothing after it can be read",
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ManifestError(
            where,
            "the text",
            "holds a character or escape that YAML does not allow",
            "remove it",
            "it cannot be read",
        ) from error


def _documents(loader: _Loader) -> Iterator[Located]:
    while loader.check_node():
        node = loader.get_node()
        assert node is not None  # check_node has just said so
        line = node.start_mark.line + 1
        if node.tag == f"{_PREFIX}null":
            raise ManifestError(
                f"{loader.where}:{line}",
                "the document",
                "is empty",
                "remove its ---",
                "an empty document deploys nothing",
            )
        lines: dict[tuple[str, ...], int] = {}
        yield Located(_value(loader, node, (), lines), line, lines)


def _value(loader: _Loader, node: yaml.Node, path: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> Any:
    if isinstance(node, yaml.MappingNode):
        _refuse_tag(loader, node, "map")
        return _mapping(loader, node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        _refuse_tag(loader, node, "seq")
        return [_value(loader, item, (*path, str(index)), lines) for index, item in enumerate(node.value)]
    return _scalar(loader, node)


def _mapping(
    loader: _Loader, node: yaml.MappingNode, path: tuple[str, ...], lines: dict[tuple[str, ...], int]
) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        where = f"{loader.where}:{key_node.start_mark.line + 1}"
        if key_node.tag != f"{_PREFIX}str":
            written = shown(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "a list or mapping"
            raise ManifestError(
                where,
                ".".join(map(shown, path)) or "the document",
                f"has the key {written}, which is not text",
                "write the key in quotes",
                "JSON, which the API speaks, has text keys only",
            )
        key = key_node.value
        if key in mapping:
            first = lines[(*path, key)]
            raise ManifestError(
                where,
                ".".join(map(shown, (*path, key))),
                f"is written twice, first on line {first}",
                "keep one of them",
                "the first would be dropped without a word",
            )
        lines[(*path, key)] = key_node.start_mark.line + 1
        mapping[key] = _value(loader, value_node, (*path, key), lines)
    return mapping


def _scalar(loader: _Loader, node: yaml.Node) -> str | int | float | bool | None:
    where = f"{loader.where}:{node.start_mark.line + 1}"
    text = str(node.value)
    kind = node.tag.removeprefix(_PREFIX)
    ambiguous = (
        (kind == "bool" and text not in ("true", "false"))
        or (kind in ("int", "float") and (":" in text or "_" in text))
        or kind in ("timestamp", "value", "merge")
    )
    if ambiguous:
        raise ManifestError(
            where,
            f"the value {shown(text)}",
            f"would be read as {_READ_AS[kind]}",
            "put it in quotes or write it in full",
            "YAML's older rules see more than text here",
        )
    if kind not in ("str", "int", "float", "bool", "null"):
        raise ManifestError(
            where,
            f"the tag {shown(node.tag)}",
            "is not accepted",
            "remove it",
            "manifests hold plain values only",
        )
    value: str | int | float | bool | None = loader.construct_object(node)
    if isinstance(value, float) and not math.isfinite(value):
        raise ManifestError(
            where, f"the value {shown(text)}", "is not a number", "write one", "JSON has no such value"
        )
    return value


def _refuse_tag(loader: _Loader, node: yaml.Node, kind: str) -> None:
    if node.tag != _PREFIX + kind:
        raise ManifestError(
            f"{loader.where}:{node.start_mark.line + 1}",
            f"the tag {shown(node.tag)}",
            "is not accepted",
            "remove it",
            "manifests hold plain values only",
        )
