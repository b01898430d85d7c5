"""Values that no stack file can hold are added to the copy; what a stack file says is never replaced or run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from preview import stand_ins
from preview.backend import stacks_of
from preview.errors import PreviewError

KEYS = frozenset(
    {"windowsAdminUsername", "windowsAdminPassword", "nodeNames", "kubeconfig", "context", "lab"}
)


def completed(folder: Path, stack: str, config: dict[str, Any]) -> dict[str, Any]:
    file = folder / f"Pulumi.{stack}.yaml"
    file.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    stand_ins.complete(folder, stack, KEYS)
    return dict(yaml.safe_load(file.read_text(encoding="utf-8"))["config"])


def test_lab_on_linux_stays_as_it_is(tmp_path: Path) -> None:
    assert completed(tmp_path, "dev", {"calico-labs:lab": "byocni"}) == {"calico-labs:lab": "byocni"}


def test_windows_lab_gets_an_administrator(tmp_path: Path) -> None:
    config = completed(tmp_path, "windows", {"calico-labs:windowsAdminUsername": "mine"})
    assert config["calico-labs:windowsAdminUsername"] == "mine"
    assert config["calico-labs:windowsAdminPassword"]


def test_the_lab_decides_and_not_the_stacks_name(tmp_path: Path) -> None:
    linux = {"calico-labs:lab": "byocni"}
    assert completed(tmp_path, "windows", linux) == linux
    assert completed(tmp_path, "mine", {"calico-labs:lab": "windows"})["calico-labs:windowsAdminUsername"]


def test_existing_cluster_gets_a_kubeconfig_that_leads_nowhere(tmp_path: Path) -> None:
    config = completed(
        tmp_path, "nke", {"calico-labs:kubeconfig": "kubeconfig-plain", "calico-labs:context": "plain"}
    )
    assert config["calico-labs:nodeNames"] == "node-1,node-2"
    written = yaml.safe_load((tmp_path / "kubeconfig-plain").read_text(encoding="utf-8"))
    assert written["contexts"][0]["name"] == "plain"
    assert written["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:9"


def test_nodes_are_named_only_where_the_program_asks_for_them(tmp_path: Path) -> None:
    config = completed(tmp_path, "nke", {"calico-labs:kubeconfig": "k", "calico-labs:bgp": "Disabled"})
    assert "calico-labs:nodeNames" not in config


@pytest.mark.parametrize("path", ["../outside", "/tmp/calico-labs-never-written"], ids=["up", "absolute"])
def test_nothing_is_written_outside_the_copy(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    completed(folder, "nke", {"calico-labs:kubeconfig": path})
    assert not (tmp_path / "outside").exists()
    assert not Path("/tmp/calico-labs-never-written").exists()


def test_file_that_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    completed(tmp_path, "nke", {"calico-labs:kubeconfig": "mine"})
    assert (tmp_path / "mine").read_text(encoding="utf-8") == "mine"


def test_key_that_the_program_does_not_have_is_not_added(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.windows.yaml"
    file.write_text("config: {}\n", encoding="utf-8")
    stand_ins.complete(tmp_path, "windows", frozenset())
    assert file.read_text(encoding="utf-8") == "config: {}\n"


@pytest.mark.parametrize("name", ["$(touch ran)", "a b", "-x", "`x`", "a;b"])
def test_stack_file_named_like_a_command_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / f"Pulumi.{name}.yaml").write_text("config: {}\n", encoding="utf-8")
    with pytest.raises(PreviewError) as caught:
        stacks_of(tmp_path)
    assert str(caught.value) == (
        f"stack is {name!r} but that is no name of a stack; rename Pulumi.<stack>.yaml "
        "(letters, digits, `_`, `.` and `-`)"
    )
