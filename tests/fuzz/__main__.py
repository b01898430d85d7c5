"""`python -m tests.fuzz`: feed targets from the command line and say what became of the inputs."""

from __future__ import annotations

import contextlib
import sys
import time
import traceback

import click

from tests.fuzz.all_targets import TARGETS
from tests.fuzz.run import feed
from tests.preview.comment_runner import NODE

_EXIT_FOUND = 1
_EXIT_UNUSABLE = 3
_MEMORY = 8 * 1024**3
"""Bytes of address space; a run takes less than a tenth of it."""
_LINES, _WIDTH = 40, 400
"""How much of an input is shown."""


@click.command()
@click.option("--inputs", type=click.IntRange(1), default=100_000, show_default=True, help="Inputs a target.")
@click.option("--seed", type=int, default=20261127, show_default=True, help="Seed; the same gives the same.")
@click.option(
    "--target", "named", multiple=True, type=click.Choice(sorted(TARGETS)), help="Only this target."
)
def main(inputs: int, seed: int, named: tuple[str, ...]) -> None:
    """Feed bad input; exit 1 if anything but an answer or a clear refusal comes out, 3 if a target cannot run."""
    names = named or tuple(sorted(TARGETS))
    # Before hours of the other targets: a missing program is no finding, and a target left out is no pass.
    if "comments" in names and NODE is None:
        click.echo(
            "comments cannot run: there is no node on the PATH; install Node.js, which runs the script that posts "
            "comments, or name the other targets with --target"
        )
        sys.exit(_EXIT_UNUSABLE)
    _limit_memory()
    found = False
    for name in names:
        began = time.monotonic()
        try:
            done = feed(TARGETS[name], inputs, seed)
        except Exception as error:
            _tell(error)
            click.echo(f"{name}: FOUND something with seed {seed}, see above")
            found = True
            continue
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(done.outcomes.items()))
        click.echo(
            f"{name}: {done.inputs} inputs with seed {seed}: {counts}; slowest {done.slowest:.2f} s, "
            f"{time.monotonic() - began:.0f} s in all"
        )
    sys.exit(_EXIT_FOUND if found else 0)


def _limit_memory() -> None:
    """Let an input that would take all memory fail by itself, where the system has such a limit."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, most))


def _tell(error: Exception) -> None:
    """Print where it happened, what, and the beginning of the input."""
    lines = [*traceback.format_tb(error.__traceback__)[-4:], f"{type(error).__name__}: {error}"]
    notes = "\n".join(getattr(error, "__notes__", [])).splitlines()[:_LINES]
    for line in "\n".join([*lines, *notes]).splitlines():
        click.echo(line if len(line) <= _WIDTH else f"{line[:_WIDTH]} ...")


if __name__ == "__main__":
    main()
