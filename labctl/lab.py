"""`labctl up` and `labctl down`: one lab in the sandbox, from nothing to Ready and back.

Thin over `pulumi`: what they do can be done by hand after `eval "$(bin/labctl sandbox env)"`.
"""

from __future__ import annotations

import json
import sys
import time

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from labctl.fit import unfit
from labctl.options import Seconds
from labctl.sandbox_commands import bring, chosen, nodes_option
from sandbox import daemon, engine
from sandbox.home import PROJECT, Home
from sandbox.tools import ensure
from sandbox.tools.progress import duration

_stack = click.option(
    "--stack", "-s", default="byocni", show_default=True, help="Stack, that is lab, to run."
)


def _check_stack(stack: str) -> None:
    known = engine.stacks_of(PROJECT)
    if stack not in known:
        raise click.UsageError(
            f"--stack is '{stack}' but there is no Pulumi.{stack}.yaml; choose one of {', '.join(known)}"
        )


@click.command()
@_stack
@click.option("--delay", type=Seconds(600), default=0.0, help="Seconds that creating a cluster takes.")
@nodes_option
def up(stack: str, delay: float, nodes: str | None) -> None:
    """Start the sandbox if needed and bring a stack up in it, to the end."""
    _check_stack(stack)
    began = time.monotonic()
    home = Home.default()
    kind = chosen(home, nodes, unfit(PROJECT, stack))
    engine.prepare(home, bring(kind))
    daemon.start(home, delay, kind)
    if engine.show_pulumi(home, ["up", "--stack", stack, "--yes", "--suppress-outputs"]) != 0:
        click.echo(
            f"\npulumi up -s {stack} failed; what exists is kept. Mend the cause and run it again, "
            f"or take it down with: make down STACK={stack}",
            err=True,
        )
        sys.exit(1)
    _print_summary(home, stack, time.monotonic() - began)


def _print_summary(home: Home, stack: str, seconds: float) -> None:
    console = Console()
    state = json.loads(engine.pulumi(home, ["stack", "export", "--stack", stack]).stdout)
    kinds: dict[str, int] = {}
    for resource in state["deployment"].get("resources") or []:
        kinds[resource["type"]] = kinds.get(resource["type"], 0) + 1
    table = Table("what", "how many", title=f"built by pulumi up -s {stack} in {duration(seconds)}")
    for kind, count in sorted(kinds.items()):
        table.add_row(kind, str(count))
    console.print(table)
    outputs = json.loads(engine.pulumi(home, ["stack", "output", "--stack", stack, "--json"]).stdout)
    steps = list(outputs.pop("nextSteps", []))
    table = Table("output", "value", title="outputs")
    for name, value in sorted(outputs.items()):
        table.add_row(name, Text(value if isinstance(value, str) else json.dumps(value)))
    console.print(table)
    console.print('Try next, after: eval "$(bin/labctl sandbox env)"', markup=False, highlight=False)
    for step in [*steps[:2], f"pulumi preview --stack {stack} --expect-no-changes"]:
        console.print(f"  {step}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"Take it down again: make down{'' if stack == 'byocni' else f' STACK={stack}'}", markup=False
    )


@click.command()
@_stack
def down(stack: str) -> None:
    """Destroy a stack and stop the sandbox; nothing it started is left running."""
    _check_stack(stack)
    home = Home.default()
    if not home.backend.exists():
        click.echo("there is no sandbox here, so nothing to take down")
        return
    engine.prepare(home, ensure())
    daemon.start(home)
    if engine.show_pulumi(home, ["destroy", "--stack", stack, "--yes"]) != 0:
        click.echo(
            f"\npulumi destroy -s {stack} failed; the sandbox still runs, so that you can look: "
            f"`labctl doctor {stack}` names what stayed and how to remove it",
            err=True,
        )
        sys.exit(1)
    others = _stacks_with_resources(home, stack)
    daemon.stop(home)
    click.echo(f"stack {stack} is destroyed and the sandbox is stopped")
    if others:
        click.echo(f"still to be destroyed, after the next start: {', '.join(others)}")


def _stacks_with_resources(home: Home, but: str) -> list[str]:
    listing = json.loads(engine.pulumi(home, ["stack", "ls", "--json"]).stdout)
    return [item["name"] for item in listing if item.get("resourceCount") and item["name"] != but]
