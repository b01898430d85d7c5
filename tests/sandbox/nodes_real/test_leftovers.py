"""What a crash left of real nodes is removed, and what cannot be is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sandbox import daemon
from sandbox.errors import ProcessError, SandboxError
from sandbox.home import Home
from sandbox.nodes.real import cgroups, leftovers


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A sandbox with a node's folder and a group, on a machine that gives nothing time."""
    home = Home(tmp_path / "sandbox")
    (home.clusters / "lab" / "nodes" / "n1").mkdir(parents=True)
    (tmp_path / "cgroup" / cgroups.group_of(home) / "n1").mkdir(parents=True)
    monkeypatch.setattr(cgroups, "hierarchies", lambda: [tmp_path / "cgroup"])
    monkeypatch.setattr(leftovers, "_SECONDS", 0)
    return home


def test_folders_and_groups_go(home: Home, tmp_path: Path) -> None:
    assert leftovers.remove(home) == []
    assert list(home.clusters.glob("*/nodes")) == []
    assert list((tmp_path / "cgroup").iterdir()) == []


def test_a_folder_that_something_still_holds_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)  # a mount that has not gone yet
    with pytest.raises(ProcessError) as refused:
        leftovers.remove(home)
    folder = home.clusters / "lab" / "nodes"
    assert str(refused.value) == f"{folder} cannot be removed; a process of a node still uses it"


def test_a_group_in_which_something_runs_is_named_by_stop(home: Home, tmp_path: Path) -> None:
    group = tmp_path / "cgroup" / cgroups.group_of(home)
    (group / "tasks").write_text("1\n", encoding="utf-8")  # keeps it from going, as a process would
    with pytest.raises(SandboxError) as refused:
        daemon.stop(home)
    assert str(refused.value) == f"cgroups of the sandbox are still in use: {group}"
