"""`labctl reach`: who can reach whom in a lab, why, and what a change does to it. Offline, from the files alone."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from labs.errors import LabError
from reach.casefiles.run import run_files
from reach.diff import compare
from reach.ends import find_points, parse_port
from reach.engine import Engine
from reach.errors import ReachError
from reach.explain import explain as explain_flow
from reach.exposure import exposures
from reach.lint import lint as lint_lab
from reach.matrix import full_matrix
from reach.render import diff_text, matrix_html, matrix_text
from reach.revisions import WORK_TREE, project_at
from reach.topology import Lab, load_lab

EXIT_FOUND = 1
EXIT_USAGE = 2
_P = ParamSpec("_P")
_R = TypeVar("_R")

_FORMATS = ("text", "json", "markdown", "html")
_root = click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(__file__).resolve().parents[1],
    help="Project folder.  [default: the one labctl is part of]",
)
_output = click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead."
)


def _format(*choices: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    return click.option(
        "--format",
        "format",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help="How the answer is written.",
    )


def _one_line_errors(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Turn what `labs` and `reach` refuse into a usage error without a traceback."""

    @functools.wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return command(*args, **kwargs)
        except LabError as error:
            click.echo(f"labctl: {error}", err=True)
            sys.exit(EXIT_USAGE)
        except OSError as error:
            if error.filename is None:  # of no file, but of where the answer goes
                raise
            click.echo(f"labctl: {error.filename}: {error.strerror}", err=True)
            sys.exit(EXIT_USAGE)

    return wrapped


def _emit(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    elif str(output) in _FORMATS:
        raise click.UsageError(
            f"--output is '{output}' but that is a format; write --format {output}, or give the file another name"
        )
    else:
        output.write_text(text, encoding="utf-8")
        click.echo(f"wrote {output}")


@click.group()
def reach() -> None:
    """Who can reach whom: judge policies offline, from the files that a stack deploys."""


@reach.command()
@click.argument("stack")
@_format(*_FORMATS)
@_output
@_root
@_one_line_errors
def matrix(stack: str, format: str, output: Path | None, project: Path) -> None:
    """Show which traffic gets from every workload to every other, and from outside."""
    lab = load_lab(project, stack)
    found = full_matrix(Engine(lab.cluster))
    write = {
        "text": matrix_text.as_text,
        "json": matrix_text.as_json,
        "markdown": matrix_text.as_markdown,
        "html": matrix_html.as_html,
    }[format]
    _emit(write(f"Who can reach whom in {stack}", found, exposures(found.engine, lab.entry_points)), output)


@reach.command()
@click.argument("stack")
@click.argument("source", metavar="FROM")
@click.argument("destination", metavar="TO")
@click.argument("port", required=False)
@_format("text", "json")
@_root
@_one_line_errors
def explain(stack: str, source: str, destination: str, port: str | None, format: str, project: Path) -> None:
    """Say which policy, rule, tier end or profile decides, on both sides.

    FROM and TO are namespace/workload, a workload's name, outside, nodes, "pod range" or an address.
    PORT is 80, udp/53, 53/UDP, icmp or protocol/47; without it all traffic is explained.
    """
    engine = Engine(load_lab(project, stack).cluster)
    found = explain_flow(
        engine,
        find_points(engine, source),
        find_points(engine, destination),
        parse_port(port) if port else None,
    )
    write = diff_text.explanation_as_json if format == "json" else diff_text.explanation_as_text
    _emit(write(f"{source} -> {destination}{f' {port}' if port else ''}", found), None)


@reach.command()
@click.argument("base")
@click.argument("head", default=WORK_TREE)
@click.option("--stack", "-s", default="byocni", show_default=True, help="Stack to compare.")
@_format("text", "json", "markdown")
@_output
@_root
@_one_line_errors
def diff(base: str, head: str, stack: str, format: str, output: Path | None, project: Path) -> None:
    """Show the traffic that opens or closes from git revision BASE to HEAD (default: the files as they are)."""
    with project_at(project, base) as before, project_at(project, head) as after:
        found = compare(_lab_at(before, stack, base), _lab_at(after, stack, head))
    write = {
        "text": diff_text.diff_as_text,
        "json": diff_text.diff_as_json,
        "markdown": diff_text.diff_as_markdown,
    }[format]
    _emit(write(f"{stack}: traffic from {base} to {_named(head)}", found), output)


def _named(revision: str) -> str:
    return "the work tree" if revision == WORK_TREE else revision


def _lab_at(folder: Path, stack: str, revision: str) -> Lab:
    """Load a lab of one of two revisions; an error says of which, and names files as they are called there."""
    try:
        return load_lab(folder, stack)
    except LabError as error:
        raise ReachError(f"in {_named(revision)}: {str(error).replace(f'{folder}/', '')}") from error


@reach.command()
@click.argument("stack")
@_format("text", "json", "markdown")
@_output
@_root
@_one_line_errors
def lint(stack: str, format: str, output: Path | None, project: Path) -> None:
    """List what is legal in a stack's policies but most likely not meant; exit 1 if there is any."""
    findings = lint_lab(load_lab(project, stack))
    write = {
        "text": diff_text.findings_as_text,
        "json": diff_text.findings_as_json,
        "markdown": diff_text.findings_as_markdown,
    }[format]
    _emit(write(findings), output)
    if findings:
        sys.exit(EXIT_FOUND)


@reach.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--verbose", "-v", is_flag=True, help="Also show what is as expected, with its reason.")
@_one_line_errors
def cases(files: tuple[Path, ...], verbose: bool) -> None:
    """Run files of cases; exit 1 on a mismatch or an unexpected refusal."""
    counts = run_files(iter(files), click.echo, verbose=verbose)
    if counts.selectors or counts.objects:
        click.echo(f"selectors={counts.selectors} objects={counts.objects}")
    click.echo(counts.last_line)
    if counts.failed:
        sys.exit(EXIT_FOUND)
