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
    in_backend: bool = True
    """Whether Pulumi's backend has the stack; one that it has not may still have left something in Azure."""

    def has(self, type: str) -> bool:
        """Tell whether a resource of a type is in the state."""
        return any(unversioned(str(resource["type"])) == type for resource in self.resources)

    def has_lost(self, urn: str) -> bool:
        """Tell whether a resource was deleted to be replaced, and its successor is still to come."""
        return any(item["urn"] == urn and item.get("pendingReplacement") for item in self.resources)


def read_state(project: Path, stack: str, environment: Mapping[str, str]) -> StackState:
    """Read the state; secrets stay sealed, so no passphrase is needed. One that the backend does not have is empty.

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
        if _is_absent(project, stack, environment):
            return StackState((), (), in_backend=False)
        raise CannotLookError(f"pulumi gives no state of {stack}: {' '.join(result.stderr.split())}")
    return parse(result.stdout)


def _is_absent(project: Path, stack: str, environment: Mapping[str, str]) -> bool:
    """Tell whether the backend answers and does not have the stack; any other answer leaves it open."""
    listing = ask(
        ["pulumi", "stack", "ls", "--json"],
        _SECONDS,
        f"pulumi could not be asked whether there is a stack {stack}",
        folder=project,
        environment=environment,
    )
    try:
        names = [str(entry["name"]).rpartition("/")[2] for entry in json.loads(listing.stdout)]
    except (ValueError, TypeError, KeyError):
        return False
    return listing.returncode == 0 and stack not in names


def parse(text: str) -> StackState:
    """Read what `pulumi stack export` printed."""
    deployment = json.loads(text)["deployment"]
    return StackState(
        tuple(deployment.get("resources") or ()),
        tuple((item["type"], item["resource"]) for item in deployment.get("pending_operations") or ()),
    )
