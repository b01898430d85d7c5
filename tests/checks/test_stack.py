"""What a stack should be is read from the files that the program reads, and comes out the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from checks.errors import EnvironmentUnusableError, UsageError
from checks.stack import kubeconfig_of, read_intention, stacks_of
from components.compose import manifests_of
from labs.enums import PolicySet
from tests.checks.fakes import PROJECT

STACKS = stacks_of(PROJECT)


def test_there_are_stacks() -> None:
    assert "byocni" in STACKS


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_checked_is_what_is_deployed(stack: str) -> None:
    intention = read_intention(PROJECT, stack)
    app, policies = manifests_of(intention.settings)
    assert [m.body for m in intention.app] == [m.body for m in app]
    assert [m.body for m in intention.policies] == [m.body for m in policies]
    assert intention.policies


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("apps", "policies"):
        (tmp_path / folder).symlink_to(PROJECT / folder)
    shutil.copyfile(PROJECT / "Pulumi.byocni.yaml", tmp_path / "Pulumi.byocni.yaml")
    return tmp_path


def test_policies_that_the_settings_leave_out_are_known_as_such(project: Path) -> None:
    with (project / "Pulumi.byocni.yaml").open("a", encoding="utf-8") as file:
        file.write("  calico-labs:policies: Kubernetes\n")
    intention = read_intention(project, "byocni")
    assert intention.settings.policies is PolicySet.KUBERNETES
    assert [policy.name for policy in intention.other_policy_files] == ["customer-not-from-pods"]


def test_numbers_and_objects_are_read_as_pulumi_reads_them(project: Path) -> None:
    with (project / "Pulumi.byocni.yaml").open("a", encoding="utf-8") as file:
        file.write("  calico-labs:nodeCount: 3\n  calico-labs:images: {customer: other}\n")
    settings = read_intention(project, "byocni").settings
    assert settings.node_count == 3
    assert dict(settings.images) == {"customer": "other"}


def test_secrets_are_left_alone(project: Path) -> None:
    with (project / "Pulumi.byocni.yaml").open("a", encoding="utf-8") as file:
        file.write("  calico-labs:windowsAdminPassword:\n    secure: v1:abc\n")
    assert read_intention(project, "byocni").settings.windows_admin_password == ""


def test_an_unknown_stack_is_refused_with_those_that_there_are(project: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_intention(project, "byoccni")
    assert str(caught.value) == (
        f"the stack is 'byoccni' but {project} has no Pulumi.byoccni.yaml; choose one of byocni"
    )


def test_a_folder_without_stacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"has no Pulumi\.<stack>\.yaml; name the project's folder with --project"
    ):
        stacks_of(tmp_path)


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
