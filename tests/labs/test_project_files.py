"""`Pulumi.yaml` and the stack files of this repository: typed, complete, and buildable."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from labs import keys, rules, versions
from labs.enums import Lab
from labs.reading import defaults, settings_from
from tests.labs.cases import WINDOWS

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
OWN_KEYS = {key.name: key for key in keys.KEYS if key.namespace == keys.PROJECT}
STACKS = sorted(ROOT.glob("Pulumi.*.yaml"))


def raw(config: dict[str, Any]) -> dict[str, str]:
    """Return a stack's configuration as the engine hands it over: everything is text."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def test_the_project_is_run_by_python_in_the_projects_own_environment() -> None:
    assert PROJECT["name"] == keys.PROJECT
    assert PROJECT["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}


def test_kubernetes_resources_cannot_use_the_machines_own_kubeconfig() -> None:
    assert PROJECT["config"]["pulumi:disable-default-providers"] == {"value": ["kubernetes"]}


def test_keys_of_other_namespaces_carry_a_value_and_no_type() -> None:
    # The engine refuses a type there; a default of ours is therefore a value.
    assert PROJECT["config"]["azure-native:location"] == {"value": versions.LOCATION}


def test_every_key_of_the_program_is_declared_and_every_declared_key_is_read() -> None:
    declared = {name for name in PROJECT["config"] if ":" not in name}
    assert declared == set(OWN_KEYS)


@pytest.mark.parametrize("name", sorted(OWN_KEYS))
def test_a_key_is_declared_as_it_is_read(name: str) -> None:
    key = OWN_KEYS[name]
    default = key.default if isinstance(key.default, (str, int)) else dict(key.default)
    assert PROJECT["config"][name] == {
        "type": str(key.type),
        "description": key.description,
        "default": default,
    }


@pytest.mark.parametrize("lab", list(Lab))
def test_the_declared_defaults_mean_the_same_as_no_configuration(lab: Lab) -> None:
    declared = {f"{keys.PROJECT}:{name}": PROJECT["config"][name]["default"] for name in OWN_KEYS}
    assert settings_from(raw(declared), str(lab)) == defaults(str(lab))


def test_there_are_stack_files() -> None:
    assert {path.name for path in STACKS} == {f"Pulumi.{name}.yaml" for name in (*Lab, "dev")}


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_a_stack_file_is_short_free_of_secrets_and_can_be_built(path: Path) -> None:
    text = path.read_text()
    content = yaml.safe_load(text)
    # `pulumi stack init` writes a salt into the working copy; the next test keeps it out of commits.
    assert set(content) - {"encryptionsalt"} == {"config"}
    assert "secure:" not in text
    assert len(content["config"]) <= 5
    settings = settings_from(raw(content["config"]), path.name.split(".")[1])
    if settings.lab is Lab.WINDOWS:
        # Its two secrets are the user's; the file says how to set them.
        assert "pulumi config set --secret windowsAdminPassword" in text
        settings = replace(
            settings,
            windows_admin_username=WINDOWS.windows_admin_username,
            windows_admin_password=WINDOWS.windows_admin_password,
        )
    rules.check(settings)
    assert content["config"]["calico-labs:lab"] == str(settings.lab)


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_a_committed_stack_file_is_tied_to_nobodys_passphrase(path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("there is no git to ask for the committed file")
    show = ["git", "show", f"HEAD:{path.name}"]
    committed = subprocess.run(show, cwd=ROOT, capture_output=True, text=True, check=False)
    if committed.returncode != 0:
        pytest.skip("there is no commit with this file to look at")
    assert set(yaml.safe_load(committed.stdout)) == {"config"}


def test_dev_is_the_smallest_byocni() -> None:
    content = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
    settings = settings_from(raw(content["config"]), "dev")
    assert (settings.lab, settings.node_count) == (Lab.BYOCNI, 1)
