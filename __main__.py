"""The program that `pulumi` runs: settings, rules, resources, outputs. No resource is declared here."""

from __future__ import annotations

import pulumi

from components.compose import compose
from components.event_log import keep_secrets_out
from labs import rules
from labs.errors import LabError
from labs.settings import read_settings


def main() -> None:
    """Build the stack, or refuse it with one message before any resource exists."""
    keep_secrets_out()
    try:
        settings = read_settings()
        rules.check(settings)
        outputs = compose(settings)
    except LabError as error:
        # The language host prints the text of a RunError and nothing of Python's own.
        raise pulumi.RunError(str(error)) from error
    for name, value in outputs.items():
        pulumi.export(name, value)


if __name__ == "__main__":
    main()
