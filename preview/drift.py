"""What Azure has that the code does not say: `python -m preview.drift < preview.json`, from `preview --refresh --json`.

A refresh of azure-native brings defaults, etags and fields that the service has added, and the engine calls each an
update (pulumi-azure-native#2245, #2798); `changes.py` leaves them out, and drift is what differs in an input of ours.
It also lists a pool that is a resource of its own in the cluster's body (pulumi-azure-native#579), which is no drift.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from guardrails.stack_resource import default_type
from labs.markdown import visible
from preview.changes import CLUSTER, changes_of

_AGENT_POOL = "azure-native:containerservice:AgentPool"


def drift(preview: Mapping[str, Any]) -> list[str]:
    """Return one line a drifted resource, and one a value."""
    lines = []
    for change in changes_of(_without_separate_pools(preview.get("steps") or [])):
        lines.append(f"{change.operation.word} {change.type} {change.name}")
        lines += [f"    {line}" for line in change.lines]
    return [visible(line) for line in lines]


def _without_separate_pools(steps: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Take the pools that are resources of their own out of what a refresh wrote into the cluster."""
    separate = {
        state["inputs"]["agentPoolName"]
        for step in steps
        for state in (step.get("oldState"), step.get("newState"))
        if state and default_type(str(state.get("type"))) == _AGENT_POOL
    }
    return [_without(step, separate) if "oldState" in step else step for step in steps]


def _without(step: Mapping[str, Any], pools: Collection[str]) -> Mapping[str, Any]:
    state = step["oldState"] or {}
    profiles = (state.get("inputs") or {}).get("agentPoolProfiles")
    if default_type(str(state.get("type"))) != CLUSTER or not profiles:
        return step
    kept = [profile for profile in profiles if profile.get("name") not in pools]
    return {**step, "oldState": {**state, "inputs": {**state["inputs"], "agentPoolProfiles": kept}}}


def main() -> int:
    """Print the drift; exit code 1 if there is any."""
    lines = drift(json.load(sys.stdin))
    print("\n".join(lines) if lines else "no drift")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
