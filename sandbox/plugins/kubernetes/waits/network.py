"""Service and Ingress."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.plugins.kubernetes.api import Api
from sandbox.plugins.kubernetes.body import Body, name, namespace
from sandbox.plugins.kubernetes.errors import ApiError
from sandbox.plugins.kubernetes.waits.condition import Look, spec, status

_SETTLE_SECONDS = 10.0
_NO_PODS = (
    "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not "
    "match labels on any Pods"
)
_NO_ADDRESS = "Service was not allocated an IP address; does your cloud provider support this?"


@dataclass
class Service:
    """Its endpoints are ready and, for a load balancer, it has an address.

    As in the real provider a Service that selects no pod at all passes once its endpoints have been quiet for
    10 s: a program may well create it before its Deployment.
    """

    api: Api
    object_name: str
    settle_seconds: float = _SETTLE_SECONDS
    now: Callable[[], float] = time.monotonic
    what: str = "endpoints and address"
    _seen: str = field(default="", init=False)
    _since: float = field(default=0.0, init=False)

    @property
    def failure(self) -> str:
        return f"'{self.object_name}' timed out waiting to be Ready"

    def look(self, live: Body) -> Look:
        ready, quiet = self._endpoints(live)
        if not (ready or quiet):
            return Look(False, "[1/3] Finding Pods to direct traffic to")
        if _needs_address(live):
            return Look(False, "[2/3] Attempting to allocate IP address to Service")
        return Look(True)

    def _endpoints(self, live: Body) -> tuple[bool, bool]:
        """Return whether some endpoint is ready and none pending, and whether nothing has happened for a while."""
        if not _has_pods(live):
            return True, True
        try:
            found = self.api.get(f"/api/v1/namespaces/{namespace(live)}/endpoints/{name(live)}")
        except ApiError as error:
            if not error.not_found:
                raise
            return False, False
        subsets = found.get("subsets") or []
        if any(subset.get("notReadyAddresses") for subset in subsets):
            return False, False
        if any(subset.get("addresses") for subset in subsets):
            return True, True
        version = str((found.get("metadata") or {}).get("resourceVersion"))
        if version != self._seen:
            self._seen, self._since = version, self.now()
        return False, self.now() - self._since >= self.settle_seconds

    def problems(self, live: Body) -> list[str]:
        found = [] if self._endpoints(live)[0] else [_NO_PODS]
        return found + ([_NO_ADDRESS] if _needs_address(live) else [])


def _has_pods(live: Body) -> bool:
    """Tell whether pods are to be waited for: not for headless, external or selector-less Services."""
    settings = spec(live)
    return (
        settings.get("type") != "ExternalName"
        and settings.get("clusterIP") != "None"
        and bool(settings.get("selector"))
    )


def _needs_address(live: Body) -> bool:
    return spec(live).get("type") == "LoadBalancer" and not _ingress(live)


def _ingress(live: Body) -> bool:
    return bool((status(live).get("loadBalancer") or {}).get("ingress"))


@dataclass(frozen=True)
class Ingress:
    """It has an address."""

    object_name: str
    what: str = "an address"

    @property
    def failure(self) -> str:
        return f"'{self.object_name}' timed out waiting to be Ready"

    def look(self, live: Body) -> Look:
        return Look(_ingress(live), "Waiting for update of .status.loadBalancer with hostname/IP")

    def problems(self, live: Body) -> list[str]:
        return ["Ingress .status.loadBalancer field was not updated with a hostname/IP address."]
