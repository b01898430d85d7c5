"""The root command. Every option can also be given as `CALICO_LABS_<COMMAND>_<OPTION>` in the environment."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import NoReturn

import click

from labctl import check_commands, doctor_commands, lab, preview_commands, reach_commands, sandbox_commands
from labs.errors import shown
from sandbox.errors import SandboxError

EXIT_ENVIRONMENT = 3
EXIT_BROKEN_PIPE = 141
"""What a shell reports of a program that SIGPIPE ended."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "CALICO_LABS"})
def main() -> None:
    """Calico labs, offline: run a stack in the sandbox, look at it, take it down."""


main.add_command(sandbox_commands.sandbox)
main.add_command(lab.up)
main.add_command(lab.down)
main.add_command(check_commands.check)
main.add_command(doctor_commands.doctor)
main.add_command(preview_commands.preview)
main.add_command(preview_commands.previews)
main.add_command(reach_commands.reach)


def run() -> None:
    """Run the command line; an error that somebody outside can mend is one line, never a traceback."""
    stdout = sys.stdout
    try:
        main(prog_name="labctl", standalone_mode=False)
    except SystemExit as ended:
        # When nobody reads on, click (which then puts something else there) and rich end the program with 1, and that
        # means that a lab or a check failed.
        if sys.stdout is not stdout or isinstance(ended.__context__, BrokenPipeError):
            sys.exit(EXIT_BROKEN_PIPE)
        raise
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except SandboxError as error:
        click.echo(f"labctl: {error}", err=True)
        sys.exit(EXIT_ENVIRONMENT)
    except OSError as error:
        # A path that was named, such as the file to write a report to, cannot be used; the rest of the message is ours.
        if error.filename is None:
            _end_without_output(error)
        problem, remedy = ("started", "install it") if _of_a_program(error) else ("used", "name another path")
        click.echo(
            f"labctl: {shown(error.filename)} cannot be {problem}: {error.strerror}; {remedy}", err=True
        )
        sys.exit(EXIT_ENVIRONMENT)


def _end_without_output(error: OSError) -> NoReturn:
    """End where standard output cannot be written; any other error without a file is a fault of ours."""
    if error.errno not in (errno.EPIPE, errno.ENOSPC):
        raise error
    # Or Python would try once more when it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        sys.exit(EXIT_BROKEN_PIPE)
    click.echo(f"labctl: standard output cannot be written: {error.strerror}", err=True)
    sys.exit(EXIT_ENVIRONMENT)


def _of_a_program(error: OSError) -> bool:
    """Tell whether a program could not be started, for which `subprocess` raises what opening a file raises."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_globals.get("__name__") == "subprocess"
