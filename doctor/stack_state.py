"""What Pulumi's state says about a stack: its resources, and what was going on when the last run ended."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doctor.errors import CannotLookError
from doctor.programs import ask

_SECONDS = 120


def unversioned(type: str) -> str:
    """Return a type without the API version that azure-native puts into the name of a package for one.

    `azure-native_containerservice_v20260502preview:containerservice:ManagedCluster` is a ManagedCluster.
    """
    return re.sub(r"^azure-native_[a-z]+_v[0-9]{8}[a-z]*:", "azure-native:", type)


@dataclass(frozen=True)
class StackState:
    """A stack's deployment."""

    resources: tuple[Mapping[str, Any], ...]
    pending: tuple[tuple[str, Mapping[str, Any]], ...]
    """Operations that were begun and never ended: (`creating`, `updating`, `deleting`, ..., resource)."""

    def has(self, type: str) -> bool:
        """Tell whether a resource of a type is in the state."""
        return any(unversioned(str(resource["type"])) == type for resource in self.resources)

    def has_lost(self, urn: str) -> bool:
        """Tell whether a resource was deleted to be replaced, and its successor is still to come."""
        return any(item["urn"] == urn and item.get("pendingReplacement") for item in self.resources)


def read_state(project: Path, stack: str, environment: Mapping[str, str]) -> StackState:
    """Read the state; secrets stay sealed, so no passphrase is needed.

    Raises:
        CannotLookError: Pulumi does not give it.
    """
    result = ask(
        ["pulumi", "stack", "export", "--stack", stack],
        _SECONDS,
        f"pulumi could not be asked for the state of {stack}",
        folder=project,
        environment=environment,
    )
    if result.returncode != 0:
        raise CannotLookError(f"pulumi gives no state of {stack}: {' '.join(result.stderr.split())}")
    return parse(result.stdout)


def parse(text: str) -> StackState:
    """Read what `pulumi stack export` printed."""
    deployment = json.loads(text)["deployment"]
    return StackState(
        tuple(deployment.get("resources") or ()),
        tuple((item["type"], item["resource"]) for item in deployment.get("pending_operations") or ()),
    )
