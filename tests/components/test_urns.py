"""The identity of every resource of every stack: a changed name or parent replaces what users have deployed.

`CALICO_LABS_UPDATE_GOLDEN=1 python -m pytest tests/components/test_urns.py` writes the lists again. A line that went
away needs an alias on the resource that took its place; CONTRIBUTING.md says so too.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from components.compose import compose
from labs.settings import LabSettings
from labs.stack_files import settings_of
from tests.components.conftest import run, use_mocks

PROJECT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"
STACKS = sorted(path.name.split(".")[1] for path in PROJECT.glob("Pulumi.*.yaml"))
UPDATE = os.environ.get("CALICO_LABS_UPDATE_GOLDEN") == "1"


@pytest.fixture
def in_folder_with_kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nke stack reads the kubeconfig that it names, in the folder of the project."""
    config = {
        "contexts": [{"name": "plain", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
    }
    (tmp_path / "kubeconfig-plain").write_text(yaml.safe_dump(config), encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def complete_settings(stack: str) -> LabSettings:
    settings = settings_of(PROJECT, stack)
    # Of a cluster of one's own the nodes are asked for; two names stand for whatever it has.
    return replace(settings, node_names="a,b") if stack == "nke" else settings


def test_every_stack_has_its_list_and_every_list_its_stack() -> None:
    assert STACKS
    assert sorted(path.name.removesuffix("_urns.txt") for path in GOLDEN.glob("*_urns.txt")) == STACKS


@pytest.mark.usefixtures("in_folder_with_kubeconfig")
@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_of_a_stack_keeps_its_identity(stack: str) -> None:
    recorder = use_mocks()
    run(lambda: compose(complete_settings(stack)))
    lines = sorted(registration.urn.split("::", 2)[2] for registration in recorder.registrations)
    assert len(lines) > 10
    file = GOLDEN / f"{stack}_urns.txt"
    if UPDATE:
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert lines == file.read_text(encoding="utf-8").splitlines()
