"""PersistentVolume and PersistentVolumeClaim, by their phase."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.plugins.kubernetes.api import Api
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.errors import ApiError
from sandbox.plugins.kubernetes.waits.condition import Look, spec, status
from sandbox.plugins.kubernetes.waits.until import TIMED_OUT


@dataclass(frozen=True)
class Volume:
    """Available or bound."""

    what: str = "phase Available or Bound"
    failure: str = TIMED_OUT

    def look(self, live: Body) -> Look:
        return Look(status(live).get("phase") in ("Available", "Bound"))

    def problems(self, live: Body) -> list[str]:
        return []


@dataclass(frozen=True)
class Claim:
    """Bound; or pending, where the storage class binds only when a pod comes."""

    api: Api
    what: str = "phase Bound"
    failure: str = TIMED_OUT

    def look(self, live: Body) -> Look:
        phase = status(live).get("phase")
        return Look(phase == "Bound" or (phase == "Pending" and self._waits_for_consumer(live)))

    def _waits_for_consumer(self, live: Body) -> bool:
        storage_class = spec(live).get("storageClassName")
        if not storage_class:
            return False
        try:
            found = self.api.get(f"/apis/storage.k8s.io/v1/storageclasses/{storage_class}")
        except ApiError as error:
            if not error.not_found:
                raise
            return False
        return bool(found.get("volumeBindingMode") == "WaitForFirstConsumer")

    def problems(self, live: Body) -> list[str]:
        return []
