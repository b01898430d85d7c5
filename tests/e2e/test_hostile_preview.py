"""A hostile pull request through the real engine: its YAML runs nothing and reads nothing elsewhere, its program sees
no secret.

The program of a pull request is run by nature; SECURITY.md says where. What is tested here is everything around it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

import pytest

from preview import revisions
from preview.foreign import stack_refusals
from preview.report import StackReport, failures, render
from preview.run import preview
from reach.revisions import commit_of
from sandbox.home import PROJECT
from sandbox.tools import Toolbox
from tests.e2e.test_preview import git

pytestmark = pytest.mark.e2e

SECRET = "canary-4c1f"
SEES = """
import os
import pulumi
raise pulumi.RunError("SEES " + " ".join(f"{k}={v}" for k, v in sorted(os.environ.items())))
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project with one stack, committed on main; a file that a hostile kubeconfig setting names lies beside it."""
    folder = tmp_path_factory.mktemp("hostile") / "calico-labs"
    revisions.copy_work_tree(PROJECT, folder)
    for file in folder.glob("Pulumi.*.yaml"):
        if file.name != "Pulumi.dev.yaml":
            file.unlink()
    (folder.parent / "outside").write_text(f"token: {SECRET}\n", encoding="utf-8")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "--all", ".")
    git(folder, "commit", "-q", "-m", "base")
    return folder


@pytest.fixture
def project(original: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "calico-labs"
    shutil.copytree(original, folder)
    shutil.copyfile(original.parent / "outside", tmp_path / "outside")
    return folder


def committed(project: Path, branch: str = "topic") -> str:
    git(project, "checkout", "-q", "-b", branch)
    git(project, "add", "--all", ".")
    git(project, "commit", "-q", "-m", "hostile")
    return commit_of(project, branch)


def report(stacks: list[StackReport]) -> str:
    return render("base", "head", stacks, replacing_allowed=False)


class TestYamlAlone:
    """A change of files that are data, from a branch that is named like a command."""

    STACKS: ClassVar[dict[str, str]] = {
        "reads-outside": "config:\n  calico-labs:lab: nke\n  calico-labs:kubeconfig: ../outside\n"
        "  calico-labs:context: x\n",
        "asks-a-key-service": "secretsprovider: hashivault://x\nconfig:\n  calico-labs:lab: byocni\n",
        "imports": "environment: [a]\nconfig:\n  calico-labs:lab: byocni\n",
        "encrypted": "config:\n  calico-labs:lab: byocni\n  calico-labs:owner: {secure: v1:AAAA}\n",
    }

    def test_is_refused_stack_by_stack_and_nothing_runs(self, project: Path, toolbox: Toolbox) -> None:
        for stack, text in self.STACKS.items():
            (project / f"Pulumi.{stack}.yaml").write_text(text, encoding="utf-8")
        (project / "policies" / "byocni" / "99-evil.yaml").write_text(
            "!!python/object/apply:os.system ['touch ran']\n", encoding="utf-8"
        )
        (project / "apps" / "link").symlink_to("/etc")
        head = committed(project, "x;touch${IFS}ran")
        found = preview(project, toolbox, commit_of(project, "main"), head, tuple(self.STACKS))
        assert {item.stack: item.head_errors for item in found} == {
            stack: stack_refusals(project, stack) for stack in self.STACKS
        }
        assert len(failures(found, replacing_allowed=False)) == len(self.STACKS)
        assert SECRET not in report(found)
        assert not list(project.parent.rglob("ran"))

    def test_manifest_that_is_no_plain_yaml_is_one_message(self, project: Path, toolbox: Toolbox) -> None:
        (project / "policies" / "byocni" / "99-evil.yaml").write_text(
            "!!python/object/apply:os.system ['touch ran']\n", encoding="utf-8"
        )
        [found] = preview(project, toolbox, commit_of(project, "main"), committed(project), ("dev",))
        assert "99-evil.yaml:1: the tag" in report([found])
        assert not list(project.parent.rglob("ran"))


class TestProgram:
    """It runs, by nature; what it finds in its environment is ours."""

    def test_sees_no_credential_of_whoever_previews_it(
        self, project: Path, toolbox: Toolbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("ARM_CLIENT_SECRET", "GITHUB_TOKEN", "PULUMI_ACCESS_TOKEN", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, SECRET)
        (project / "__main__.py").write_text(SEES, encoding="utf-8")
        [found] = preview(project, toolbox, commit_of(project, "main"), committed(project), ("dev",))
        [error] = [text for text in found.head_errors if "SEES " in text]
        assert "PULUMI_HOME=" in error
        assert SECRET not in error
        assert " HOME=/home/nobody " in error  # below the preview's own folder, which errors leave out

    def test_a_backend_or_plugin_of_the_pull_requests_own_is_not_used(
        self, project: Path, toolbox: Toolbox
    ) -> None:
        file = project / "Pulumi.yaml"
        file.write_text(
            file.read_text(encoding="utf-8")
            + "backend: {url: 'https://127.0.0.1:9'}\nplugins: {providers: [{name: kubernetes, path: ./evil}]}\n",
            encoding="utf-8",
        )
        (project / "evil").mkdir()
        program = project / "evil" / "pulumi-resource-kubernetes"
        program.write_text(f"#!/bin/sh\ntouch {project.parent}/ran\n", encoding="utf-8")
        program.chmod(0o755)
        [found] = preview(project, toolbox, commit_of(project, "main"), committed(project), ("dev",))
        assert [text.split(" is set")[0] for text in found.head_errors] == [
            "Pulumi.yaml: backend",
            "Pulumi.yaml: plugins",
        ]
        assert not (project.parent / "ran").exists()
