"""What a stack should be is read from the files that the program reads, and comes out the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import cast

import pytest

from checks.api import Api
from checks.errors import EnvironmentUnusableError
from checks.stack import kubeconfig_of, read_lab
from components.compose import manifests_of
from labs.enums import PolicySet
from labs.stack_files import stacks_of
from tests.checks.fakes import PROJECT

STACKS = stacks_of(PROJECT)
_NOBODY = cast(Api, None)


def test_there_are_stacks() -> None:
    assert "byocni" in STACKS


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_checked_is_what_is_deployed(stack: str) -> None:
    lab = read_lab(PROJECT, stack, _NOBODY)
    app, policies = manifests_of(lab.settings)
    assert [m.body for m in lab.app] == [m.body for m in app]
    assert [m.body for m in lab.policies] == [m.body for m in policies]
    assert lab.policies


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("apps", "policies"):
        (tmp_path / folder).symlink_to(PROJECT / folder)
    shutil.copyfile(PROJECT / "Pulumi.byocni.yaml", tmp_path / "Pulumi.byocni.yaml")
    return tmp_path


def test_policies_that_the_settings_leave_out_are_known_as_such(project: Path) -> None:
    with (project / "Pulumi.byocni.yaml").open("a", encoding="utf-8") as file:
        file.write("  calico-labs:policies: Kubernetes\n")
    lab = read_lab(project, "byocni", _NOBODY)
    assert lab.settings.policies is PolicySet.KUBERNETES
    assert [policy.name for policy in lab.other_policy_files] == ["customer-not-from-pods"]


def pulumi(folder: Path, body: str) -> dict[str, str]:
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    program.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def test_the_kubeconfig_is_the_stacks_secret_output(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = pulumi(tmp_path, 'echo "$@"')
    monkeypatch.setenv("PATH", environment["PATH"])
    said = kubeconfig_of(project, "byocni", environment)
    assert said == "stack output kubeconfig --show-secrets --stack byocni\n"


def test_a_stack_that_is_not_up_says_so(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = pulumi(tmp_path, "echo 'error: no such output' >&2; exit 1")
    monkeypatch.setenv("PATH", environment["PATH"])
    with pytest.raises(EnvironmentUnusableError) as caught:
        kubeconfig_of(project, "byocni", environment)
    assert str(caught.value) == (
        "stack byocni gives no kubeconfig: error: no such output; bring it up first, "
        "or name a cluster with --kubeconfig"
    )
