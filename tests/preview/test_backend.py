"""The throw-away backend without an engine: which stacks it takes, and what it makes of an answer that there is not."""

from __future__ import annotations

import shutil
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from preview.backend import Backend, engine, wanted_of
from preview.errors import PreviewError
from sandbox.home import PROJECT
from sandbox.tools import Toolbox


def source(folder: Path, *stacks: str) -> Path:
    """Return a revision with these stacks."""
    folder.mkdir()
    shutil.copyfile(PROJECT / "Pulumi.yaml", folder / "Pulumi.yaml")
    for stack in stacks:
        (folder / f"Pulumi.{stack}.yaml").write_text("config: {}\n", encoding="utf-8")
    return folder


class TestStacks:
    @pytest.mark.parametrize(
        ("named", "expected"),
        [((), ["a", "b", "c"]), (("c", "a"), ["a", "c"]), (("b", "b"), ["b"])],
        ids=["all", "named", "named twice"],
    )
    def test_each_once_in_the_order_of_their_names(
        self, tmp_path: Path, named: tuple[str, ...], expected: list[str]
    ) -> None:
        assert (
            wanted_of(named, source(tmp_path / "1", "b", "a"), source(tmp_path / "2", "c", "a")) == expected
        )

    @pytest.mark.parametrize(
        ("stacks", "named", "message"),
        [
            (("a",), ("x",), "stack is 'x' but there is no Pulumi.x.yaml; choose one of a"),
            ((), ("x",), "stack is 'x' but there is no Pulumi.x.yaml; choose one of none"),
            ((), (), "there is no Pulumi.<stack>.yaml; there is nothing to preview"),
        ],
        ids=["unknown", "none is known", "none"],
    )
    def test_one_that_is_not_there_is_refused(
        self, tmp_path: Path, stacks: tuple[str, ...], named: tuple[str, ...], message: str
    ) -> None:
        with pytest.raises(PreviewError) as caught:
            wanted_of(named, source(tmp_path / "source", *stacks))
        assert str(caught.value) == message


def test_a_state_that_is_not_given_is_an_error_of_that_stacks_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pulumi(_home: object, arguments: list[str], *_: object) -> CompletedProcess[str]:
        if "export" in arguments:
            return CompletedProcess(arguments, 255, "", "error: no state\n")
        return CompletedProcess(arguments, 0, '{"steps": []}' if "preview" in arguments else "", "")

    monkeypatch.setattr(engine, "pulumi", pulumi)
    revision = source(tmp_path / "source", "dev")
    outcome: Any = Backend(tmp_path / "root", Toolbox(origins={}), revision, revision).run("dev")
    assert outcome.base_errors == ("no state",)
    assert (outcome.base_state, outcome.preview, outcome.head_errors) == ({}, {"steps": []}, ())
