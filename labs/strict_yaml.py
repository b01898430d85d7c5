"""YAML read as JSON would be: no key twice, no aliases, no tags, no value that changes its type behind the
reader.

Knows nothing of Kubernetes; `manifests.py` decides what a document must hold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import yaml

from labs.errors import ManifestError, shown
from labs.yaml_parser import LOADER, MAX_DEPTH, MISFITS, HiddenYamlError, refuse_hidden

_PREFIX = "tag:yaml.org,2002:"

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
    """Line of each field of a mapping and each item of a list, by its path; items are counted, as text, from 0."""


def load_documents(text: str, where: str) -> list[Located]:
    """Return the documents of a text in their order; `where` names the file in errors.

    Raises:
        ManifestError: at the first thing that is not plain YAML or reads ambiguously.
    """
    try:
        refuse_hidden(text)
        return [_document(node, where) for node in yaml.compose_all(text, LOADER)]
    except HiddenYamlError as error:
        raise _hidden(error, where) from error
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


def _hidden(error: HiddenYamlError, where: str) -> ManifestError:
    place = f"{where}:{error.line}"
    if error.alias is None:
        return ManifestError(
            place,
            "the document",
            f"is nested deeper than {MAX_DEPTH} levels",
            "flatten it",
            "no Kubernetes object is",
        )
    return ManifestError(
        place,
        f"the alias *{shown(error.alias)}",
        "is not accepted",
        "write the value out",
        "what is deployed should be what can be read",
    )


def _document(node: yaml.Node, where: str) -> Located:
    line = node.start_mark.line + 1
    if node.tag == f"{_PREFIX}null":
        raise ManifestError(
            f"{where}:{line}",
            "the document",
            "is empty",
            "remove its ---",
            "an empty document deploys nothing",
        )
    lines: dict[tuple[str, ...], int] = {}
    return Located(_value(node, where, (), lines), line, lines)


def _value(node: yaml.Node, where: str, path: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> Any:
    if isinstance(node, yaml.MappingNode):
        _refuse_tag(node, where, "map")
        return _mapping(node, where, path, lines)
    if isinstance(node, yaml.SequenceNode):
        _refuse_tag(node, where, "seq")
        places = [(item, (*path, str(index))) for index, item in enumerate(node.value)]
        lines.update({place: item.start_mark.line + 1 for item, place in places})
        return [_value(item, where, place, lines) for item, place in places]
    return _scalar(node, where)


def _mapping(
    node: yaml.MappingNode, where: str, path: tuple[str, ...], lines: dict[tuple[str, ...], int]
) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        place = f"{where}:{key_node.start_mark.line + 1}"
        if key_node.tag != f"{_PREFIX}str" or not isinstance(key_node, yaml.ScalarNode):
            written = shown(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "a list or mapping"
            raise ManifestError(
                place,
                ".".join(map(shown, path)) or "the document",
                f"has the key {written}, which is not text",
                "write the key in quotes",
                "JSON, which the API speaks, has text keys only",
            )
        key = key_node.value
        if key in mapping:
            first = lines[(*path, key)]
            raise ManifestError(
                place,
                ".".join(map(shown, (*path, key))),
                f"is written twice, first on line {first}",
                "keep one of them",
                "the first would be dropped without a word",
            )
        lines[(*path, key)] = key_node.start_mark.line + 1
        mapping[key] = _value(value_node, where, (*path, key), lines)
    return mapping


def _scalar(node: yaml.Node, where: str) -> str | int | float | bool | None:
    place = f"{where}:{node.start_mark.line + 1}"
    text = str(node.value)
    kind = node.tag.removeprefix(_PREFIX)
    ambiguous = (
        (kind == "bool" and text not in ("true", "false"))
        or (kind in ("int", "float") and (":" in text or "_" in text))
        or kind in ("timestamp", "value", "merge")
    )
    if ambiguous:
        raise ManifestError(
            place,
            f"the value {shown(text)}",
            f"would be read as {_READ_AS[kind]}",
            "put it in quotes or write it in full",
            "YAML's older rules see more than text here",
        )
    if kind not in ("str", "int", "float", "bool", "null"):
        raise ManifestError(
            place,
            f"the tag {shown(node.tag)}",
            "is not accepted",
            "remove it",
            "manifests hold plain values only",
        )
    value: str | int | float | bool | None
    try:
        value = yaml.constructor.SafeConstructor().construct_object(node)
    except (*MISFITS, ValueError):
        raise ManifestError(
            place,
            f"the value '{shown(text)}'",
            f"is not {_READ_AS.get(kind, kind)}",
            f"remove its tag {shown(node.tag)}",
            "manifests hold plain values only",
        ) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise ManifestError(
            place, f"the value {shown(text)}", "is not a number", "write one", "JSON has no such value"
        )
    return value


def _refuse_tag(node: yaml.Node, where: str, kind: str) -> None:
    if node.tag != _PREFIX + kind:
        raise ManifestError(
            f"{where}:{node.start_mark.line + 1}",
            f"the tag {shown(node.tag)}",
            "is not accepted",
            "remove it",
            "manifests hold plain values only",
        )
