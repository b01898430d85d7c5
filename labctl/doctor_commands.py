"""`labctl doctor`: what a stack has left behind, with the command for each. Thin over `doctor/`; changes nothing.

Exit codes: 0 nothing is left, 1 something is, 2 the question makes no sense, 3 a place could not be looked at.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from doctor import backend_files
from doctor.azure import Azure
from doctor.errors import CannotLookError
from doctor.examine import Diagnosis, examine
from doctor.patient import Patient
from doctor.programs import ask
from doctor.stack_state import read_state
from labs.errors import LabError
from labs.stack_files import settings_of
from sandbox import daemon, engine
from sandbox.door import SUBSCRIPTION
from sandbox.errors import SandboxError
from sandbox.home import PROJECT, Home

EXIT_LEFT = 1
EXIT_BLIND = 3
SANDBOX_COMMANDS = {
    "delete_group": "labctl sandbox delete-group {name}",
    "delete_resource": "labctl sandbox delete {id}",
    "get_kubeconfig": "(umask 077; labctl sandbox kubeconfig {name} > {file})",
}
"""What takes the place of the Azure CLI in the sandbox."""
_AZ_SECONDS = 60


@click.command()
@click.argument("stack")
@click.option(
    "--project",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROJECT,
    help="Folder of the Pulumi project.",
)
@click.option(
    "--sandbox/--no-sandbox",
    "in_sandbox",
    default=None,
    envvar="CALICO_LABS_DOCTOR_SANDBOX",
    help="Look at the stack in the sandbox, or where your own Pulumi has it; default: in the sandbox if it runs.",
)
def doctor(stack: str, project: Path, in_sandbox: bool | None) -> None:
    """Find what a stack has left behind, and name the command that takes it away.

    Looks for locks and operations of killed runs, expired labs, groups and nodes that no stack knows, clusters that are
    gone, and deletions that are held by finalizers. Nothing is changed.
    """
    home = Home.default()
    if in_sandbox is None:
        in_sandbox = daemon.running(home) is not None
    try:
        settings = settings_of(project, stack)
    except LabError as error:
        raise click.UsageError(str(error)) from error
    if in_sandbox and not home.backend.exists():
        click.echo(f"labctl: there is no sandbox in {home.root}; `make up STACK={stack}` makes one", err=True)
        sys.exit(EXIT_BLIND)
    environment = engine.full_environment(home) if in_sandbox else dict(os.environ)
    try:
        state = read_state(project, stack, environment)
    except CannotLookError as error:
        if findings := backend_files.broken(stack, environment):
            show(stack, Diagnosis(tuple(findings), ()), in_sandbox)
            sys.exit(EXIT_LEFT)
        hint = (
            "; --sandbox looks at what the sandbox kept" if not in_sandbox and home.backend.exists() else ""
        )
        click.echo(f"labctl: {error}{hint}", err=True)
        sys.exit(EXIT_BLIND)
    patient = Patient(
        settings,
        project,
        state,
        environment,
        sandbox_azure if in_sandbox else own_azure,
        datetime.now(UTC),
        **(SANDBOX_COMMANDS if in_sandbox else {}),
    )
    if not state.in_backend:
        click.echo(f"stack {stack} is not in Pulumi's backend; this is what it may have left elsewhere")
    diagnosis = examine(patient)
    show(stack, diagnosis, in_sandbox)
    sys.exit(EXIT_LEFT if diagnosis.findings else EXIT_BLIND if diagnosis.not_looked_at else 0)


def show(stack: str, diagnosis: Diagnosis, in_sandbox: bool) -> None:
    """Print findings with their commands, then what could not be looked at."""
    where = "in the sandbox" if in_sandbox else "where your own Pulumi has it"
    if not diagnosis.findings and not diagnosis.not_looked_at:
        click.echo(f"stack {stack}, {where}, has left nothing behind")
        return
    click.echo(f"stack {stack}, {where}:")
    if in_sandbox and any(finding.commands for finding in diagnosis.findings):
        # Anywhere else they would be about the user's own stack of that name.
        click.echo('run these commands in a shell with eval "$(bin/labctl sandbox env)"')
    for number, finding in enumerate(diagnosis.findings, 1):
        click.echo(f"{number}. {finding.what}")
        for command in finding.commands:
            click.echo(f"     {command}")
    for line in diagnosis.not_looked_at:
        click.echo(f"not looked at: {line}")


def sandbox_azure() -> Azure:
    """Return the sandbox's Azure.

    Raises:
        CannotLookError: the sandbox does not run.
    """
    try:
        found = daemon.endpoint(Home.default())
    except SandboxError as error:
        raise CannotLookError(str(error)) from error
    return Azure(found["url"], found["token"], SUBSCRIPTION.rpartition("/")[2])


def own_azure() -> Azure:
    """Return the Azure that the user has logged in to with the Azure CLI.

    Raises:
        CannotLookError: there is no Azure CLI, or nobody is logged in.
    """
    result = ask(
        ["az", "account", "get-access-token", "--output", "json"],
        _AZ_SECONDS,
        "the Azure CLI is needed to look there",
    )
    if result.returncode != 0:
        raise CannotLookError("the Azure CLI gives no token; log in with `az login`")
    found = json.loads(result.stdout)
    return Azure("https://management.azure.com", found["accessToken"], found["subscription"])
