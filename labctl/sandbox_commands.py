"""`labctl sandbox ...`: start, stop, look at and enter the offline world."""

from __future__ import annotations

import shlex

import click
from rich.console import Console
from rich.table import Table

from sandbox import daemon, engine, status
from sandbox.home import Home
from sandbox.tools import ensure


@click.group()
def sandbox() -> None:
    """The offline world: real Pulumi engine, real Kubernetes API server, real Tigera operator."""


@sandbox.command()
@click.option(
    "--delay",
    type=click.FloatRange(0, 600),
    default=0.0,
    show_default=True,
    help="Seconds that creating a cluster takes in the Azure stand-in; AKS takes about 240.",
)
def start(delay: float) -> None:
    """Start the sandbox: tools, engine, stacks, and the Azure stand-in. Harmless if it runs."""
    home = Home.default()
    box = ensure()
    engine.prepare(home, box)
    started = daemon.start(home, delay)
    click.echo(f"sandbox {'started' if started else 'was running'} in {home.root}")
    click.echo('now: eval "$(bin/labctl sandbox env)", then plain `pulumi up -s byocni`')


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
        console.print("The sandbox does not run. Start it with `labctl sandbox start`.", markup=False)
    else:
        console.print(
            f"The sandbox runs (process {process.pid}) in {home.root}", markup=False, highlight=False
        )
        _print_programs(console, home)
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
    box = ensure()
    for name, origin in box.origins.items():
        table.add_row(name, origin)
    console.print(table)
    for line in status.WHAT_IS_REAL:
        console.print(f"- {line}", markup=False, highlight=False)


@sandbox.command()
def tools() -> None:
    """Bring the sandbox's programs: found on PATH, else downloaded, else built. Does not start anything."""
    box = ensure()
    for name, origin in box.origins.items():
        click.echo(f"{name}: {origin}")
