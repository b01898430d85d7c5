"""The workflows: what may run with which rights, and that no text from outside is ever run.

actionlint checks their form (`make workflows`); these tests check what this project has promised about them.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.home import PROJECT

FOLDER = PROJECT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
AZURE = [path for path in FILES if path.name.startswith("azure-")]
RUN_FOREIGN_CODE = ("ci.yml", "preview.yml")
READ_ONLY = {"contents": "read"}


def load(path: Path) -> dict[str, Any]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as true.
    return {**document, "on": document.get(True, document.get("on"))}


def jobs(path: Path) -> list[tuple[str, dict[str, Any]]]:
    found = list(load(path)["jobs"].items())
    assert found
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for _, job in jobs(path) for step in job["steps"]]


def by_name(name: str) -> Path:
    return FOLDER / name


def test_the_workflows_are_these() -> None:
    assert [path.name for path in FILES] == [
        "audit.yml",
        "azure-destroy.yml",
        "azure-drift.yml",
        "azure-preview.yml",
        "azure-up.yml",
        "ci.yml",
        "dates.yml",
        "preview-comment.yml",
        "preview.yml",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
class TestEveryWorkflow:
    def test_never_runs_on_pull_request_target(self, path: Path) -> None:
        assert "pull_request_target" not in path.read_text(encoding="utf-8")

    def test_actions_are_pinned_by_commit_with_their_release_beside_it(self, path: Path) -> None:
        used = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
        assert used
        for line in used:
            assert re.fullmatch(r"- uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line

    def test_rights_are_written_and_small(self, path: Path) -> None:
        rights = load(path)["permissions"]
        assert rights in ({}, READ_ONLY)
        for _, job in jobs(path):
            for right, value in job.get("permissions", {}).items():
                assert value == "read" or right in ("id-token", "pull-requests"), right

    def test_no_expression_stands_in_anything_that_is_run(self, path: Path) -> None:
        """An expression is pasted into the script before the shell sees it; a variable is not."""
        for step in steps(path):
            for text in (step.get("run", ""), step.get("with", {}).get("script", "")):
                assert "${{" not in text, text

    def test_every_variable_in_a_shell_line_is_quoted(self, path: Path) -> None:
        for step in steps(path):
            unquoted = re.sub(r'"[^"]*"', "", step.get("run", ""))
            assert not re.search(r"\$[A-Za-z]", unquoted), step["run"]

    def test_checkout_leaves_no_token_behind(self, path: Path) -> None:
        for step in steps(path):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False

    def test_every_job_has_a_time_limit(self, path: Path) -> None:
        for name, job in jobs(path):
            assert job["timeout-minutes"] <= 90, name


def test_an_action_is_the_same_commit_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in FILES:
        for step in steps(path):
            name, _, commit = step.get("uses", "").partition("@")
            pins.setdefault(name, set()).add(commit)
    assert {name: len(commits) for name, commits in pins.items() if len(commits) > 1} == {}


@pytest.mark.parametrize("name", RUN_FOREIGN_CODE)
class TestForks:
    """Anybody's code runs here: there must be nothing to steal and nothing to break."""

    def test_no_secret_and_no_right_but_reading(self, name: str) -> None:
        text = by_name(name).read_text(encoding="utf-8")
        assert "secrets" not in re.sub(r"#.*", "", text)
        assert "github.token" not in text
        document = load(by_name(name))
        assert document["permissions"] == READ_ONLY
        assert all("permissions" not in job and "environment" not in job for job in document["jobs"].values())

    def test_runs_on_plain_pull_requests(self, name: str) -> None:
        assert "pull_request" in load(by_name(name))["on"]


def test_no_workflow_with_rights_restores_a_cache() -> None:
    """What a pull request could have left in a cache never runs where there is something to steal."""
    users = {path.name for path in FILES if "actions/cache" in path.read_text(encoding="utf-8")}
    users |= {path.name for path in FILES if re.search(r"cache: (?!false)", path.read_text(encoding="utf-8"))}
    assert users
    assert users <= set(RUN_FOREIGN_CODE)


class TestPreview:
    def test_a_newer_push_ends_the_older_preview(self) -> None:
        assert load(by_name("preview.yml"))["concurrency"] == {
            "group": "preview-${{ github.event.pull_request.number }}",
            "cancel-in-progress": True,
        }

    def test_label_lets_a_cluster_be_replaced_and_changing_labels_runs_it_again(self) -> None:
        assert {"labeled", "unlabeled"} <= set(load(by_name("preview.yml"))["on"]["pull_request"]["types"])
        [step] = [step for step in steps(by_name("preview.yml")) if "labctl preview" in step.get("run", "")]
        assert step["env"] == {
            "CALICO_LABS_PREVIEW_ALLOW_REPLACE": (
                "${{ contains(github.event.pull_request.labels.*.name, 'replaces-cluster') }}"
            )
        }

    def test_report_is_shown_and_kept_even_if_the_preview_fails(self) -> None:
        after = [step for step in steps(by_name("preview.yml")) if step.get("if") == "always()"]
        assert len(after) == 2
        assert "GITHUB_STEP_SUMMARY" in after[0]["run"]
        assert after[1]["with"]["name"] == "preview-report"


class TestComment:
    """It may write to pull requests, so it runs nothing that a pull request brings."""

    def test_checks_nothing_out_and_runs_no_command(self) -> None:
        used = [step["uses"].partition("@")[0] for step in steps(by_name("preview-comment.yml"))]
        assert used == ["actions/download-artifact", "actions/github-script"]
        assert not any("run" in step for step in steps(by_name("preview-comment.yml")))

    def test_starts_after_the_preview_of_a_pull_request_only(self) -> None:
        document = load(by_name("preview-comment.yml"))
        assert document["on"] == {"workflow_run": {"workflows": ["preview"], "types": ["completed"]}}
        assert load(by_name("preview.yml"))["name"] == "preview"
        [job] = document["jobs"].values()
        assert job["if"] == "github.event.workflow_run.event == 'pull_request'"
        assert job["permissions"] == {"actions": "read", "pull-requests": "write"}

    def test_takes_no_number_and_no_branch_from_the_artifact(self) -> None:
        script = steps(by_name("preview-comment.yml"))[1]["with"]["script"]
        assert "context.payload.workflow_run" in script
        assert script.count("readFileSync") == 1


@pytest.mark.parametrize("path", AZURE, ids=lambda path: path.name)
class TestAzure:
    def test_logs_in_by_the_jobs_own_token_within_an_environment(self, path: Path) -> None:
        [(_, job)] = jobs(path)
        assert job["permissions"] == {"contents": "read", "id-token": "write"}
        assert job["environment"]
        assert job["env"]["ARM_USE_OIDC"] == "true"
        assert "CLIENT_SECRET" not in path.read_text(encoding="utf-8")
        assert not any("azure/login" in step.get("uses", "") for step in job["steps"])

    def test_runs_for_this_repository_only(self, path: Path) -> None:
        [(_, job)] = jobs(path)
        own_branch = "github.event.pull_request.head.repo.full_name == github.repository"
        assert own_branch in job["if"] or job["if"] == "github.ref == 'refs/heads/main'"

    def test_one_run_a_stack_at_a_time_and_only_previews_are_cut_short(self, path: Path) -> None:
        [(_, job)] = jobs(path)
        concurrency = job["concurrency"]
        assert re.search(r"\$\{\{ (matrix|inputs)\.stack \}\}", concurrency["group"])
        assert concurrency["cancel-in-progress"] is (path.name == "azure-preview.yml")

    def test_outputs_and_secrets_are_never_printed(self, path: Path) -> None:
        for step in steps(path):
            for line in step.get("run", "").splitlines():
                assert "--show-secrets" not in line
                if re.search(r"pulumi (up|destroy|preview)", line) and "--json" not in line:
                    assert "--suppress-outputs" in line, line

    def test_knows_every_stack_on_azure(self, path: Path) -> None:
        on_azure = sorted(
            file.name[len("Pulumi.") : -len(".yaml")]
            for file in PROJECT.glob("Pulumi.*.yaml")
            if "calico-labs:kubeconfig" not in yaml.safe_load(file.read_text(encoding="utf-8"))["config"]
        )
        lists = re.findall(r"\[([a-z\", ]+)\]", path.read_text(encoding="utf-8"))
        listed = [
            sorted(part.strip(' "') for part in found.split(",")) for found in lists if "byocni" in found
        ]
        assert listed
        assert all(found == on_azure for found in listed)


class TestCleanUp:
    def test_destroy_and_drift_run_by_the_clock(self) -> None:
        for name in ("azure-destroy.yml", "azure-drift.yml"):
            assert len(load(by_name(name))["on"]["schedule"]) == 1

    def test_only_destroy_may_forget_what_it_cannot_reach(self) -> None:
        users = [
            path.name for path in FILES if "PULUMI_K8S_DELETE_UNREACHABLE" in path.read_text(encoding="utf-8")
        ]
        assert users == ["azure-destroy.yml"]

    def test_what_runs_by_the_clock_waits_for_no_reviewer_of_something_else(self) -> None:
        environments = {
            path.name: [job["environment"] for job in load(path)["jobs"].values() if "environment" in job]
            for path in FILES
        }
        assert environments["azure-drift.yml"] == ["azure-drift"]
        assert [name for name, used in environments.items() if "azure-drift" in used] == ["azure-drift.yml"]

    def test_no_rule_of_the_program_stands_between_a_lab_and_its_end(self) -> None:
        text = by_name("azure-destroy.yml").read_text(encoding="utf-8")
        assert "RUN_PROGRAM" not in text
        assert "run-program" not in text

    @pytest.mark.parametrize("name", ["azure-up.yml", "azure-preview.yml", "azure-drift.yml"])
    def test_whoever_runs_the_program_names_the_windows_administrator_before(
        self, name: str, tmp_path: Path
    ) -> None:
        """With the real Pulumi the same two commands found the salt of the state (3.255.0, 2026-11-28)."""
        runs = [step for step in steps(by_name(name)) if "run" in step]
        [(at, step)] = [(i, step) for i, step in enumerate(runs) if "windowsAdmin" in step["run"]]
        first = next(i for i, step in enumerate(runs) if re.search(r"pulumi (up|preview)", step["run"]))
        assert at < first
        assert str(step["if"]).startswith("env.STACK == 'windows'")
        (tmp_path / "pulumi").write_text('#!/bin/sh\n{ echo "$@"; cat; echo; } >> calls\n', encoding="utf-8")
        (tmp_path / "pulumi").chmod(0o755)
        password = "Paper-$HOME-`id`"
        subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=tmp_path,
            env={
                "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
                "STACK": "windows",
                "USERNAME": "lab admin",
                "PASSWORD": password,
            },
            stdin=subprocess.DEVNULL,
            check=True,
        )
        assert (tmp_path / "calls").read_text(encoding="utf-8").split("\n") == [
            "config set --stack windows windowsAdminUsername lab admin",
            "",
            "config set --stack windows --secret windowsAdminPassword",
            password,
            "",
        ]

    @pytest.mark.parametrize("name", ["azure-destroy.yml", "azure-drift.yml"])
    @pytest.mark.parametrize(
        ("pulumi", "failed"),
        [("echo '[]'", False), ("exit 255", True), ("echo not JSON", True)],
        ids=["not up", "no listing", "unreadable"],
    )
    def test_only_a_listing_without_the_stack_means_that_it_is_not_up(
        self, name: str, pulumi: str, failed: bool, tmp_path: Path
    ) -> None:
        [script] = [step["run"] for step in steps(by_name(name)) if "stack ls" in step.get("run", "")]
        python = f'exec {shlex.quote(sys.executable)} "$@"'
        for program, line in (("pulumi", pulumi), (".venv/bin/python", python)):
            (tmp_path / program).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / program).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
            (tmp_path / program).chmod(0o755)
        output = tmp_path / "output"
        done = subprocess.run(
            ["bash", "-e", "-c", script],  # as the runner does where a step names no shell: without pipefail
            cwd=tmp_path,
            env={
                "PYTHONPATH": str(PROJECT),
                "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
                "STACK": "byocni",
                "EVENT": "schedule",
                "RUNNER_TEMP": str(tmp_path),
                "GITHUB_OUTPUT": str(output),
            },
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode != 0) is failed
        said = done.stdout + (output.read_text(encoding="utf-8") if output.exists() else "")
        assert said == ("" if failed else f"{'destroy' if name == 'azure-destroy.yml' else 'up'}=no\n")


HOSTILE = [
    "$(touch ran)",
    "`touch ran`",
    "x; touch ran",
    "x\ntouch ran",
    "' ; touch ran ; '",
    '"; touch ran; "',
]


def scripts() -> Iterator[tuple[str, str]]:
    for path in FILES:
        for number, step in enumerate(steps(path)):
            if "run" in step and "STACK" in step["run"]:
                yield f"{path.name} {number}", step["run"]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("script", [row[1] for row in scripts()], ids=[row[0] for row in scripts()])
def test_a_hostile_stack_name_is_passed_on_and_never_run(script: str, hostile: str, tmp_path: Path) -> None:
    """The very lines of the workflows, with programs that only note what they were given."""
    noted = tmp_path / "noted"
    program = f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{noted}"\ncat > /dev/null < /dev/null\necho no\n'
    for name in ("bin/pulumi", "work/.venv/bin/python"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(program, encoding="utf-8")
        file.chmod(0o755)
    output = tmp_path / "output"
    subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=tmp_path / "work",
        env={
            "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "STACK": hostile,
            "EVENT": "schedule",
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_OUTPUT": str(output),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert list(tmp_path.rglob("ran")) == []
    assert hostile in noted.read_text(encoding="utf-8")
