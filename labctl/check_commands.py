"""`labctl check`: does a lab do what its files say, allowed and denied. Thin over `checks/`.

Every option is also `CALICO_LABS_CHECK_<OPTION>`, several values of one separated by spaces. Exit codes: 0 nothing is
wrong, 1 a check failed, 2 the question makes no sense, 3 the cluster cannot be looked at or something could not be
tested, 130 interrupted.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from labctl.options import Seconds, clear_results
from labs.errors import LabError
from sandbox import daemon, engine
from sandbox.home import PROJECT, Home

if TYPE_CHECKING:
    from rich.console import Console

    from checks.api import Api
    from checks.lab import Lab
    from checks.traffic.script import Probe
    from checks.traffic.session import Session

EXIT_USAGE = 2
EXIT_ENVIRONMENT = 3
_FORMATS = ("text", "json", "junit", "markdown")


def _option(*names: str, **settings: Any) -> Callable[[Any], Any]:
    """Declare an option that `--help` shows with its environment variable, which is named after the option."""
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    variable = f"CALICO_LABS_CHECK_{long.removeprefix('--').replace('-', '_').upper()}"
    return click.option(*names, envvar=variable, show_envvar=True, **settings)


@click.command()
@click.argument("stack", default="byocni", envvar="CALICO_LABS_CHECK_STACK")
@_option(
    "--project",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROJECT,
    help="Folder of the Pulumi project.",
)
@_option(
    "--kubeconfig",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Look at the cluster of this file instead of the stack's own.",
)
@_option("--context", help="Context in that file; needed if it has more than one.")
@_option(
    "--sandbox/--no-sandbox",
    "in_sandbox",
    default=None,
    help="Ask the sandbox's Pulumi for the stack's kubeconfig; default: if the sandbox runs.",
)
@_option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help="Only checks of these names, with * and ?; !PATTERN leaves out. May be repeated.",
)
@_option(
    "--list",
    "list_only",
    is_flag=True,
    help="List the checks of the stack, or those of --only; needs no cluster.",
)
@_option("--traffic/--no-traffic", default=True, show_default=True, help="Send packets from probe pods.")
@_option(
    "--full",
    is_flag=True,
    help="Look at the traffic without the lab's policies too; opens the lab for some seconds.",
)
@_option(
    "--outside",
    multiple=True,
    metavar="HOST:PORT",
    help="Addresses outside the cluster to try where a policy closes some. May be repeated.",
)
@_option("--probe-image", help="Image of the probe pods; it has /agnhost and a shell.")
@_option(
    "--patience",
    type=Seconds(600),
    default=30.0,
    show_default=True,
    help="Seconds that something which differs is looked at again.",
)
@_option(
    "--output",
    "--format",
    "output",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="How to tell the results.",
)
@_option(
    "--output-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write them there instead; the terminal still gets the text.",
)
@_option("--clean", is_flag=True, help="Only remove what a killed run has left.")
def check(
    stack: str,
    project: Path,
    kubeconfig: Path | None,
    context: str | None,
    in_sandbox: bool | None,
    only: tuple[str, ...],
    list_only: bool,
    traffic: bool,
    full: bool,
    outside: tuple[str, ...],
    probe_image: str | None,
    patience: float,
    output: str,
    output_file: Path | None,
    clean: bool,
) -> None:
    """Prove a running lab: its cluster, Calico, application and policies, allowed and denied.

    STACK names what the cluster should be; its kubeconfig comes from the stack's secret output unless one is named.
    Exit codes: 0 nothing is wrong, 1 a check failed, 2 the question makes no sense, 3 the cluster cannot be looked at
    or something could not be tested.
    """
    from checks.errors import CheckError, UsageError

    if context and not kubeconfig:
        raise click.UsageError(
            "--context is given but --kubeconfig is not; the stack's own kubeconfig has one context"
        )
    if list_only and clean:
        raise click.UsageError("--list is given with --clean; take one of them, neither runs a check")
    if list_only or clean:
        mode = "--list" if list_only else "--clean"
        for flag, given in (("--output", output != "text"), ("--output-file", output_file)):
            if given:
                raise click.UsageError(
                    f"{flag} is given with {mode}; it is about results, and {mode} has none"
                )
        if clean and only:
            raise click.UsageError("--only is given with --clean; it chooses checks, and --clean runs none")
    if not traffic:
        for flag, given in (
            ("--full", full),
            ("--outside", bool(outside)),
            ("--probe-image", bool(probe_image)),
        ):
            if given:
                raise click.UsageError(f"{flag} is given with --no-traffic; it is about traffic")
    if output_file and output == "text":
        raise click.UsageError(
            "--output-file is given but --output is 'text'; set it to json, junit or markdown"
        )
    session = _session(traffic, full, outside, probe_image, patience)
    try:
        if list_only:
            _list(project, stack, session, only)
        elif clean:
            sys.exit(_clean(_lab(project, stack, kubeconfig, context, in_sandbox, session, only)))
        else:
            clear_results("--output-file", output_file)
            lab = _lab(project, stack, kubeconfig, context, in_sandbox, session, only)
            first = _before_by_hand(lab, in_sandbox)
            sys.exit(_run(lab, session, only, patience, output, output_file, first))
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    except LabError as error:
        click.echo(f"labctl: {error}", err=True)
        sys.exit(EXIT_USAGE)
    except CheckError as error:
        click.echo(f"labctl: {error}", err=True)
        sys.exit(EXIT_ENVIRONMENT)


def _session(
    traffic: bool, full: bool, outside: tuple[str, ...], image: str | None, patience: float
) -> Session | None:
    if not traffic:
        return None
    from checks.traffic.session import Options, Session

    options = Options(run=secrets.token_hex(3), patience=patience, full=full)
    if image:
        options.image = image
    if outside:
        options.outside = [_outside(text) for text in outside]
    return Session(options)


def _outside(text: str) -> Probe:
    from checks.traffic.script import Probe

    match = re.fullmatch(r"(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})", text)
    if not match or int(match[2]) > 65535 or any(int(part) > 255 for part in match[1].split(".")):
        raise click.UsageError(
            f"--outside is '{text}' but not an IPv4 address and a port; write one such as 192.0.2.1:53"
        )
    return Probe(match[1], int(match[2]))


def _lab(
    project: Path,
    stack: str,
    kubeconfig: Path | None,
    context: str | None,
    in_sandbox: bool | None,
    session: Session | None,
    only: tuple[str, ...],
) -> Lab:
    from checks import kubeconfig as configs
    from checks.api import Api
    from checks.catalogue import checks_of, choose
    from checks.stack import read_lab

    # First: a stack or check that is misspelt is said at once.
    lab = read_lab(project, stack, _nobody(), session)
    choose(checks_of(lab), only)
    text = _kubeconfig_of(project, stack, in_sandbox) if kubeconfig is None else configs.read_file(kubeconfig)
    api = Api(*configs.choose(text, context, kubeconfig.parent if kubeconfig else None))
    api.greet()
    return replace(lab, api=api, kubeconfig=str(kubeconfig or ""), context=context or "")


def _nobody() -> Api:
    """Stand in for the API server where nothing is asked: what a lab is follows from its files alone."""
    return cast("Api", None)


def _kubeconfig_of(project: Path, stack: str, in_sandbox: bool | None) -> str:
    """Ask Pulumi for the stack's kubeconfig: the sandbox's, or the user's as it is."""
    from checks.errors import EnvironmentUnusableError
    from checks.stack import kubeconfig_of

    home = Home.default()
    runs = daemon.running(home) is not None
    if in_sandbox and not runs:
        raise EnvironmentUnusableError(f"--sandbox is given but the sandbox does not run; {_bring_up(stack)}")
    try:
        with _status(f"asking Pulumi for the kubeconfig of {stack}"):
            inside = runs and in_sandbox is not False
            return kubeconfig_of(project, stack, engine.full_environment(home) if inside else os.environ)
    except EnvironmentUnusableError as error:
        hint = "" if runs else f"; the sandbox does not run either: {_bring_up(stack)}"
        raise EnvironmentUnusableError(f"{error}{hint}") from error


def _status(what: str) -> AbstractContextManager[object]:
    """Tell what is waited for, on a terminal; it goes away again."""
    from rich.console import Console

    console = Console(stderr=True)
    return console.status(what) if console.is_terminal else nullcontext()


def _before_by_hand(lab: Lab, in_sandbox: bool | None) -> str:
    """Return what a reader does before the commands by hand work: write the kubeconfig that they name."""
    from labs.next_steps import next_steps

    if lab.kubeconfig:
        return ""
    inside = daemon.running(Home.default()) is not None and in_sandbox is not False
    command = next_steps(lab.settings)[0]
    return f'eval "$(bin/labctl sandbox env)"; {command}' if inside else command


def _bring_up(stack: str) -> str:
    return f"`make up STACK={stack}` starts it and brings the stack up in it"


def _list(project: Path, stack: str, session: Session | None, only: tuple[str, ...]) -> None:
    from checks.catalogue import checks_of, choose
    from checks.stack import read_lab

    found = choose(checks_of(read_lab(project, stack, _nobody(), session)), only)
    width = max(len(item.name) for item in found)
    for item in found:
        click.echo(f"{item.name.ljust(width)}  {item.proves}")


def _clean(lab: Lab) -> int:
    from checks.traffic.pods import clean

    gone, failures = clean(lab.api)
    for what in gone:
        click.echo(f"removed {what}")
    for failure in failures:
        click.echo(f"labctl: {failure}", err=True)
    if not failures:
        click.echo(f"{len(gone)} left-over object(s) removed" if gone else "nothing is left over")
    return EXIT_ENVIRONMENT if failures else 0


def _clean_up(session: Session | None) -> list[str]:
    """Remove what the run has made; a second Ctrl-C does not stop that, for it takes seconds and leaves pods behind."""
    if session is None:
        return []
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return session.close()
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _end(session: Session | None, console: Console) -> None:
    """Let an interrupted run end soon, and say so; the next Ctrl-C would only leave its pods behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if session is not None:
        session.stop()
    console.print("interrupted: waiting for what was just asked, then removing what this run has made")


def _run(
    lab: Lab,
    session: Session | None,
    only: tuple[str, ...],
    patience: float,
    output: str,
    output_file: Path | None,
    first: str,
) -> int:
    from rich.console import Console

    from checks.catalogue import checks_of, choose
    from checks.output import live, machine, text
    from checks.runner import run_all

    signal.signal(signal.SIGTERM, _interrupt)  # what `kill`, a CI job's cancellation and `timeout` send
    chosen = choose(checks_of(lab), only)
    quiet = output != "text" and output_file is None
    console = Console(stderr=quiet)
    if not quiet:
        head = text.head(lab.settings.stack, lab.api.server, len(chosen))
        console.print(head, markup=False, highlight=False, soft_wrap=True)
    try:
        with live.progress(console, chosen, quiet) as progress:
            report = run_all(chosen, lab, patience, progress.told, interrupted=lambda: _end(session, console))
    finally:
        left = _clean_up(session)
        for message in left:
            click.echo(f"labctl: {message}", err=True)
    if left:
        report = replace(report, left_over=tuple(left))
    if output != "text":
        told = machine.FORMATS[output](report)
        if output_file is None:
            click.echo(told)
        else:
            output_file.write_text(told + "\n", encoding="utf-8")
    if not quiet:
        for line in text.failures(report, lab, first):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        console.print(text.summary(report), markup=False, highlight=False, soft_wrap=True)
    return report.exit_code
