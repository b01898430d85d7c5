"""`labctl sandbox fault ...`: let the sandbox's Azure go wrong on purpose, and see what comes of it."""

from __future__ import annotations

import click

from labctl.options import Seconds
from sandbox import faults
from sandbox.arm.faults import MOMENTS, Fault, Kind
from sandbox.home import Home


@click.group()
def fault() -> None:
    """Let the sandbox's Azure go wrong on purpose: throttle, refuse, fail late, lose an answer."""


@fault.command()
@click.argument("moment", type=click.Choice(MOMENTS), metavar="MOMENT")
@click.argument("kind", type=click.Choice([str(kind) for kind in Kind]), metavar="KIND")
@click.option(
    "--times", type=click.IntRange(1, 100), default=1, show_default=True, help="How many requests it meets."
)
@click.option(
    "--seconds",
    type=Seconds(600),
    default=1.0,
    show_default=True,
    help="Of `throttled`, its Retry-After; of `fails-late`, how much longer the operation takes.",
)
def add(moment: str, kind: str, times: int, seconds: float) -> None:
    """Arm a fault: labctl sandbox fault add cluster-create fails-late.

    MOMENT is a resource and what is done with it: group, network, subnet, role, cluster or pool, then -create, -read,
    -update or -delete; or credentials. KIND is throttled (429), busy (409), server-error (500), forbidden (403), quota,
    fails-late or answer-lost. A restart of the sandbox forgets all faults.
    """
    for item in faults.arm(Home.default(), Fault(moment, Kind(kind), times, seconds)):
        click.echo(told(item))


@fault.command(name="list")
def list_armed() -> None:
    """Show the faults that will still happen."""
    found = faults.armed(Home.default())
    for item in found:
        click.echo(told(item))
    if not found:
        click.echo("no fault is armed")


@fault.command()
def clear() -> None:
    """Take all faults back."""
    faults.disarm(Home.default())
    click.echo("no fault is armed")


def told(item: Fault) -> str:
    """Return a fault in one line."""
    seconds = f", {item.seconds:g} s" if item.kind in (Kind.THROTTLED, Kind.FAILS_LATE) else ""
    return f"{item.moment}: {item.kind}, {item.times} time{'' if item.times == 1 else 's'}{seconds}"
