"""Stacks of the tests: one throw-away project a module, destroyed at the end whatever happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sandbox import engine
from sandbox.home import Home
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab, Outcome, make_project


def running(home: Home, toolbox: Toolbox, folder: Path, stack: str) -> Iterator[Lab]:
    """Yield a stack of the real program; destroy it afterwards."""
    project = make_project(folder / "calico-labs")
    engine.prepare(home, toolbox, project)
    lab = Lab(home, project, stack)
    yield lab
    lab.run("destroy")


def operations(outcome: Outcome) -> dict[str, str]:
    """Return resource name -> operation of everything that was not left alone."""
    return {urn.rsplit("::", 1)[1]: operation for urn, operation in outcome.changed.items()}


def replaced(outcome: Outcome) -> list[str]:
    """Return the resources that an operation replaced; no step of a course may."""
    return [name for name, operation in operations(outcome).items() if "replace" in operation]
