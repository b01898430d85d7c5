"""labctl: help everywhere, one line an error, documented exit codes; nothing is started by these tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import IO

import click
import pytest
from click.testing import CliRunner

from labctl import cli
from labctl.options import clear_results
from sandbox import daemon, engine
from sandbox.door import SUBSCRIPTION
from sandbox.errors import SandboxError
from sandbox.home import PROJECT, Home
from sandbox.nodes.choice import NodesKind
from sandbox.tools import Toolbox


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A sandbox folder of the test's own; starting anything fails the test."""
    monkeypatch.setenv("CALICO_LABS_SANDBOX", str(tmp_path / "sandbox"))

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("must not be called")

    monkeypatch.setattr(daemon, "start", forbidden)
    monkeypatch.setattr(engine, "pulumi", forbidden)
    return Home(tmp_path / "sandbox")


def commands(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found = [(path, group)]
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            found += commands(command, (*path, name))
    return found


ALL = commands(cli.main)


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) or "labctl" for path, _ in ALL])
def test_every_command_and_option_says_what_it_does(path: tuple[str, ...], command: click.Command) -> None:
    result = CliRunner().invoke(cli.main, [*path, "--help"])
    assert result.exit_code == 0
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{' '.join(path)} {parameter.name}"


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-m", "labctl", *arguments],
        cwd=PROJECT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


class TestExitCodes:
    """0 done, 1 the lab failed, 2 usage, 3 environment; an error is a line, never a traceback."""

    def test_unknown_command_is_usage(self) -> None:
        result = run("nothing")
        assert result.returncode == 2
        assert "No such command 'nothing'" in result.stderr

    def test_stack_without_a_file_names_those_there_are(self) -> None:
        result = run("up", "--stack", "nothing")
        assert result.returncode == 2
        assert re.search(
            r"--stack is 'nothing' but there is no Pulumi\.nothing\.yaml; choose one of .*byocni",
            result.stderr,
        )

    def test_options_can_come_from_the_environment(self) -> None:
        result = run("up", CALICO_LABS_UP_STACK="elsewhere")
        assert result.returncode == 2
        assert "--stack is 'elsewhere'" in result.stderr

    def test_environment_that_is_not_there_is_3_and_one_line(self) -> None:
        result = run("sandbox", "env")
        assert result.returncode == 3
        assert result.stderr == "labctl: the sandbox does not run; start it with `bin/labctl sandbox start`\n"

    def test_known_error_is_never_a_traceback(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        @click.command()
        def broken() -> None:
            raise SandboxError("something is missing; do this")

        monkeypatch.setattr(cli, "main", broken)
        monkeypatch.setattr(sys, "argv", ["labctl"])
        with pytest.raises(SystemExit) as caught:
            cli.run()
        assert caught.value.code == 3
        assert capsys.readouterr().err == "labctl: something is missing; do this\n"


class TestEmptyStates:
    def test_stop_where_nothing_runs_says_so(self) -> None:
        result = CliRunner().invoke(cli.main, ["sandbox", "stop"])
        assert (result.exit_code, result.output) == (0, "the sandbox was not running\n")

    def test_down_where_there_is_no_sandbox_says_so(self) -> None:
        result = CliRunner().invoke(cli.main, ["down"])
        assert (result.exit_code, result.output) == (0, "there is no sandbox here, so nothing to take down\n")

    def test_status_where_nothing_runs_says_how_to_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from labctl import sandbox_commands

        monkeypatch.setattr(
            sandbox_commands, "look", lambda **_: (Toolbox(origins={"pulumi": "built, 1"}), [])
        )
        result = CliRunner().invoke(cli.main, ["sandbox", "status"])
        assert result.exit_code == 0
        assert "The sandbox does not run. Start it with `bin/labctl sandbox start`." in result.output
        assert "built, 1" in result.output
        assert "Simulated: nodes and pods" in " ".join(result.output.split())

    def test_status_brings_no_program_and_says_which_are_missing(self, tmp_path: Path) -> None:
        empty = tmp_path / "cache"
        result = run("sandbox", "status", CALICO_LABS_CACHE=str(empty), PATH=str(tmp_path))
        assert (result.returncode, result.stderr) == (0, "")
        assert "kube-apiserver" in result.stdout
        assert "missing" in result.stdout
        assert not empty.exists()

    def test_a_client_is_asked_for_after_the_sandbox(self) -> None:
        result = run("sandbox", "client", "ls")
        assert result.returncode == 3
        assert result.stderr == "labctl: the sandbox does not run; start it with `bin/labctl sandbox start`\n"


EACH_WAY_TO_WRITE = pytest.mark.parametrize(
    "arguments", [["reach", "matrix", "byocni"], ["check", "byocni", "--list"], ["--help"]]
)
"""By reach's own echo, a command's and click's."""


def into(stdout: IO[bytes], arguments: list[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "labctl", *arguments],
        cwd=PROJECT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )


class TestWhereNobodyReads:
    """Neither 1, which is a failed lab, nor a traceback."""

    @EACH_WAY_TO_WRITE
    def test_a_pipe_that_is_closed_ends_it_as_it_ends_any_program(self, arguments: list[str]) -> None:
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as closed:
            done = into(closed, arguments)
        assert (done.returncode, done.stderr) == (141, b"")

    @EACH_WAY_TO_WRITE
    def test_a_full_disk_is_one_line(self, arguments: list[str]) -> None:
        with Path("/dev/full").open("wb") as full:
            done = into(full, arguments)
        told = b"labctl: standard output cannot be written: No space left on device\n"
        assert (done.returncode, done.stderr) == (3, told)


class TestOptions:
    @pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) or "labctl" for path, _ in ALL])
    def test_every_option_has_the_variable_that_its_name_promises(
        self, path: tuple[str, ...], command: click.Command
    ) -> None:
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                longs = [
                    name.removeprefix("--").replace("-", "_")
                    for name in parameter.opts
                    if name.startswith("--")
                ]
                variables = parameter.envvar or "_".join(["CALICO_LABS", *path, str(parameter.name)]).upper()
                assert variables in {"_".join(["CALICO_LABS", *path, long]).upper() for long in longs}

    @pytest.mark.parametrize(
        "arguments",
        [
            ["check", "byocni", "--patience", "nan"],
            ["up", "--delay", "nan"],
            ["sandbox", "start", "--delay", "nan"],
            ["sandbox", "fault", "add", "cluster-create", "busy", "--seconds", "nan"],
        ],
    )
    def test_what_is_no_number_of_seconds_is_usage(self, arguments: list[str]) -> None:
        result = CliRunner().invoke(cli.main, arguments)
        assert result.exit_code == 2
        assert "'nan' is no number of seconds" in " ".join(re.sub("[│╭╰─╮╯]", " ", result.output).split())

    def test_help_names_the_program_as_the_pages_do(self) -> None:
        assert "labctl reach matrix" in run("reach", "matrix", "--help").stdout
        assert "-m labctl" not in run("reach", "matrix").stderr

    def test_tools_are_those_of_the_nodes_that_the_sandbox_was_started_with(
        self, own_home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from labctl import sandbox_commands

        asked: list[bool] = []
        monkeypatch.setattr(sandbox_commands, "ensure", lambda real: asked.append(real) or Toolbox())
        monkeypatch.setattr(sandbox_commands, "remembered", lambda _: NodesKind.REAL)
        monkeypatch.setattr(sandbox_commands, "choose", lambda kind, _: (NodesKind.SIMULATED, "no root"))
        for arguments in ([], ["--nodes", "simulated"], ["--nodes", "real"], ["--nodes", "auto"]):
            assert CliRunner().invoke(cli.main, ["sandbox", "tools", *arguments]).exit_code == 0
        assert asked == [True, False, True, False]


class TestResults:
    """What is left in a file after a run that ends without any."""

    def test_those_of_the_last_run_go_and_no_empty_ones_come(self, tmp_path: Path) -> None:
        file = tmp_path / "old.xml"
        for before in (True, False):
            if before:
                file.write_text("<testsuite/>", encoding="utf-8")
            clear_results("--output-file", file)
            assert not file.exists()

    def test_a_device_is_left_alone(self) -> None:
        clear_results("--output-file", Path("/dev/null"))
        assert Path("/dev/null").is_char_device()

    def test_a_file_of_another_name_is_reached_through_its_link(self, tmp_path: Path) -> None:
        target, link = tmp_path / "target", tmp_path / "link"
        target.write_text("old", encoding="utf-8")
        link.symlink_to(target)
        clear_results("--output-file", link)
        assert link.is_symlink()
        assert not target.exists()

    def test_a_report_that_cannot_be_written_is_told_before_anything_is_previewed(self) -> None:
        result = run("preview", "--base", "HEAD", "--markdown", "/nonexistent/r.md")
        assert result.returncode == 2
        assert "--markdown is '/nonexistent/r.md' but it cannot be written" in " ".join(result.stderr.split())
        assert "previewing" not in result.stderr


class TestMakefile:
    def test_help_lists_every_target(self) -> None:
        text = (PROJECT / "Makefile").read_text(encoding="utf-8")
        phony = re.search(r"^\.PHONY: (.*)$", text, re.M)
        assert phony
        shown = subprocess.run(
            ["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True
        ).stdout
        listed = {line.split()[0] for line in shown.splitlines()}
        unlisted = {"lint", "types", "layers", "unit"}  # the parts of `make test`
        assert set(phony[1].split()) - unlisted <= listed


class TestFaults:
    def test_unknown_moment_and_kind_are_usage_with_the_known_ones(self) -> None:
        for arguments, known in (
            (["cluster-start", "busy"], "'cluster-create'"),
            (["cluster-create", "slow"], "'fails-late'"),
        ):
            result = CliRunner().invoke(cli.main, ["sandbox", "fault", "add", *arguments])
            assert result.exit_code == 2
            assert known in result.output

    def test_without_a_sandbox_there_is_nothing_to_spoil(self) -> None:
        result = run("sandbox", "fault", "list")
        assert (result.returncode, result.stderr) == (
            3,
            "labctl: the sandbox does not run; start it with `bin/labctl sandbox start`\n",
        )


class TestPathsThatCannotBeUsed:
    """A path is the user's; a traceback is not their answer."""

    @pytest.mark.parametrize("command", ["check", "doctor"])
    def test_project_with_a_name_that_no_file_has_is_usage(self, command: str) -> None:
        result = run(command, "byocni", "--project", "9" * 5000)
        assert result.returncode == 2
        assert result.stderr.endswith(
            "…: cannot be read: File name too long; name the project's folder (stacks are files in it)\n"
        )

    def test_file_that_cannot_be_written_is_one_line(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def write() -> None:
            Path("/no/such/folder/report.md").write_text("", encoding="utf-8")

        monkeypatch.setattr(cli, "main", lambda **_: write())
        with pytest.raises(SystemExit) as ended:
            cli.run()
        assert ended.value.code == 3
        assert capsys.readouterr().err == (
            "labctl: /no/such/folder/report.md cannot be used: No such file or directory; name another path\n"
        )

    def test_program_that_is_not_there_is_one_line(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(cli, "main", lambda **_: subprocess.run(["no-such-git"], check=False))
        with pytest.raises(SystemExit) as ended:
            cli.run()
        assert ended.value.code == 3
        assert capsys.readouterr().err == (
            "labctl: no-such-git cannot be started: No such file or directory; install it\n"
        )


class TestNames:
    """A name becomes part of a file's name or of an address; nothing is asked of the sandbox with a bad one."""

    @pytest.mark.parametrize("name", ["../x", "/etc/x", "a/b", "-rf", "A", "", "a b", "x?y", "é", "a" * 32])
    @pytest.mark.parametrize("removing", [[], ["--remove"]])
    def test_cluster_that_would_be_a_path_is_refused(self, name: str, removing: list[str]) -> None:
        result = CliRunner().invoke(cli.main, ["sandbox", "cluster", "--plain", f"--name={name}", *removing])
        assert result.exit_code == 2
        assert (
            f"--name is '{name}' but a name here is up to 31 lower-case letters, digits and hyphens, a letter first; "
            "choose such a one" in " ".join(result.output.split())
        )

    @pytest.mark.parametrize("name", ["../x", "a/providers/b", "a?api-version=1", "a#b", "a%2Fb", "a\nb"])
    @pytest.mark.parametrize("command", ["kubeconfig", "delete-group"])
    def test_group_that_would_be_another_address_is_refused(self, command: str, name: str) -> None:
        result = CliRunner().invoke(cli.main, ["sandbox", command, name])
        assert result.exit_code == 2
        assert "but a name here is letters, digits, `_`, `.` and `-`; choose such a one" in result.output

    @pytest.mark.parametrize(
        "id",
        [
            "/subscriptions/11111111-0000-0000-0000-000000000000/resourceGroups/x",
            f"{SUBSCRIPTION}/resourceGroups/x/../y",
            f"{SUBSCRIPTION}/resourceGroups/x?api-version=1",
            f"{SUBSCRIPTION}/resourceGroups/x%2Fy",
            "x",
        ],
    )
    def test_resource_that_would_be_another_address_is_refused(self, id: str) -> None:
        result = CliRunner().invoke(cli.main, ["sandbox", "delete", id])
        assert result.exit_code == 2
        assert f"but a name here is the id of a resource, {SUBSCRIPTION}/...; choose such a one" in " ".join(
            result.output.split()
        )

    def test_resource_of_a_type_that_the_sandbox_does_not_have_is_refused(self) -> None:
        id = f"{SUBSCRIPTION}/resourceGroups/x/providers/Microsoft.Compute/disks/y"
        result = CliRunner().invoke(cli.main, ["sandbox", "delete", id])
        assert result.exit_code == 2
        assert (
            "but the sandbox's Azure has no type Microsoft.Compute/disks; name a resource that it has"
            in " ".join(result.output.split())
        )
