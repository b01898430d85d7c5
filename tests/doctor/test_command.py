"""`labctl doctor` as a command: its words, its exit codes, and that it never shows a traceback."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from doctor.errors import CannotLookError
from doctor.examine import Diagnosis
from doctor.finding import Finding
from doctor.stack_state import StackState
from labctl import cli, doctor_commands
from sandbox import daemon
from sandbox.home import Home
from tests.doctor.patients import lock


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No sandbox runs, and no Pulumi is asked."""
    monkeypatch.setenv("CALICO_LABS_SANDBOX", str(tmp_path / "sandbox"))
    monkeypatch.setattr(daemon, "running", lambda _: None)
    monkeypatch.setattr(doctor_commands, "read_state", lambda *_: StackState((), ()))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.main, ["doctor", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("diagnosis", "code", "lines"),
    [
        pytest.param(Diagnosis((), ()), 0, ["stack byocni has left nothing behind"], id="nothing"),
        pytest.param(
            Diagnosis((Finding("a lock", ("pulumi cancel",)), Finding("Azure is busy; wait")), ()),
            1,
            ["1. a lock", "     pulumi cancel", "2. Azure is busy; wait"],
            id="left",
        ),
        pytest.param(
            Diagnosis((), ("Azure: log in",)), 3, ["not looked at: Azure: log in"], id="not-looked-at"
        ),
        pytest.param(
            Diagnosis((Finding("a lock", ("pulumi cancel",)),), ("Azure: log in",)),
            1,
            ["1. a lock", "     pulumi cancel", "not looked at: Azure: log in"],
            id="both",
        ),
    ],
)
def test_what_is_printed_and_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, diagnosis: Diagnosis, code: int, lines: list[str]
) -> None:
    monkeypatch.setattr(doctor_commands, "examine", lambda _: diagnosis)
    assert run("byocni") == (code, "".join(f"{line}\n" for line in lines))


def test_unknown_stack_is_usage_and_names_those_there_are() -> None:
    code, output = run("nothing")
    assert code == 2
    assert "choose one of azurecni, byocni" in output


def test_state_that_cannot_be_read_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> StackState:
        raise CannotLookError("pulumi gives no state of byocni: no such stack")

    monkeypatch.setattr(doctor_commands, "read_state", refuse)
    assert run("byocni") == (3, "labctl: pulumi gives no state of byocni: no such stack\n")


def test_empty_file_of_attributes_is_why_the_state_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> StackState:
        raise CannotLookError("pulumi gives no state of byocni: error: failed to load checkpoint: EOF")

    monkeypatch.setattr(doctor_commands, "read_state", refuse)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}?no_tmp_dir=true")
    file = tmp_path / ".pulumi" / "stacks" / "calico-labs" / "byocni.json.attrs"
    file.parent.mkdir(parents=True)
    file.touch()
    code, output = run("byocni")
    assert code == 1
    assert output.splitlines()[-1] == f"     rm {file}"
    file.write_text("{}", encoding="utf-8")
    assert run("byocni")[0] == 3


def test_without_the_azure_cli_azure_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    code, output = run("byocni")
    assert code == 3
    assert output.startswith("not looked at: Azure: the Azure CLI is needed to look there: ")


def test_stopped_sandbox_does_not_hide_what_needs_no_azure() -> None:
    home = Home.default()
    lock(home.root, "byocni", backend=home.backend.name, hostname="elsewhere")
    code, output = run("byocni", "--sandbox")
    assert code == 1
    assert "the stack is locked by a run that is over" in output
    stopped = "the sandbox does not run; start it with `labctl sandbox start`"
    assert output.splitlines()[-2:] == [
        f"not looked at: Azure: {stopped}",
        f"not looked at: deletions in the cluster: {stopped}",
    ]


def test_in_the_sandbox_every_command_is_one_that_is_there() -> None:
    for command in doctor_commands.SANDBOX_COMMANDS.values():
        words = command.removeprefix("(umask 077; ").split()
        assert words[:2] == ["labctl", "sandbox"]
        sandbox = cli.main.commands["sandbox"]
        assert isinstance(sandbox, click.Group)
        assert words[2] in sandbox.commands
