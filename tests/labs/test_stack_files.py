"""Stack files are read as Pulumi would read them, and refused by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labs.errors import LabError, SettingsError
from labs.stack_files import settings_of, stacks_of


def project(folder: Path, text: str = "", stack: str = "byocni") -> Path:
    (folder / f"Pulumi.{stack}.yaml").write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path, stack: str = "byocni") -> str:
    with pytest.raises(LabError) as refused:
        settings_of(folder, stack)
    return str(refused.value)


def test_each_stack_has_a_file(tmp_path: Path) -> None:
    for name in ("Pulumi.b.yaml", "Pulumi.a.eu.yaml", "Pulumi.yaml", "Pulumi.c.yml"):
        (tmp_path / name).touch()
    (tmp_path / "Pulumi.folder.yaml").mkdir()
    assert stacks_of(tmp_path) == ["a.eu", "b"]


def test_numbers_and_objects_are_read_as_pulumi_reads_them(tmp_path: Path) -> None:
    text = "config:\n  calico-labs:nodeCount: 3\n  calico-labs:images: {customer: other}\n"
    settings = settings_of(project(tmp_path, text), "byocni")
    assert settings.node_count == 3
    assert dict(settings.images) == {"customer": "other"}


def test_secrets_are_left_alone(tmp_path: Path) -> None:
    text = "config:\n  calico-labs:windowsAdminPassword:\n    secure: v1:abc\n"
    assert settings_of(project(tmp_path, text), "byocni").windows_admin_password == ""


@pytest.mark.parametrize("text", ["", "config:\n", "encryptionsalt: v1:abc\n"])
def test_a_file_without_settings_has_none(tmp_path: Path, text: str) -> None:
    assert settings_of(project(tmp_path, text), "byocni").lab == "byocni"


@pytest.mark.parametrize("stack", ["byoccni", "../byocni", "byocni.yaml"])
def test_an_unknown_stack_is_refused_with_those_that_there_are(tmp_path: Path, stack: str) -> None:
    assert refusal(project(tmp_path), stack) == (
        f"Pulumi.{stack}.yaml: the stack does not exist; choose one of byocni (a stack is a file of that name)"
    )


def test_a_folder_without_stacks_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == (
        f"{tmp_path}: has no Pulumi.<stack>.yaml; name the project's folder (stacks are files in it)"
    )


def test_a_folder_that_cannot_be_looked_into_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 300)
    assert refusal(folder).endswith(
        "cannot be read: File name too long; name the project's folder (stacks are files in it)"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("- a\n", "Pulumi.byocni.yaml:1: the file is '['a']' but not a mapping", id="a list"),
        pytest.param(
            "config: [1]\n",
            "Pulumi.byocni.yaml:1: config is '[1]' but not a mapping",
            id="a list of settings",
        ),
        pytest.param(
            "config: ''\n", "Pulumi.byocni.yaml:1: config is '' but not a mapping", id="an empty text"
        ),
    ],
)
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    assert refusal(project(tmp_path, text)) == f"{problem}; write one setting a line (each has a name)"


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = project(tmp_path) / "Pulumi.byocni.yaml"
    path.write_bytes(b"\xff")
    assert refusal(tmp_path) == (
        "Pulumi.byocni.yaml: the file is not UTF-8; make it a stack file again (nothing can be read from it)"
    )


def test_a_pipe_is_no_stack(tmp_path: Path) -> None:
    project(tmp_path)
    os.mkfifo(tmp_path / "Pulumi.pipe.yaml")
    assert stacks_of(tmp_path) == ["byocni"]


def test_a_wrong_value_is_refused_as_by_the_program(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="calico-labs:nodeCount is 'many'"):
        settings_of(project(tmp_path, "config:\n  calico-labs:nodeCount: many\n"), "byocni")
