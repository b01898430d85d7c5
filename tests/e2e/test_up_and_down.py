"""The two commands of the README, as a learner types them: `labctl up` makes a lab, `labctl down` leaves nothing."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from preview import revisions
from sandbox import daemon
from sandbox.home import PROJECT, SANDBOX_VARIABLE, Home
from sandbox.status import programs
from sandbox.tools import Toolbox


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, toolbox: Toolbox) -> Iterator[Home]:
    """A sandbox folder of this story's own, in which nothing runs yet, and beside it a checkout.

    A checkout of its own, because a stack file has the salt in it while Pulumi runs, and others read this project's.
    """
    home = Home(tmp_path_factory.mktemp("own") / "sandbox")
    folder = checkout(home)
    revisions.copy_work_tree(PROJECT, folder)
    (folder / "bin" / "labctl").chmod(0o755)
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    yield home
    daemon.stop(home)


def checkout(home: Home) -> Path:
    return home.root.parent / "calico-labs"


def run(home: Home, command: str) -> subprocess.CompletedProcess[str]:
    """Run a line in a shell in the checkout, without any of the user's own Pulumi variables."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI")}
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=checkout(home),
        env={**clean, SANDBOX_VARIABLE: str(home.root), "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


class TestUp:
    def test_from_nothing_to_a_lab_with_outputs_and_next_steps(self, own: Home) -> None:
        result = run(own, "bin/labctl up --stack dev")
        assert result.returncode == 0, result.stdout + result.stderr
        address = json.loads(in_sandbox(own, "pulumi stack output --json -s dev").stdout)[
            "applicationAddress"
        ]
        assert f"http://{address}/" in result.stdout
        tail = result.stdout.partition("Try next")[2].splitlines()
        assert len([line for line in tail if line.startswith("  ")]) == 3

    def test_plain_pulumi_works_in_the_environment_that_labctl_prints(self, own: Home) -> None:
        result = in_sandbox(own, "pulumi preview -s dev --expect-no-changes --non-interactive")
        assert result.returncode == 0, result.stdout + result.stderr

    def test_the_same_command_again_changes_nothing(self, own: Home) -> None:
        before = sorted(program.pid for program in programs(own))
        state = objects(own)
        result = run(own, "bin/labctl up --stack dev")
        assert result.returncode == 0, result.stdout + result.stderr
        assert sorted(program.pid for program in programs(own)) == before
        assert objects(own) == state


class TestDown:
    def test_the_stack_is_empty_and_no_process_is_left(self, own: Home) -> None:
        process = daemon.running(own)
        assert process is not None
        running = [process.pid, *(program.pid for program in programs(own))]
        assert len(running) >= 6
        result = run(own, "bin/labctl down --stack dev")
        assert result.returncode == 0, result.stdout + result.stderr
        assert not [pid for pid in running if psutil.pid_exists(pid)]
        assert json.loads(own.arm_store.read_text(encoding="utf-8"))["resources"] == []
        assert list(own.clusters.iterdir()) == []
        (kept,) = (own.backend / ".pulumi" / "stacks" / "calico-labs").glob("dev.json")
        assert not json.loads(kept.read_text(encoding="utf-8"))["checkpoint"]["latest"].get("resources")

    def test_the_stack_files_are_as_they_were(self, own: Home) -> None:
        files = list(checkout(own).glob("Pulumi.*.yaml"))
        assert files
        for file in files:
            assert file.read_bytes() == (PROJECT / file.name).read_bytes()


def in_sandbox(home: Home, command: str) -> subprocess.CompletedProcess[str]:
    return run(home, f'eval "$(bin/labctl sandbox env)" && {command}')


def objects(home: Home) -> dict[str, object]:
    """Return every resource's inputs by URN, secrets opened: sealed anew, they differ each time."""
    export = in_sandbox(home, "pulumi stack export -s dev --show-secrets").stdout
    found = json.loads(export)["deployment"]["resources"]
    assert found
    return {resource["urn"]: resource.get("inputs") for resource in found}
