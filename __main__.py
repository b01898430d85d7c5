"""The program that `pulumi` runs: settings, rules, resources, outputs. No resource is declared here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi

from components.compose import compose
from components.event_log import keep_secrets_out
from labs import rules
from labs.errors import LabError
from labs.settings import read_settings


async def main() -> Mapping[str, Any]:
    """Build the stack and return its outputs, or refuse it with one message before any resource exists."""
    keep_secrets_out()
    try:
        settings = read_settings()
        rules.check(settings)
        outputs = compose(settings)
    except LabError as error:
        # The language host prints the text of a RunError and nothing of Python's own.
        raise pulumi.RunError(str(error)) from error
    # Let every registration begin. The SDK waits for those that have; for others it asks all outputs again and again,
    # which with a thousand policies was two thirds of a preview (pulumi 3.255, runtime/stack.py, wait_for_rpcs).
    await asyncio.sleep(0)
    return outputs


if __name__ == "__main__":
    pulumi.run(main)
