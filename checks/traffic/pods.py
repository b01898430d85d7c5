"""The probe pods: made once for a run, labelled with it, and taken away again in reverse order.

A probe pod wears the labels of the workload whose place it takes, so that the same policies hold for it. Its readiness
gate is never fulfilled, so no Service ever sends it traffic, and it ends by itself if nobody deletes it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from checks.api import Api, Body
from checks.errors import ApiError, CouldNotTestError
from checks.traffic.ends import Source

LABEL = "calico-labs.check/run"
IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.53"
CONTAINER = "probe"
LIFETIME = 1800
"""Seconds after which a pod that nobody deleted ends."""
_LONGEST = 63
"""Characters of a pod's name that its host name has room for."""
_START_SECONDS = 120.0
_POLL = 0.5
_POLICIES = (
    "/apis/projectcalico.org/v3/globalnetworkpolicies",
    "/apis/crd.projectcalico.org/v1/globalnetworkpolicies",
)

_KINDS = {"globalnetworkpolicies": "GlobalNetworkPolicy", "pods": "Pod", "namespaces": "Namespace"}


def pod_name(source: Source, run: str) -> str:
    """Return the name of the pod that asks for a source; a hash keeps apart what is cut or written otherwise."""
    wanted = f"{source.name}-{source.node}" if source.node else source.name
    name = f"check-{run}-" + re.sub(r"[^a-z0-9]+", "-", wanted.lower())
    if len(name) <= _LONGEST and name.endswith(f"-{wanted}"):
        return name
    digest = sha256(wanted.encode()).hexdigest()[:8]
    return f"{name[: _LONGEST - 1 - len(digest)].rstrip('-')}-{digest}"


def namespace_body(name: str, run: str) -> Body:
    """Return the namespace that outsiders run in."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {LABEL: run}}}


def pod_body(source: Source, run: str, image: str) -> Body:
    """Return the pod that asks for a source."""
    spec: Body = {
        "automountServiceAccountToken": False,
        "serviceAccountName": source.service_account,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 0,
        "activeDeadlineSeconds": LIFETIME,
        "readinessGates": [{"conditionType": "calico-labs.check/never-ready"}],
        "nodeSelector": {"kubernetes.io/os": "linux"},
        # Names are given in full, and a lookup that a policy drops should cost seconds, not half a minute.
        "dnsConfig": {
            "options": [
                {"name": "ndots", "value": "1"},
                {"name": "timeout", "value": "1"},
                {"name": "attempts", "value": "2"},
            ]
        },
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": CONTAINER,
                "image": image,
                "args": ["pause"],
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                "resources": {"requests": {"cpu": "5m", "memory": "16Mi"}, "limits": {"memory": "128Mi"}},
            }
        ],
    }
    if source.node:
        # In the node's own network no policy holds for it: it shows that the other end listens.
        spec |= {"hostNetwork": True, "nodeName": source.node, "tolerations": [{"operator": "Exists"}]}
        del spec["nodeSelector"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": pod_name(source, run),
            "namespace": source.namespace,
            "labels": {**source.labels, LABEL: run},
        },
        "spec": spec,
    }


@dataclass
class Made:
    """What a run has created, in order; `remove` takes it away in reverse."""

    api: Api
    paths: list[str] = field(default_factory=list)

    def create(self, collection: str, body: Body) -> None:
        """Create an object and remember it, even if the answer is lost on the way."""
        self.paths.append(f"{collection}/{body['metadata']['name']}")
        self.api.create(collection, body)

    def remove(self) -> list[str]:
        """Delete everything; return what could not be deleted, as messages."""
        failures = []
        while self.paths:
            path = self.paths.pop()
            try:
                self.api.delete(path)
            except ApiError as error:
                failures.append(f"{path} is still there ({error}); labctl check --clean removes it")
        return failures


def pods_path(namespace: str) -> str:
    """Return the path of a namespace's pods."""
    return f"/api/v1/namespaces/{namespace}/pods"


def wait_running(
    api: Api,
    sources: Sequence[Source],
    run: str,
    seconds: float = _START_SECONDS,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Body]:
    """Wait until the pods' containers run; return them by the source's name.

    Raises:
        CouldNotTestError: one does not start in time, or the run is to stop.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = {
            source.name: api.get(f"{pods_path(source.namespace)}/{pod_name(source, run)}")
            for source in sources
        }
        waiting = {name: pod for name, pod in found.items() if not _runs(pod)}
        if not waiting:
            return {name: pod for name, pod in found.items() if pod is not None}
        if stop():
            raise CouldNotTestError("the run was interrupted")
        if time.monotonic() > deadline:
            name, pod = next(iter(waiting.items()))
            raise CouldNotTestError(f"probe pod of {name} did not start in {seconds:.0f} s: {_why(pod)}")
        time.sleep(_POLL)


def _runs(pod: Body | None) -> bool:
    statuses = (pod or {}).get("status", {}).get("containerStatuses") or []
    return bool(
        statuses and "running" in (statuses[0].get("state") or {}) and (pod or {})["status"].get("podIP")
    )


def _why(pod: Body | None) -> str:
    if pod is None:
        return "it is gone"
    statuses = pod.get("status", {}).get("containerStatuses") or []
    waiting = (statuses[0].get("state") or {}).get("waiting") if statuses else None
    if waiting:
        return f"{waiting.get('reason')} {waiting.get('message', '')}".strip()
    for item in pod.get("status", {}).get("conditions") or []:
        if item.get("status") == "False" and item.get("message"):
            return str(item["message"])
    return str(pod.get("status", {}).get("phase", "no status"))


def clean(api: Api) -> tuple[list[str], list[str]]:
    """Delete whatever any run has left, the last made first; return what was deleted, and what could not be."""
    gone: list[str] = []
    failures: list[str] = []
    for folder in (*_POLICIES, "/api/v1/pods", "/api/v1/namespaces"):
        try:
            for item in _left(api, folder):
                meta = item["metadata"]
                place = pods_path(meta["namespace"]) if folder == "/api/v1/pods" else folder
                api.delete(f"{place}/{meta['name']}")
                namespace = f"{meta['namespace']}/" if "namespace" in meta else ""
                gone.append(f"{_KINDS[folder.rpartition('/')[2]]} {namespace}{meta['name']}")
        except ApiError as error:  # the rest may still go
            failures.append(f"{folder} cannot be cleaned up: {error}")
    return list(dict.fromkeys(gone)), failures


def _left(api: Api, path: str) -> list[Body]:
    """Return what carries the label and is not on its way out already."""
    found = api.list(path, labelSelector=LABEL)
    return [item for item in found if "deletionTimestamp" not in item["metadata"]]
