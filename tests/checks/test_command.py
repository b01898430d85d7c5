"""`labctl check`: options, their environment variables, conflicts, exit codes; nothing is asked of any cluster."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from checks.api import Api
from checks.errors import ApiError, EnvironmentUnusableError
from checks.result import Result, Status
from checks.runner import run_all
from labctl import check_commands, cli
from sandbox import daemon
from tests.checks.fakes import PROJECT


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CALICO_LABS_SANDBOX", str(tmp_path / "sandbox"))
    monkeypatch.setattr(daemon, "running", lambda _: None)

    def forbidden(*_: object, **__: object) -> Any:
        raise AssertionError("must not be called")

    monkeypatch.setattr("checks.stack.subprocess.run", forbidden)
    monkeypatch.setattr(Api, "call", forbidden)


def invoke(*arguments: str, **variables: str) -> Any:
    return CliRunner().invoke(
        cli.main, ["check", *arguments], env=variables, auto_envvar_prefix="CALICO_LABS"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["--context", "x"],
            "--context is given but --kubeconfig is not; the stack's own kubeconfig has one context",
            id="context without a file",
        ),
        pytest.param(
            ["--full", "--no-traffic"],
            "--full is given with --no-traffic; it is about traffic",
            id="full without traffic",
        ),
        pytest.param(
            ["--outside", "192.0.2.1:53", "--no-traffic"],
            "--outside is given with --no-traffic; it is about traffic",
            id="outside without traffic",
        ),
        pytest.param(
            ["--probe-image", "x:1", "--no-traffic"],
            "--probe-image is given with --no-traffic; it is about traffic",
            id="an image without traffic",
        ),
        pytest.param(
            ["--list", "--clean"],
            "--list is given with --clean; take one of them, neither runs a check",
            id="two things instead of checks",
        ),
        pytest.param(
            ["--list", "--output", "json"],
            "--output is given with --list; it is about results, and --list has none",
            id="a list in a format",
        ),
        pytest.param(
            ["--list", "--output", "json", "--output-file", "x"],
            "--output is given with --list; it is about results, and --list has none",
            id="a list into a file",
        ),
        pytest.param(
            ["--clean", "--format", "json"],
            "--output is given with --clean; it is about results, and --clean has none",
            id="a clean-up in a format",
        ),
        pytest.param(
            ["--clean", "--only", "nodes"],
            "--only is given with --clean; it chooses checks, and --clean runs none",
            id="a clean-up of some checks",
        ),
        pytest.param(
            ["--kubeconfig", "/nonexistent", "--only", "traffc/*"],
            "--only is 'traffc/*' but no check of this lab is called so",
            id="no such check",
        ),
        pytest.param(
            ["--list", "--only", "traffc/*"],
            "--only is 'traffc/*' but no check of this lab is called so",
            id="a list of nothing",
        ),
        pytest.param(
            ["--output", "json", "--output-file", "/nonexistent/x"],
            "--output-file is '/nonexistent/x' but it cannot be written",
            id="a file that cannot be written",
        ),
        pytest.param(
            ["--output-file", "x"],
            "--output-file is given but --output is 'text'; set it to json, junit or markdown",
            id="a file of text",
        ),
        pytest.param(
            ["--outside", "example.com:80"],
            "--outside is 'example.com:80' but not an IPv4 address and a port; write one such as 192.0.2.1:53",
            id="outside by name",
        ),
        pytest.param(
            ["--outside", "1.2.3.256:80"],
            "--outside is '1.2.3.256:80' but not an IPv4 address and a port; write one such as 192.0.2.1:53",
            id="outside of no address",
        ),
        pytest.param(
            ["byoccni"], "Pulumi.byoccni.yaml: the stack does not exist; choose one of", id="unknown stack"
        ),
        pytest.param(
            ["--kubeconfig", "/nonexistent"],
            "--kubeconfig is '/nonexistent' but it cannot be read",
            id="no file",
        ),
        pytest.param(["--output", "xml"], "'xml' is not one of", id="unknown format"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(arguments: list[str], message: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(re.sub("[│╭╰─╮╯]", " ", result.output).split())


def options() -> list[click.Option]:
    return [parameter for parameter in check_commands.check.params if isinstance(parameter, click.Option)]


def test_there_are_options() -> None:
    assert len(options()) >= 14


VALUES: dict[str, tuple[str, str, object]] = {
    "PROJECT": ("/tmp", "project", Path("/tmp")),
    "KUBECONFIG": ("/x", "kubeconfig", Path("/x")),
    "CONTEXT": ("lab", "context", "lab"),
    "SANDBOX": ("0", "in_sandbox", False),
    "ONLY": ("nodes typha", "only", ("nodes", "typha")),
    "LIST": ("1", "list_only", True),
    "TRAFFIC": ("false", "traffic", False),
    "FULL": ("1", "full", True),
    "OUTSIDE": ("192.0.2.1:53 192.0.2.2:53", "outside", ("192.0.2.1:53", "192.0.2.2:53")),
    "PROBE_IMAGE": ("x:1", "probe_image", "x:1"),
    "PATIENCE": ("7", "patience", 7.0),
    "OUTPUT": ("json", "output", "json"),
    "OUTPUT_FILE": ("/x", "output_file", Path("/x")),
    "CLEAN": ("1", "clean", True),
    "STACK": ("nke", "stack", "nke"),
}
"""What follows CALICO_LABS_CHECK_ -> a value, the parameter that takes it, and what it takes it for."""


@pytest.mark.parametrize("name", VALUES)
def test_every_option_is_read_from_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value, field, read = VALUES[name]
    monkeypatch.setenv(f"CALICO_LABS_CHECK_{name}", value)
    context = check_commands.check.make_context("check", [])
    assert context.params[field] == read


def test_no_option_is_without_its_variable_and_help_names_it() -> None:
    assert {str(option.envvar) for option in options()} == {
        f"CALICO_LABS_CHECK_{name}" for name in VALUES if name != "STACK"
    }
    said = invoke("--help").output
    assert [name for name in VALUES if name != "STACK" and f"CALICO_LABS_CHECK_{name}" not in said] == []


def test_a_flag_given_by_hand_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALICO_LABS_CHECK_PATIENCE", "7")
    assert check_commands.check.make_context("check", ["--patience", "8"]).params["patience"] == 8.0


CONFIG = """
contexts: [{name: lab, context: {cluster: lab, user: lab}}]
clusters: [{name: lab, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: lab, user: {token: t}}]
"""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> str:
    path = tmp_path / "kubeconfig"
    path.write_text(CONFIG, encoding="utf-8")
    return str(path)


def test_an_empty_kubeconfig_is_refused_and_not_replaced_by_the_stacks_own(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("", encoding="utf-8")
    result = invoke("--kubeconfig", str(empty))
    assert result.exit_code == 2
    assert "the kubeconfig has no context" in result.output


def test_a_cluster_that_does_not_answer_cannot_be_checked(
    kubeconfig: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object, **__: object) -> bytes:
        raise ApiError(0, "no answer from the API server at https://127.0.0.1:1 to GET /version: it is off")

    monkeypatch.setattr(Api, "call", silent)
    file = Path(kubeconfig).with_name("results.xml")
    file.write_text("of the last run", encoding="utf-8")
    result = invoke("--kubeconfig", kubeconfig, "--output", "junit", "--output-file", str(file))
    assert result.exit_code == 3
    assert result.output == (
        "labctl: no answer from the API server at https://127.0.0.1:1 to GET /version: it is off; look at the "
        "kubeconfig's server and credentials, or name another kubeconfig\n"
    )
    assert not file.exists()


_LOOK = "look at the kubeconfig's server and credentials, or name another kubeconfig"
_PROXY = "look at the kubeconfig's server, which may lead to a proxy or its login page"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            ApiError(401, "GET /version: 401"),
            f"the API server at https://127.0.0.1:1 refuses GET /version: 401; {_LOOK}",
        ),
        *(
            (
                page,
                f"https://127.0.0.1:1 answers GET /version, but not as an API server; {_PROXY}",
            )
            for page in (b"<html>log in</html>", b"[]", b"{}")
        ),
    ],
    ids=["refused", "a page", "a list", "an object"],
)
def test_what_does_not_answer_as_an_api_server_cannot_be_checked(
    answer: ApiError | bytes, said: str, kubeconfig: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(*_: object, **__: object) -> bytes:
        if isinstance(answer, ApiError):
            raise answer
        return answer

    monkeypatch.setattr(Api, "call", call)
    result = invoke("--kubeconfig", kubeconfig)
    assert (result.exit_code, result.output) == (3, f"labctl: {said}\n")


def test_a_login_by_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    login = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-login, interactiveMode: Never}}"
    (tmp_path / "kubeconfig").write_text(CONFIG.replace("{token: t}", login), encoding="utf-8")
    result = invoke("--kubeconfig", str(tmp_path / "kubeconfig"))
    assert result.exit_code == 3
    assert result.output == (
        "labctl: the kubeconfig's user logs in by running 'no-such-login', which cannot be found; install it, or name "
        "another kubeconfig\n"
    )


def test_a_file_that_the_kubeconfig_names_lies_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kubeconfig").write_text(CONFIG.replace("{token: t}", "{tokenFile: token}"), encoding="utf-8")
    (tmp_path / "token").write_text("beside", encoding="utf-8")
    sent = []
    monkeypatch.chdir("/")
    monkeypatch.setattr(Api, "greet", lambda api: sent.append(api._headers()))
    monkeypatch.setattr("checks.runner.run_all", lambda *_, **__: run_all([], None, 0))  # type: ignore[arg-type]
    invoke("--kubeconfig", str(tmp_path / "kubeconfig"))
    assert sent == [{"authorization": "Bearer beside"}]


_BRING_UP = "`make up STACK=byocni` starts it and brings the stack up in it"


@pytest.mark.parametrize(
    ("runs", "flags", "said"),
    [
        (True, [], "stack byocni gives no kubeconfig"),
        (True, ["--no-sandbox"], "stack byocni gives no kubeconfig"),
        (False, [], f"stack byocni gives no kubeconfig; the sandbox does not run either: {_BRING_UP}"),
        (False, ["--sandbox"], f"--sandbox is given but the sandbox does not run; {_BRING_UP}"),
    ],
    ids=["in the sandbox", "beside it", "without one", "one that does not run"],
)
def test_a_stack_without_kubeconfig_is_an_environment_that_cannot_be_used(
    runs: bool, flags: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> str:
        raise EnvironmentUnusableError("stack byocni gives no kubeconfig")

    monkeypatch.setattr("checks.stack.kubeconfig_of", gone)
    monkeypatch.setattr(daemon, "running", lambda _: object() if runs else None)
    monkeypatch.setattr(check_commands.engine, "full_environment", lambda _: {})
    result = invoke("byocni", *flags)
    assert (result.exit_code, result.output) == (3, f"labctl: {said}\n")


@pytest.mark.parametrize(
    ("status", "code"), [(Status.PASSED, 0), (Status.FAILED, 1), (Status.SKIPPED, 0), (Status.UNTESTED, 3)]
)
def test_results_decide_the_exit_code(
    status: Status, code: int, kubeconfig: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fake(*arguments: Any, **_: Any) -> Any:
        report = run_all([], arguments[1], 0)
        object.__setattr__(report, "results", (Result("x", status, (), "because"),))
        return report

    monkeypatch.setattr("checks.runner.run_all", fake)
    monkeypatch.setattr(Api, "call", lambda *_, **__: b'{"gitVersion": "v1.34.1"}')
    assert invoke("--kubeconfig", kubeconfig).exit_code == code


def test_list_names_every_check_and_asks_nobody() -> None:
    result = invoke("--list", "--project", str(PROJECT))
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].split(maxsplit=1) == ["nodes", "every node that the stack asks for is there and Ready"]
    assert len(lines) > 40
    assert any(line.startswith("traffic/") for line in lines)
    assert not any(
        line.startswith("traffic/") for line in invoke("--list", "--no-traffic").output.splitlines()
    )


def test_list_names_only_the_checks_that_are_chosen() -> None:
    lines = invoke("--list", "--only", "traffic/*", "--only", "nodes").output.splitlines()
    assert [line.partition(":")[0].split()[0] for line in lines] == [
        "nodes",
        "traffic/database.yaobank-database",
        "traffic/summary.yaobank-summary",
        "traffic/customer.yaobank-customer",
    ]
