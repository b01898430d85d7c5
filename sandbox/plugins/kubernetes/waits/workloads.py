"""Deployment, DaemonSet, StatefulSet, Pod and Job."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.plugins.kubernetes.api import Api
from sandbox.plugins.kubernetes.body import Body, name
from sandbox.plugins.kubernetes.waits import pods
from sandbox.plugins.kubernetes.waits.condition import Look, current, find, is_true, shown, spec, status
from sandbox.plugins.kubernetes.waits.until import TIMED_OUT


@dataclass(frozen=True)
class _Workload:
    """What the three have in common: a controller that must have seen the object, and pods."""

    api: Api
    object_name: str

    @property
    def what(self) -> str:
        return "the rollout"

    @property
    def failure(self) -> str:
        return f"'{self.object_name}' timed out waiting to be Ready"

    def problems(self, live: Body) -> list[str]:
        return pods.of_selector(self.api, live)


@dataclass(frozen=True)
class Deployment(_Workload):
    """Rolled out: the controller has seen it, the new ReplicaSet is complete and available."""

    def look(self, live: Body) -> Look:
        wanted = spec(live).get("replicas", 1)
        updated, available = status(live).get("updatedReplicas", 0), status(live).get("availableReplicas", 0)
        if not current(live) or "observedGeneration" not in status(live):
            return Look(False, "Waiting for the controller to see the Deployment")
        progressing = find(live, "Progressing")
        # A paused Deployment, and one without a deadline, have no such condition.
        rolled_out = progressing is None or progressing.get("reason") == "NewReplicaSetAvailable"
        if updated >= wanted and available >= wanted and is_true(live, "Available") and rolled_out:
            return Look(True)
        return Look(False, f"Waiting for app ReplicaSet be available ({available}/{wanted} Pods available)")

    def problems(self, live: Body) -> list[str]:
        minimum = "Minimum number of Pods to consider the application live was not attained"
        found = [] if is_true(live, "Available") else [minimum]
        return found + super().problems(live)


@dataclass(frozen=True)
class DaemonSet(_Workload):
    """A pod of the current template is available on every node that should have one."""

    def look(self, live: Body) -> Look:
        state = status(live)
        if not current(live) or "observedGeneration" not in state:
            return Look(False, "Waiting for the controller to see the DaemonSet")
        wanted = state.get("desiredNumberScheduled", 0)
        updated, available = state.get("updatedNumberScheduled", 0), state.get("numberAvailable", 0)
        if updated >= wanted and available >= wanted and state.get("numberReady", 0) >= wanted:
            return Look(True)
        return Look(False, f"Available: {available}/{wanted}, updated: {updated}/{wanted}")


@dataclass(frozen=True)
class StatefulSet(_Workload):
    """All replicas are ready, of the current revision."""

    def look(self, live: Body) -> Look:
        state = status(live)
        if not current(live) or "observedGeneration" not in state:
            return Look(False, "Waiting for the controller to see the StatefulSet")
        wanted = spec(live).get("replicas", 1)
        ready = state.get("readyReplicas", 0)
        on_delete = (spec(live).get("updateStrategy") or {}).get("type") == "OnDelete"
        same = on_delete or state.get("currentRevision") == state.get("updateRevision")
        updated = (
            wanted == 0 or max(state.get("updatedReplicas", 0), state.get("currentReplicas", 0)) >= wanted
        )
        if ready >= wanted and same and updated:
            return Look(True)
        return Look(False, f"Waiting for StatefulSet to create Pods ({ready}/{wanted} Pods ready)")


@dataclass(frozen=True)
class Pod:
    """Ready, or ended well."""

    object_name: str
    what: str = "readiness"

    @property
    def failure(self) -> str:
        return f"'{self.object_name}' timed out waiting to be Ready"

    def look(self, live: Body) -> Look:
        if is_true(live, "Ready") or status(live).get("phase") == "Succeeded":
            return Look(True)
        return Look(False, f'Waiting for Pod "{name(live)}" to be ready')

    def problems(self, live: Body) -> list[str]:
        return pods.problems(live)


@dataclass(frozen=True)
class Job:
    """Complete. A failed Job stays failed, and the wait goes to its end as for everything else."""

    api: Api
    what: str = "completion"
    failure: str = TIMED_OUT

    def look(self, live: Body) -> Look:
        if is_true(live, "Complete"):
            return Look(True)
        failed = find(live, "Failed")
        return Look(False, shown(failed) if failed else f'Waiting for Job "{name(live)}" to succeed')

    def problems(self, live: Body) -> list[str]:
        return pods.of_selector(self.api, live)
