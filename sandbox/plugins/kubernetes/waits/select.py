"""Which condition an object has to meet: the program's own, the built-in one of its kind, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.plugins.kubernetes import body as bodies
from sandbox.plugins.kubernetes.api import Api
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.waits import custom
from sandbox.plugins.kubernetes.waits.condition import Condition
from sandbox.plugins.kubernetes.waits.network import Ingress, Service
from sandbox.plugins.kubernetes.waits.storage import Claim, Volume
from sandbox.plugins.kubernetes.waits.workloads import DaemonSet, Deployment, Job, Pod, StatefulSet

_BUILT_IN: Mapping[tuple[str, str], Callable[[Api, str], Condition]] = {
    ("apps/v1", "Deployment"): Deployment,
    ("apps/v1", "DaemonSet"): DaemonSet,
    ("apps/v1", "StatefulSet"): StatefulSet,
    ("batch/v1", "Job"): lambda api, _: Job(api),
    ("networking.k8s.io/v1", "Ingress"): lambda _, name: Ingress(name),
    ("v1", "PersistentVolume"): lambda _, __: Volume(),
    ("v1", "PersistentVolumeClaim"): lambda api, _: Claim(api),
    ("v1", "Pod"): lambda _, name: Pod(name),
    ("v1", "Service"): Service,
}

_SKIP_ON_DELETE = {
    ("v1", "Namespace"),
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "Job"),
}
"""Kinds whose deletion `skipAwait` does not wait for either; for all others it only concerns create and
update.
"""


def _built_in(api: Api, live: Body) -> Condition | None:
    make = _BUILT_IN.get((str(live.get("apiVersion")), str(live.get("kind"))))
    return make(api, bodies.name(live)) if make else None


def at_this_moment(api: Api, inputs: Body, live: Body) -> Condition | None:
    """Return what a refresh looks at once: only the conditions that a kind brings along, as in the real provider."""
    if bodies.is_true(inputs, bodies.SKIP_AWAIT) or bodies.annotation(live, bodies.WAIT_FOR):
        return None
    found = _built_in(api, live)
    if isinstance(found, Service):
        found.settle_seconds = 0.0  # nobody waits here, so what is quiet now counts as settled
    return found


def condition(api: Api, inputs: Body, live: Body) -> Condition | None:
    """Return what create and update wait for; a custom resource is ready at once unless the program says otherwise."""
    if bodies.is_true(inputs, bodies.SKIP_AWAIT):
        return None
    wanted = bodies.annotation(live, bodies.WAIT_FOR)
    return custom.parse(wanted, api) if wanted else _built_in(api, live)


def waits_for_deletion(inputs: Body) -> bool:
    kind = (str(inputs.get("apiVersion")), str(inputs.get("kind")))
    return not (bodies.is_true(inputs, bodies.SKIP_AWAIT) and kind in _SKIP_ON_DELETE)
