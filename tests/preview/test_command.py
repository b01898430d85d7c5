"""`labctl preview`: what it says without an engine, and what it exits with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from labctl import cli, preview_commands
from preview import traffic
from preview.report import StackReport
from sandbox.tools import Toolbox
from tests.preview.test_report import LOST, RULE

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[StackReport]:
    """What the preview finds; the engine must not be called."""
    stacks: list[StackReport] = []
    monkeypatch.setattr(preview_commands, "ensure", lambda only: Toolbox(origins=dict.fromkeys(only, "")))
    monkeypatch.setattr(preview_commands, "previewed", lambda *_, **__: stacks)
    monkeypatch.setattr(preview_commands, "commit_of", lambda *_: COMMIT)
    return stacks


def run(*arguments: str, **environment: str) -> Any:
    return CliRunner().invoke(cli.main, ["preview", "--base", "main", *arguments], env=environment)


def test_change_that_loses_no_cluster_is_0(found: list[StackReport]) -> None:
    found.append(StackReport("dev", (RULE,)))
    result = run()
    assert result.exit_code == 0
    assert "From `0123456789ab` to `the work tree`" in result.output


def test_lost_cluster_is_1_unless_allowed_by_option_or_by_the_label_variable(
    found: list[StackReport],
) -> None:
    found.append(StackReport("dev", (LOST,)))
    assert run().exit_code == 1
    assert run("--allow-replace").exit_code == 0
    assert run(CALICO_LABS_PREVIEW_ALLOW_REPLACE="true").exit_code == 0
    assert run(CALICO_LABS_PREVIEW_ALLOW_REPLACE="false").exit_code == 1


def test_report_is_written_into_the_file_even_when_it_fails(found: list[StackReport], tmp_path: Path) -> None:
    found.append(StackReport("dev", (LOST,)))
    file = tmp_path / "report.md"
    assert run("--markdown", str(file)).exit_code == 1
    assert "LOSES ITS CLUSTER" in file.read_text(encoding="utf-8")


def test_unknown_revision_is_usage() -> None:
    result = CliRunner().invoke(cli.main, ["preview", "--base", "--no-such-thing"], standalone_mode=True)
    assert result.exit_code == 2
    assert "git finds no commit by that name" in result.output


def test_traffic_that_cannot_be_compared_is_a_reason_and_no_crash(tmp_path: Path) -> None:
    answer = traffic.compare(tmp_path, tmp_path, "dev")
    assert answer.problem.startswith("not compared: ")
    assert answer.lines == ()
