"""`labctl preview` and `labctl previews`: what a change does, and every stack as it is. Thin over `preview/`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from labctl.options import clear_results
from labs.errors import LabError
from preview import revisions
from preview.errors import PreviewError
from preview.every_stack import AT_ONCE, every_stack
from preview.report import failures, render
from preview.run import preview as previewed
from reach.revisions import commit_of
from sandbox.home import PROJECT
from sandbox.tools import ENGINE, ensure


@click.command()
@click.option("--base", required=True, help="Revision to compare with, for example origin/main.")
@click.option("--head", default="", help="Revision to preview; without it the work tree as it is.")
@click.option("--stack", "-s", multiple=True, help="Only this stack; can be given several times.")
@click.option(
    "--markdown",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report into this file instead of printing it.",
)
@click.option("--allow-replace", is_flag=True, help="Do not fail when a stack would lose its cluster.")
def preview(base: str, head: str, stack: tuple[str, ...], markdown: Path | None, allow_replace: bool) -> None:
    """Show what changes, what traffic opens or closes, and which guard rails break; needs no cluster.

    Exits with 1 if head cannot be previewed, a cluster would be lost, or a guard rail is newly broken.
    """
    clear_results("--markdown", markdown)
    try:
        base_commit = commit_of(PROJECT, base)
        head_commit = commit_of(PROJECT, head) if head else ""
        stacks = previewed(
            PROJECT,
            ensure(only=ENGINE),
            base_commit,
            head_commit,
            stack,
            said=lambda name: click.echo(f"previewing {name}", err=True),
        )
    except (PreviewError, LabError) as error:
        raise click.UsageError(str(error)) from error
    text = render(
        base_commit[:12], head_commit[:12] or revisions.WORK_TREE, stacks, replacing_allowed=allow_replace
    )
    if markdown is None:
        click.echo(text, nl=False)
    else:
        markdown.write_text(text, encoding="utf-8")
    if failures(stacks, replacing_allowed=allow_replace):
        sys.exit(1)


@click.command()
@click.option("--stack", "-s", multiple=True, help="Only this stack; can be given several times.")
@click.option(
    "--at-once",
    type=click.IntRange(1, 16),
    default=AT_ONCE,
    show_default=True,
    help="Stacks to preview at the same time.",
)
def previews(stack: tuple[str, ...], at_once: int) -> None:
    """Preview every stack of the work tree from nothing, and say how long each took; needs no cluster.

    Exits with 1 if a stack cannot be previewed.
    """
    try:
        found = every_stack(
            PROJECT,
            ensure(only=ENGINE),
            stack,
            at_once,
            said=lambda one: click.echo(f"previewed {one.stack}", err=True),
        )
    except (PreviewError, LabError) as error:
        raise click.UsageError(str(error)) from error
    table = Table("stack", "resources", "seconds")
    for one in found.stacks:
        table.add_row(one.stack, "failed" if one.errors else str(one.resources), f"{one.seconds:.1f}")
    table.add_section()
    total = "" if any(one.errors for one in found.stacks) else str(sum(one.resources for one in found.stacks))
    table.add_row(f"all {len(found.stacks)}, {at_once} at a time", total, f"{found.seconds:.1f}")
    Console().print(table)
    for one in found.stacks:
        for problem in one.errors:
            click.echo(f"{one.stack}: {problem}", err=True)
    if any(one.errors for one in found.stacks):
        sys.exit(1)
