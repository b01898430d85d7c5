"""YAML of others: what is read, and that a refusal never quotes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.foreign_yaml import ForeignYamlError, load, read_text


def test_plain_yaml_is_read_as_it_is() -> None:
    assert load("a: [1, true, 2026-01-31]\nb: {c: null}\n")["a"][:2] == [1, True]
    assert load("") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("token: [secret", "is not YAML at line 2", id="broken"),
        pytest.param(
            "secret: !!python/object/apply:os.system [x]", "is not YAML at line 1", id="a tag that runs"
        ),
        pytest.param("secret: 1\n---\nb: 2\n", "is not YAML at line 2", id="two documents"),
        pytest.param("a: &secret x\nb: *secret\n", "has an alias at line 2", id="alias"),
        pytest.param("a: &a {x: 1}\nsecret: {<<: *a}\n", "has an alias at line 2", id="merge"),
        pytest.param("secret: " + "[" * 100 + "]" * 100, "is nested deeper than 64 levels", id="deep"),
        pytest.param("secret: 2026-02-30\n", "holds a date or number that does not exist", id="date"),
        pytest.param(
            "!!timestamp secret: 1\n", "has a tag that its value does not fit", id="a date that is none"
        ),
        pytest.param(
            "a: !!bool secret\n", "has a tag that its value does not fit", id="a truth that is none"
        ),
        pytest.param(
            "secret: !!int ''\n", "has a tag that its value does not fit", id="a number that is empty"
        ),
        pytest.param("secret: \x00\n", "is not YAML", id="NUL"),
    ],
)
def test_a_refusal_says_where_and_never_what(text: str, problem: str) -> None:
    with pytest.raises(ForeignYamlError) as refused:
        load(text)
    assert refused.value.problem == problem
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"secret \xff")
    with pytest.raises(ForeignYamlError, match="is not UTF-8"):
        read_text(tmp_path / "file")
