"""A lab in a throw-away sandbox, driven by plain `pulumi` commands; what tests look at is state, never log text."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import engine
from sandbox.home import PROJECT, Home
from sandbox.kube_api import KubeApi

PROGRAM = ("__main__.py", "labs", "components", "apps", "policies", ".venv")
"""What a project of the lab links to; Pulumi's own files are copied, since commands write to them."""


@dataclass(frozen=True)
class Outcome:
    """What one engine operation did."""

    exit_code: int
    changes: dict[str, int]
    """Operation -> number of resources, as the engine counts them at the end (`same`, `create`, `update`, ...)."""
    changed: dict[str, str]
    """URN -> operation, for every resource that was not left alone."""
    errors: str
    """What the engine reported as errors to the user."""
    events: str
    """The whole event log, as JSON lines."""


class Lab:
    """One stack of one project in one sandbox."""

    def __init__(self, home: Home, project: Path, stack: str) -> None:
        self.home = home
        self.project = project
        self.stack = stack

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return engine.pulumi(self.home, [*arguments, "--stack", self.stack], self.project)

    def run(self, operation: str, *arguments: str) -> Outcome:
        """Run `up`, `refresh` or `destroy` to its end and return what it did."""
        result = self.pulumi(operation, "--yes", "--skip-preview", "--json", *arguments)
        return _outcome(result)

    def up(self, *arguments: str) -> Outcome:
        return self.run("up", *arguments)

    def must_up(self, *arguments: str) -> Outcome:
        outcome = self.up(*arguments)
        assert outcome.exit_code == 0, outcome.errors
        return outcome

    def preview_finds_no_changes(self) -> None:
        result = self.pulumi("preview", "--expect-no-changes", "--json")
        assert result.returncode == 0, result.stdout[-3000:]

    def export(self) -> dict[str, Any]:
        """Return the stack's deployment as `pulumi stack export` gives it, secrets encrypted."""
        return dict(json.loads(self.pulumi("stack", "export").stdout)["deployment"])

    def resources(self) -> list[dict[str, Any]]:
        return list(self.export().get("resources") or [])

    def outputs(self, *arguments: str) -> dict[str, Any]:
        return dict(json.loads(self.pulumi("stack", "output", "--json", *arguments).stdout))

    def kubeconfig(self) -> str:
        return str(self.outputs("--show-secrets")["kubeconfig"])

    def api(self) -> KubeApi:
        return KubeApi(self.kubeconfig())

    def azure(self) -> dict[str, Any]:
        """Return what the Azure stand-in holds, by ARM id in lower case."""
        if not self.home.arm_store.exists():
            return {}
        stored = json.loads(self.home.arm_store.read_text(encoding="utf-8"))["resources"]
        return {resource["id"].lower(): resource for resource in stored}


def make_project(folder: Path, main: str | None = None) -> Path:
    """Make a project folder that runs the lab's program, or `main` instead of `__main__.py`."""
    folder.mkdir()
    for part in PROGRAM:
        if not (part == "__main__.py" and main is not None):
            (folder / part).symlink_to(PROJECT / part)
    if main is not None:
        (folder / "__main__.py").write_text(main, encoding="utf-8")
    for file in PROJECT.glob("Pulumi*.yaml"):
        shutil.copyfile(file, folder / file.name)
    return folder


def _outcome(result: subprocess.CompletedProcess[str]) -> Outcome:
    changes: dict[str, int] = {}
    changed: dict[str, str] = {}
    errors: list[str] = []
    for line in result.stdout.splitlines():
        if not line.startswith("{"):
            continue
        event = json.loads(line)
        if "summaryEvent" in event:
            changes = dict(event["summaryEvent"].get("resourceChanges") or {})
        if "resOutputsEvent" in event:
            metadata = event["resOutputsEvent"]["metadata"]
            if metadata["op"] not in ("same", "read", "refresh"):
                changed[metadata["urn"]] = metadata["op"]
        diagnostic = event.get("diagnosticEvent")
        if diagnostic and diagnostic.get("severity") == "error":
            errors.append(diagnostic["message"])
    if not result.stdout.strip():
        errors.append(result.stderr)
    return Outcome(result.returncode, changes, changed, "\n".join(errors), result.stdout)
