"""`labctl sandbox ...`: start, stop, look at and enter the offline world."""

from __future__ import annotations

import base64
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from labctl import fault_commands
from labctl.options import Seconds
from labs.errors import shown
from sandbox import daemon, door, engine, faults, plain_clusters, status
from sandbox.arm.agent_pools import AgentPools
from sandbox.arm.cluster_rules import TYPE as AKS_TYPE
from sandbox.arm.ids import parse
from sandbox.arm.managed_clusters import AKS_VERSION, ManagedClusters
from sandbox.arm.resource_groups import GROUP_VERSION, ResourceGroups
from sandbox.arm.role_assignments import RoleAssignments
from sandbox.arm.virtual_networks import Subnets, VirtualNetworks
from sandbox.door import SUBSCRIPTION
from sandbox.errors import SandboxError
from sandbox.home import Home, write_private
from sandbox.nodes.choice import NodesKind, choose, remembered
from sandbox.nodes.real.prepare import prepare_images
from sandbox.tools import Toolbox, ensure, look

_VERSIONS = {
    kind.type.lower(): kind.api_versions[0]
    for kind in (ResourceGroups, ManagedClusters, AgentPools, VirtualNetworks, Subnets, RoleAssignments)
}
"""Type in small letters -> the version of Azure's API to ask with."""


def names_of(pattern: str, words: str) -> Callable[[click.Context, click.Parameter, str], str]:
    """Return the check of a name that becomes part of a file's name or an address."""

    def check(_: click.Context, parameter: click.Parameter, value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            named = (
                f"--{parameter.name}" if isinstance(parameter, click.Option) else str(parameter.name).upper()
            )
            raise click.UsageError(
                f"{named} is '{shown(value)}' but a name here is {words}; choose such a one"
            )
        return value

    return check


@click.group()
def sandbox() -> None:
    """The offline world: real Pulumi engine, real Kubernetes API server, real Tigera operator."""


sandbox.add_command(fault_commands.fault)

nodes_option = click.option(
    "--nodes",
    type=click.Choice([str(kind) for kind in NodesKind]),
    default=None,
    help="Simulated nodes (anyone, anywhere), real ones (root on Linux), or real ones where they can run. "
    "Default: as this sandbox was started last, else simulated.",
)


def bring(kind: NodesKind) -> Toolbox:
    """Bring the programs, and for real nodes their images, showing progress."""
    box = ensure(real=kind is NodesKind.REAL)
    if kind is NodesKind.REAL:
        prepare_images(box.path)
    return box


def chosen(home: Home, nodes: str | None, unfit: str | None = None) -> NodesKind:
    """Return the kind of nodes to start with, saying why if there was a choice.

    `unfit` says why real nodes cannot run what is to be run; None if they can.
    """
    kind, why = choose(NodesKind(nodes) if nodes else remembered(home), unfit)
    if nodes == NodesKind.AUTO:
        click.echo(why)
    return kind


@sandbox.command()
@click.option(
    "--delay",
    type=Seconds(600),
    default=0.0,
    show_default=True,
    help="Seconds that creating a cluster takes in the Azure stand-in; AKS takes about 240.",
)
@nodes_option
def start(delay: float, nodes: str | None) -> None:
    """Start the sandbox: tools, engine, stacks, and the Azure stand-in. Harmless if it runs."""
    home = Home.default()
    kind = chosen(home, nodes)
    box = bring(kind)
    engine.prepare(home, box)
    started = daemon.start(home, delay, kind)
    click.echo(f"sandbox {'started' if started else 'was running'} in {home.root}")
    click.echo('now: eval "$(bin/labctl sandbox env)", then plain `pulumi up -s byocni`')


@sandbox.command()
@click.option(
    "--plain", is_flag=True, required=True, help="A cluster without Azure, as one of your own would be."
)
@click.option(
    "--name",
    default="plain",
    show_default=True,
    callback=names_of(
        r"[a-z][a-z0-9-]{0,30}", "up to 31 lower-case letters, digits and hyphens, a letter first"
    ),
    help="Name of the cluster and of its context.",
)
@click.option(
    "--nodes", type=click.IntRange(1, 20), default=3, show_default=True, help="Its nodes, all Linux."
)
@click.option(
    "--calico", is_flag=True, help="It comes with Calico, as NKE's do; else its nodes wait for a CNI."
)
@click.option("--remove", is_flag=True, help="Remove the cluster instead.")
def cluster(plain: bool, name: str, nodes: int, calico: bool, remove: bool) -> None:
    """Start a cluster that is there before the lab, and write its kubeconfig into this folder."""
    del plain  # the only kind there is; named so that the command says what it makes
    home = Home.default()
    file = Path(f"kubeconfig-{name}")
    if remove:
        plain_clusters.remove(home, name)
        file.unlink(missing_ok=True)
        click.echo(f"cluster {name} is removed")
        return
    daemon.start(home)
    write_private(file, plain_clusters.start(home, name, nodes, calico))
    click.echo(f"cluster {name} runs with {nodes} nodes; its kubeconfig is {file}, the context {name}")


@sandbox.command()
@click.argument(
    "name", callback=names_of(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,89}", "letters, digits, `_`, `.` and `-`")
)
def kubeconfig(name: str) -> None:
    """Print the admin kubeconfig of a cluster in the sandbox's Azure: what `az aks get-credentials` gets from Azure.

    NAME is the cluster's name and that of its group, such as calico-labs-byocni.
    """
    answer = door.call(
        Home.default(),
        "POST",
        f"/resourceGroups/{name}/providers/{AKS_TYPE}/{name}/listClusterAdminCredential",
        AKS_VERSION,
    )
    click.echo(base64.b64decode(answer["kubeconfigs"][0]["value"]), nl=False)


@sandbox.command(name="delete-group")
@click.argument(
    "name", callback=names_of(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,89}", "letters, digits, `_`, `.` and `-`")
)
def delete_group(name: str) -> None:
    """Delete a resource group of the sandbox's Azure with all in it, as `az group delete` does in Azure."""
    door.call(Home.default(), "DELETE", f"/resourceGroups/{name}", GROUP_VERSION)
    click.echo(f"resource group {name} is deleted")


@sandbox.command()
@click.argument(
    "id",
    callback=names_of(
        rf"{SUBSCRIPTION}(/[A-Za-z0-9][A-Za-z0-9_.()-]*)+", f"the id of a resource, {SUBSCRIPTION}/..."
    ),
)
def delete(id: str) -> None:
    """Delete one resource of the sandbox's Azure, as `az resource delete --ids` does in Azure. ID is its whole id."""
    type = parse(id).type
    version = _VERSIONS.get(type.lower())
    if version is None:
        raise click.UsageError(
            f"ID is '{shown(id)}' but the sandbox's Azure has no type {shown(type)}; name a resource that it has"
        )
    door.call(Home.default(), "DELETE", id.removeprefix(SUBSCRIPTION), version)
    click.echo(f"{id} is deleted")


@sandbox.command()
def stop() -> None:
    """Stop the sandbox and whatever a crash left behind. State stays; the next start continues from it."""
    home = Home.default()
    was_running = daemon.running(home) is not None
    strays = daemon.stop(home)
    click.echo("sandbox stopped" if was_running else "the sandbox was not running")
    if strays:
        click.echo(f"{strays} program(s) that a crash had left behind were ended")


@sandbox.command()
def env() -> None:
    """Print the shell commands that make plain `pulumi` run in the sandbox: eval "$(bin/labctl sandbox env)"."""
    home = Home.default()
    daemon.endpoint(home)
    for name, value in engine.environment(home).items():
        click.echo(f"export {name}={shlex.quote(value)}")
    click.echo("unset PULUMI_CONFIG_PASSPHRASE")


@sandbox.command(name="status")
def show_status() -> None:
    """Show what runs, where each program came from, and what is simulated."""
    home = Home.default()
    console = Console()
    process = daemon.running(home)
    if process is None:
        console.print("The sandbox does not run. Start it with `bin/labctl sandbox start`.", markup=False)
    else:
        console.print(
            f"The sandbox runs (process {process.pid}) in {home.root}", markup=False, highlight=False
        )
        _print_programs(console, home)
        for item in faults.armed(home):
            console.print(f"armed fault: {fault_commands.told(item)}", markup=False, highlight=False)
    _print_tools(console)


def _print_programs(console: Console, home: Home) -> None:
    table = Table("program", "process", "memory", title="running")
    for program in status.programs(home):
        table.add_row(program.name, str(program.pid), f"{program.memory / 2**20:.0f} MiB")
    if table.row_count:
        console.print(table)
    else:
        console.print("No cluster yet: `pulumi up -s byocni` makes one.", markup=False)


def _print_tools(console: Console) -> None:
    table = Table("program", "where from", title="programs")
    home = Home.default()
    box, missing = look(real=remembered(home) is NodesKind.REAL)
    for name, origin in box.origins.items():
        table.add_row(name, origin)
    for name in missing:
        table.add_row(name, "missing; `bin/labctl sandbox tools` brings it")
    console.print(table)
    if missing:
        return  # what images are made of, and what is real, follows from the programs
    table = Table("image", "what is in it", title="images, all put together here")
    for name, origin in status.image_origins(home, box.path):
        table.add_row(name, origin)
    if table.row_count:
        console.print(table)
    for line in status.what_is_real(home):
        console.print(f"- {line}", markup=False, highlight=False)


@sandbox.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def client(command: tuple[str, ...]) -> None:
    """Run a command on the client outside the cluster (real nodes only): labctl sandbox client curl ADDRESS."""
    home = Home.default()
    daemon.endpoint(home)
    pid = status.process_of(home, "client of ")
    if pid is None:
        raise SandboxError(
            "the sandbox has no client, for no cluster of it has real nodes; `make up NODES=real` brings one up"
        )
    result = subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", "--", *command], check=False)
    sys.exit(result.returncode)


@sandbox.command()
@nodes_option
def tools(nodes: str | None) -> None:
    """Bring the sandbox's programs: found on PATH, else downloaded, else built. Does not start anything."""
    home = Home.default()
    # Whether real nodes can run here is asked only where it decides: programs may be brought before the packages are.
    kind = chosen(home, nodes) if nodes == NodesKind.AUTO else NodesKind(nodes) if nodes else remembered(home)
    box = ensure(real=kind is NodesKind.REAL)
    for name, origin in box.origins.items():
        click.echo(f"{name}: {origin}")
