"""Property paths in the engine's notation."""

from __future__ import annotations

import pytest

from sandbox.plugins.kubernetes.paths import covers, parse, render


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("spec", ["spec"]),
        ("spec.ports[0].name", ["spec", "ports", 0, "name"]),
        ('metadata.annotations["pulumi.com/waitFor"]', ["metadata", "annotations", "pulumi.com/waitFor"]),
        ('data["a\\"b"]', ["data", 'a"b']),
        ("[0].a", [0, "a"]),
    ],
)
def test_paths_are_read_and_written_alike(text: str, keys: list[str | int]) -> None:
    assert parse(text) == keys
    assert render(keys) == text


def test_a_text_that_is_no_path_is_refused_with_the_place() -> None:
    with pytest.raises(ValueError, match="breaks off") as refused:
        parse("spec.ports[x]")
    assert str(refused.value) == "property path 'spec.ports[x]' breaks off at '[x]'"


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("spec", "spec.ports", True),
        ("spec.ports[*].name", "spec.ports[3].name", True),
        ("spec.ports[0]", "spec.ports[1]", False),
        ("spec.ports", "spec", False),
    ],
)
def test_a_path_covers_itself_and_what_lies_below(outer: str, inner: str, expected: bool) -> None:
    assert covers(parse(outer), parse(inner)) is expected
