"""The sandbox changes Pulumi's environment, never the project: the stack files stay as they were committed."""

from __future__ import annotations

import os
import pty
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import engine
from sandbox.errors import SandboxError
from sandbox.home import PROJECT, Home
from sandbox.pulumi_wrapper import project_folder, stack_files
from sandbox.tools import Toolbox

SALT = "encryptionsalt: v1:abc=:v1:def:ghi=="


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "sandbox")
    home.create()
    (home.root / "bin").mkdir()
    return home


def wrapped(home: Home, script: str) -> Path:
    """Wrap a fake Pulumi that runs `script`."""
    real = home.root / "real-pulumi"
    real.write_text(f"#!/bin/sh\n{script}\n")
    real.chmod(0o755)
    (home.root / "bin" / "pulumi").symlink_to(real)
    engine._wrap_pulumi(home, Toolbox(paths={"pulumi": real}))
    return home.root / "bin" / "pulumi"


class TestStackFilesStayClean:
    """Pulumi writes a salt into a stack file on most commands; there it would break the next run against Azure."""

    def run(self, program: Path, project: Path) -> int:
        return subprocess.run(
            [program, "up", "-s", "dev"], cwd=project, check=False, capture_output=True
        ).returncode

    def test_salt_that_pulumi_added_is_taken_out(self, home: Home, tmp_path: Path) -> None:
        before = "# note\nconfig:\n  calico-labs:lab: byocni\n"
        (tmp_path / "Pulumi.dev.yaml").write_text(before)
        program = wrapped(home, f"echo '{SALT}' >> Pulumi.dev.yaml")
        assert self.run(program, tmp_path) == 0
        assert (tmp_path / "Pulumi.dev.yaml").read_text() == before

    @pytest.mark.parametrize("name", ["a b", "-rf", "$(touch ran)", "*"])
    def test_stack_file_with_a_name_that_a_shell_would_read_touches_no_other_file(
        self, home: Home, tmp_path: Path, name: str
    ) -> None:
        """`Pulumi.a b.yaml` was two words to an earlier wrapper, and `b.yaml` lost a line."""
        own = tmp_path / f"Pulumi.{name}.yaml"
        own.write_text("config: {}\n", encoding="utf-8")
        (tmp_path / "b.yaml").write_text("config: {}\n", encoding="utf-8")
        program = wrapped(home, f"for file in *.yaml; do echo '{SALT}' >> \"./$file\"; done")
        subprocess.run([program], cwd=tmp_path, check=True)
        assert own.read_text(encoding="utf-8") == "config: {}\n"
        assert SALT in (tmp_path / "b.yaml").read_text(encoding="utf-8")
        assert not list(tmp_path.rglob("ran"))

    @pytest.mark.parametrize(
        ("folder", "arguments"),
        [
            pytest.param("docs/labs", ["up"], id="below the project"),
            pytest.param("..", ["up", "-C", "project"], id="-C"),
            pytest.param("..", ["up", "-Cproject/docs"], id="-C in one word"),
            pytest.param("..", ["up", "--cwd", "project/docs"], id="--cwd"),
            pytest.param("..", ["--cwd=project", "up"], id="--cwd="),
        ],
    )
    def test_salt_is_taken_out_wherever_pulumi_finds_its_project(
        self, home: Home, tmp_path: Path, folder: str, arguments: list[str]
    ) -> None:
        project = tmp_path / "project"
        (project / "docs" / "labs").mkdir(parents=True)
        (project / "Pulumi.yaml").write_text("name: p\n")
        (project / "Pulumi.dev.yaml").write_text("config: {}\n")
        program = wrapped(home, f"echo '{SALT}' >> {shlex.quote(str(project / 'Pulumi.dev.yaml'))}")
        subprocess.run([program, *arguments], cwd=project / folder, check=True)
        assert (project / "Pulumi.dev.yaml").read_text() == "config: {}\n"

    @pytest.mark.parametrize(
        "arguments",
        [["up", "-s", "dev"], ["up", "-sdev"], ["--stack", "o/p/dev", "up"], ["up", "--stack=dev"]],
        ids=" ".join,
    )
    def test_only_the_named_stacks_file_is_touched(self, tmp_path: Path, arguments: list[str]) -> None:
        """Others may be in use by commands that run at the same time."""
        for name in ("dev", "other"):
            (tmp_path / f"Pulumi.{name}.yaml").touch()
        assert stack_files(arguments, tmp_path) == [tmp_path / "Pulumi.dev.yaml"]
        assert len(stack_files(["up", "--", "-sdev"], tmp_path)) == 2

    def test_word_behind_two_hyphens_is_no_option(self, tmp_path: Path) -> None:
        assert project_folder(["config", "set", "a", "--", "-Cdocs"], tmp_path) == tmp_path.resolve()

    def test_file_that_cannot_be_read_is_left_alone(self, home: Home, tmp_path: Path) -> None:
        (tmp_path / "Pulumi.dev.yaml").mkdir()
        assert self.run(wrapped(home, "exit 3"), tmp_path) == 3

    def test_salt_of_the_user_stays(self, home: Home, tmp_path: Path) -> None:
        (tmp_path / "Pulumi.dev.yaml").write_text(SALT + "\n")
        program = wrapped(home, "true")
        self.run(program, tmp_path)
        assert (tmp_path / "Pulumi.dev.yaml").read_text() == SALT + "\n"

    def test_other_changes_of_a_command_stay(self, home: Home, tmp_path: Path) -> None:
        (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
        program = wrapped(home, f"printf 'config:\\n  a: b\\n{SALT}\\n' > Pulumi.dev.yaml")
        self.run(program, tmp_path)
        assert (tmp_path / "Pulumi.dev.yaml").read_text() == "config:\n  a: b\n"

    def test_exit_code_and_arguments_go_through(self, home: Home, tmp_path: Path) -> None:
        program = wrapped(home, 'test "$1 $2 $3" = "up -s dev" && exit 7')
        assert self.run(program, tmp_path) == 7


class TestTermination:
    """A second SIGTERM makes Pulumi break off, so it gets one once."""

    @pytest.fixture
    def begun(self, home: Home, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
        (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
        script = (
            "trap 'echo INT >> got' INT; trap 'echo TERM >> got' TERM\n"
            f"echo '{SALT}' >> Pulumi.dev.yaml; echo > begun\n"
            "while [ ! -e done ]; do sleep 0.05; done; exit 5"
        )
        process = subprocess.Popen([wrapped(home, script)], cwd=tmp_path, start_new_session=True)
        self.until((tmp_path / "begun").exists)
        yield process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def until(self, met: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not met():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def got(self, begun: subprocess.Popen[bytes], folder: Path) -> list[str]:
        """Return the signals that Pulumi got, when it has ended and the wrapper after it."""
        self.until((folder / "got").exists)
        time.sleep(0.3)  # for one that comes twice
        assert begun.poll() is None
        (folder / "done").touch()
        assert begun.wait(20) == 5
        assert (folder / "Pulumi.dev.yaml").read_text() == "config: {}\n"
        return (folder / "got").read_text().split()

    def test_one_for_the_whole_group_is_not_doubled(
        self, begun: subprocess.Popen[bytes], tmp_path: Path
    ) -> None:
        begun.terminate()  # as `timeout` does, which signals its child and then the group
        os.killpg(begun.pid, signal.SIGTERM)
        assert self.got(begun, tmp_path) == ["TERM"]


class TestEnvironment:
    def test_user_own_pulumi_home_and_passphrase_are_not_used(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PULUMI_HOME", "/home/user/.pulumi")
        monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "the user's own")
        monkeypatch.setenv("PULUMI_BACKEND_URL", "https://example.invalid")
        found = engine.full_environment(home)
        assert found["PULUMI_HOME"] == str(home.pulumi_home)
        assert found["PULUMI_BACKEND_URL"] == f"file://{home.backend}?metadata=skip"
        assert "PULUMI_CONFIG_PASSPHRASE" not in found

    def test_sandbox_programs_come_first_on_path_once(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", "/usr/bin:/bin")
        first = engine.environment(home)["PATH"]
        monkeypatch.setenv("PATH", first)
        assert engine.environment(home)["PATH"] == first
        assert first.split(":")[0] == str(home.root / "bin")


class TestStacks:
    def test_stacks_are_those_with_a_file(self, tmp_path: Path) -> None:
        for name in ("byocni", "dev"):
            (tmp_path / f"Pulumi.{name}.yaml").touch()
        (tmp_path / "Pulumi.yaml").touch()
        assert engine.stacks_of(tmp_path) == ["byocni", "dev"]

    def test_project_without_a_stack_file_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(SandboxError, match=r"has no Pulumi\.<stack>\.yaml"):
            engine.stacks_of(tmp_path)

    def test_refused_stack_gives_pulumi_own_words(self, home: Home, tmp_path: Path) -> None:
        (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
        wrapped(home, "echo 'error: no' >&2; exit 255")
        with pytest.raises(SandboxError, match="Pulumi could not create the stack dev: error: no"):
            engine._create_stack(home, tmp_path, "dev")


class TestTerminal:
    """Pulumi draws its tree where there is a terminal, and never waits for an answer where there is none."""

    @pytest.mark.parametrize(("terminal", "code"), [(True, 7), (False, 8)], ids=["terminal", "pipe"])
    def test_pulumi_reads_from_the_terminal_if_there_is_one(
        self, home: Home, tmp_path: Path, terminal: bool, code: int
    ) -> None:
        wrapped(home, "[ -t 0 ] && exit 7; read line && exit 9; exit 8")
        outer, inner = pty.openpty()
        reading, writing = os.pipe()
        os.write(writing, b"never to be read\n")
        try:
            process = subprocess.run(
                [sys.executable, "-c", showing(home, tmp_path)],
                cwd=PROJECT,
                stdin=inner if terminal else reading,
                check=False,
                timeout=60,
            )
        finally:
            for end in (outer, inner, reading, writing):
                os.close(end)
        assert process.returncode == code


def showing(home: Home, folder: Path) -> str:
    """Return a program that runs `pulumi up` in `folder` before the user's eyes."""
    return (
        f"from pathlib import Path; from sandbox import engine; from sandbox.home import Home; import sys; "
        f"sys.exit(engine.show_pulumi(Home(Path({str(home.root)!r})), ['up'], Path({str(folder)!r})))"
    )


class TestCtrlC:
    """Pulumi finishes what is under way and writes its state; whoever started it waits for that."""

    def test_interrupted_pulumi_is_waited_for_and_the_salt_still_taken_out(
        self, home: Home, tmp_path: Path
    ) -> None:
        (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
        wrapped(
            home,
            f"trap 'sleep 0.6; echo ended > ended; exit 5' INT\necho '{SALT}' >> Pulumi.dev.yaml\necho > begun\n"
            "while :; do sleep 0.05; done",
        )
        process = subprocess.Popen(
            [sys.executable, "-c", showing(home, tmp_path)], cwd=PROJECT, start_new_session=True
        )
        deadline = time.monotonic() + 20
        while not (tmp_path / "begun").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) == 5
        assert (tmp_path / "ended").exists()
        assert (tmp_path / "Pulumi.dev.yaml").read_text() == "config: {}\n"


def test_a_checkout_whose_path_a_shell_would_read_is_one_word_in_launchers(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "PROJECT", Path("/tmp/$(touch ran) \"'x"))
    words = shlex.split(engine._launcher(home, "kubernetes").splitlines()[1])
    assert words[0] == "PYTHONPATH=/tmp/$(touch ran) \"'x"
    assert words[1:4] == ["exec", sys.executable, "-m"]
