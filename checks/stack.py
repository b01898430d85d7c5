"""What a stack should be, from the very files that the program reads; and its kubeconfig, from the stack's outputs.

The files are read as they are now: a setting that was changed and not deployed yet makes checks fail, which is right,
for the cluster is not what the stack says.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from checks.api import Api
from checks.errors import EnvironmentUnusableError
from checks.lab import Lab
from labs import next_steps
from labs.deployed import read_deployed
from labs.policy_sets import in_group
from labs.stack_files import settings_of

if TYPE_CHECKING:
    from checks.traffic.session import Session

_PULUMI_SECONDS = 120


def read_lab(project: Path, stack: str, api: Api, traffic: Session | None = None) -> Lab:
    """Read what a stack of a project folder should be, to be checked through an API server.

    Raises:
        LabError: there is no such stack, or a setting or a manifest is not acceptable.
    """
    settings = settings_of(project, stack)
    files = read_deployed(project, settings)
    return Lab(
        settings,
        api,
        files.app,
        in_group(files.policies, settings.calico_api_group),
        files.policies,
        files.other_policies,
        traffic,
    )


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
