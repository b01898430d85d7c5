"""`labctl doctor` as a command: its words, its exit codes, and that it never shows a traceback."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from doctor.errors import CannotLookError
from doctor.examine import Diagnosis, examine
from doctor.finding import Finding
from doctor.looks import interruptions
from doctor.patient import Patient
from doctor.stack_state import StackState, read_state
from labctl import cli, doctor_commands
from labctl.doctor_commands import SANDBOX_COMMANDS
from sandbox import daemon, door
from sandbox.arm.errors import ArmError
from sandbox.arm.ids import parse
from sandbox.arm.provider import Request
from sandbox.arm.server import ArmServer
from sandbox.home import Home
from tests.doctor.patients import (
    AKS,
    CLUSTER_ID,
    GROUP,
    GROUP_ID,
    NODES_ID,
    FakeAzure,
    azure_cluster,
    azure_group,
    lock,
    patient,
)
from tests.sandbox.arm.arm_fakes import FakeClusters

OWN = "stack byocni, where your own Pulumi has it:"


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
        pytest.param(
            Diagnosis((), ()),
            0,
            ["stack byocni, where your own Pulumi has it, has left nothing behind"],
            id="nothing",
        ),
        pytest.param(
            Diagnosis((Finding("a lock", ("pulumi cancel",)), Finding("Azure is busy; wait")), ()),
            1,
            [OWN, "1. a lock", "     pulumi cancel", "2. Azure is busy; wait"],
            id="left",
        ),
        pytest.param(
            Diagnosis((), ("Azure: log in",)), 3, [OWN, "not looked at: Azure: log in"], id="not-looked-at"
        ),
        pytest.param(
            Diagnosis((Finding("a lock", ("pulumi cancel",)),), ("Azure: log in",)),
            1,
            [OWN, "1. a lock", "     pulumi cancel", "not looked at: Azure: log in"],
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


def test_a_stack_that_no_backend_knows_is_looked_for_in_azure_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor_commands, "read_state", lambda *_: StackState((), (), in_backend=False))
    monkeypatch.setattr(doctor_commands, "examine", lambda _: Diagnosis((Finding("a group", ("rm",)),), ()))
    code, output = run("byocni")
    assert code == 1
    assert output.splitlines() == [
        "stack byocni is not in Pulumi's backend; this is what it may have left elsewhere",
        OWN,
        "1. a group",
        "     rm",
    ]


def test_a_sandbox_that_was_never_made_is_told(tmp_path: Path) -> None:
    assert run("byocni", "--sandbox") == (
        3,
        f"labctl: there is no sandbox in {tmp_path / 'sandbox'}; `make up STACK=byocni` makes one\n",
    )


def test_without_pulumi_the_sandbox_can_still_be_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor_commands, "read_state", read_state)
    monkeypatch.setenv("PATH", str(tmp_path))
    said = "labctl: pulumi could not be asked for the state of byocni: pulumi is not on the PATH"
    assert run("byocni") == (3, f"{said}\n")
    Home.default().backend.mkdir(parents=True)
    assert run("byocni") == (3, f"{said}; --sandbox looks at what the sandbox kept\n")


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
    assert output.startswith(f"{OWN}\nnot looked at: Azure: the Azure CLI is needed to look there: ")


def test_stopped_sandbox_does_not_hide_what_needs_no_azure() -> None:
    home = Home.default()
    lock(home.root, "byocni", backend=home.backend.name, hostname="elsewhere")
    code, output = run("byocni", "--sandbox")
    assert code == 1
    assert "the stack is locked by a run that is over" in output
    stopped = "the sandbox does not run; start it with `bin/labctl sandbox start`"
    assert output.splitlines()[-2:] == [
        f"not looked at: Azure: {stopped}",
        f"not looked at: deletions in the cluster: {stopped}",
    ]


@pytest.mark.parametrize(
    ("arguments", "findings", "told"),
    [
        pytest.param(["--sandbox"], (Finding("a lock", ("pulumi cancel",)),), True, id="sandbox"),
        pytest.param(["--sandbox"], (Finding("Azure is busy; wait"),), False, id="nothing-to-run"),
        pytest.param(["--no-sandbox"], (Finding("a lock", ("pulumi cancel",)),), False, id="own"),
    ],
)
def test_commands_for_the_sandbox_are_told_to_be_so(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], findings: tuple[Finding, ...], told: bool
) -> None:
    monkeypatch.setattr(doctor_commands, "examine", lambda _: Diagnosis(findings * 2, ()))
    Home.default().backend.mkdir(parents=True)
    first = 'run these commands in a shell with eval "$(bin/labctl sandbox env)"'
    lines = run("byocni", *arguments)[1].splitlines()
    assert lines[0] == ("stack byocni, in the sandbox:" if "--sandbox" in arguments else OWN)
    assert lines.count(first) == told
    assert (lines[1] == first) == told


AZURE: dict[str, dict[str, str]] = {
    "resources:ResourceGroup": {},
    "containerservice:ManagedCluster": {"resourceName": "calico-labs-byocni"},
    "containerservice:AgentPool": {"resourceName": "calico-labs-byocni", "agentPoolName": "user"},
    "network:VirtualNetwork": {"virtualNetworkName": "net"},
    "network:Subnet": {"virtualNetworkName": "net", "subnetName": "nodes"},
    "authorization:RoleAssignment": {"scope": f"{GROUP_ID}/x/y", "roleAssignmentName": "role"},
}
"""What a lab makes in Azure, by type."""


class FullAzure(FakeAzure):
    """Has whatever it is asked for."""

    def get(self, id: str, api_version: str) -> dict[str, Any]:
        return {"id": id}


def left_in_azure(tmp_path: Path) -> Iterator[Patient]:
    """Yield a stack for each resource that was made in the place of another while the state does not know."""
    for type, inputs in AZURE.items():
        made = {
            **GROUP,
            "type": f"azure-native:{type}",
            "inputs": {"resourceGroupName": "calico-labs-byocni", **inputs},
        }
        stack = patient(
            tmp_path,
            resources=({**made, "pendingReplacement": True},),
            pending=(("creating", made),),
            cluster={},
            commands=SANDBOX_COMMANDS,
        )
        stack.__dict__["azure"] = FullAzure({})
        yield stack


def left_behind(tmp_path: Path) -> Iterator[Patient]:
    """Yield stacks of which everything that the doctor looks for was left behind."""
    lock(tmp_path, "byocni")
    release = {
        **GROUP,
        "type": "kubernetes:helm.sh/v3:Release",
        "inputs": {"name": "calico", "namespace": "tigera-operator"},
    }
    labels = {"owner": "helm", "name": "calico", "status": "pending-install"}
    gone = {"deletionTimestamp": "2026-11-27T11:00:00Z", "finalizers": ["example.org/hold"]}
    yield patient(
        tmp_path,
        resources=(GROUP, AKS),
        pending=(("creating", release),),
        azure={GROUP_ID: azure_group(expires="2026-11-27T11:00:00Z"), CLUSTER_ID: azure_cluster()},
        cluster={
            "/api/v1/namespaces/tigera-operator/secrets": [{"metadata": {"labels": labels}}],
            "/apis/operator.tigera.io/v1/installations": [
                {"kind": "Installation", "metadata": {"name": "default", **gone}}
            ],
            "/api/v1/namespaces": [{"metadata": {"name": "guestbook", **gone}}],
        },
        commands=SANDBOX_COMMANDS,
    )
    yield patient(tmp_path, azure={GROUP_ID: azure_group(), NODES_ID: {}}, commands=SANDBOX_COMMANDS)
    yield from left_in_azure(tmp_path)


def test_in_the_sandbox_every_command_is_one_that_is_there(tmp_path: Path) -> None:
    found = [examine(stack) for stack in left_behind(tmp_path)]
    assert [reason for diagnosis in found for reason in diagnosis.not_looked_at] == []
    commands = {
        command for diagnosis in found for finding in diagnosis.findings for command in finding.commands
    }
    sandbox = cli.main.commands["sandbox"]
    assert isinstance(sandbox, click.Group)
    used = set()
    for command in commands:
        program, *words = shlex.split(command.removeprefix("(umask 077; ").partition(" > ")[0])
        assert program in ("pulumi", "kubectl", "labctl"), command
        if program == "labctl":
            assert words[0] == "sandbox"
            sandbox.commands[words[1]].make_context(words[1], words[2:])
            used.add(words[1])
    assert used == {template.split("labctl sandbox ")[1].split()[0] for template in SANDBOX_COMMANDS.values()}


def test_every_command_of_the_azure_cli_has_one_in_the_sandbox() -> None:
    azure = {item.name for item in fields(Patient) if str(item.default).startswith("az ")}
    assert azure == set(SANDBOX_COMMANDS)


def test_in_the_sandbox_one_resource_of_any_type_can_be_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in is asked for the very id, with a version that it knows."""
    asked: list[str] = []
    codes: set[str] = set()
    server = ArmServer(tmp_path / "store.json", FakeClusters())

    def answer(_: Home, method: str, path: str, api_version: str) -> None:
        id = parse(door.SUBSCRIPTION + path)
        asked.append(f"{method} {id.key}")
        try:
            server.answer(Request(method, id, api_version))
        except ArmError as error:
            codes.add(error.code)

    monkeypatch.setattr(door, "call", answer)
    for stack in left_in_azure(tmp_path):
        (command,) = next(interruptions.look(stack)).commands
        result = CliRunner().invoke(cli.main, shlex.split(command)[1:])
        assert result.exit_code == 0, result.output
        id = command.rpartition(" ")[2]
        assert result.output == f"{id} is deleted\n"
        assert asked[-1] == f"DELETE {id.lower()}"
    assert len(asked) == len(AZURE)
    assert codes == {"ResourceGroupNotFound"}  # and no type or version is unknown
