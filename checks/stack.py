"""What a stack should be, from the very files that the program reads; and its kubeconfig, from the stack's outputs.

The files are read as they are now: a setting that was changed and not deployed yet makes checks fail, which is right,
for the cluster is not what the stack says.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.errors import EnvironmentUnusableError, UsageError
from labs import next_steps
from labs.deployed import read_deployed
from labs.errors import shown
from labs.foreign_yaml import ForeignYamlError, read_text
from labs.manifests import Manifest
from labs.policy_sets import in_group
from labs.reading import settings_from
from labs.settings import LabSettings
from labs.strict_yaml import load_documents

_PULUMI_SECONDS = 120


@dataclass(frozen=True)
class Intention:
    """Everything a stack's files say about it."""

    settings: LabSettings
    app: tuple[Manifest, ...]
    policies: tuple[Manifest, ...]
    policy_files: tuple[Manifest, ...]
    other_policy_files: tuple[Manifest, ...]


def read_intention(project: Path, stack: str) -> Intention:
    """Read a stack of a project folder.

    Raises:
        UsageError: there is no such stack.
        LabError: a setting or a manifest is not acceptable.
    """
    settings = settings_from(_config(project, stack), stack)
    found = read_deployed(project, settings)
    return Intention(
        settings,
        found.app,
        tuple(in_group(found.policies, settings.calico_api_group)),
        found.policies,
        found.other_policies,
    )


def _config(project: Path, stack: str) -> Mapping[str, str]:
    known = stacks_of(project)
    if stack not in known:
        raise UsageError(
            f"the stack is '{shown(stack)}' but {shown(project)} has no Pulumi.{shown(stack)}.yaml; choose one of "
            f"{shown(', '.join(known))}"
        )
    path = project / f"Pulumi.{stack}.yaml"
    try:
        documents = load_documents(read_text(path), path.name)
    except ForeignYamlError as error:
        raise UsageError(f"{path} {error.problem}; make it a stack file again") from None
    body: Any = documents[0].value if documents else {}
    config = body.get("config") if isinstance(body, dict) else None
    if not isinstance(config, dict):
        config = {}
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
        # Secrets cannot be read without the stack's passphrase, and no check looks at one.
        if not (isinstance(value, dict) and "secure" in value)
    }


def stacks_of(project: Path) -> list[str]:
    """Return the stacks that a project has files for.

    Raises:
        UsageError: there is none.
    """
    try:
        found = sorted(
            p.name.removeprefix("Pulumi.").removesuffix(".yaml") for p in project.glob("Pulumi.*.yaml")
        )
    except OSError as error:
        raise UsageError(
            f"--project is '{shown(project)}' but it cannot be read: {error.strerror}; name the project's folder"
        ) from error
    if not found:
        raise UsageError(
            f"{shown(project)} has no Pulumi.<stack>.yaml; name the project's folder with --project"
        )
    return found


def kubeconfig_of(project: Path, stack: str, environment: Mapping[str, str]) -> str:
    """Return the kubeconfig that is the stack's secret output.

    Raises:
        EnvironmentUnusableError: Pulumi does not give it: the stack is not up, or cannot be decrypted.
    """
    command = ["pulumi", "stack", "output", next_steps.KUBECONFIG_OUTPUT, "--show-secrets", "--stack", stack]
    try:
        result = subprocess.run(
            command,
            cwd=project,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PULUMI_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise EnvironmentUnusableError(
            f"stack {stack} gives no kubeconfig: pulumi is not on the PATH"
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentUnusableError(
            f"pulumi could not be asked for the kubeconfig of {stack}: {error}"
        ) from error
    if result.returncode != 0 or not result.stdout.strip():
        said = " ".join(result.stderr.split()) or "it has no such output"
        raise EnvironmentUnusableError(
            f"stack {stack} gives no kubeconfig: {said}; bring it up first, or name a cluster with --kubeconfig"
        )
    return result.stdout
