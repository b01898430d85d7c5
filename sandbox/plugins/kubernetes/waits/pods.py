"""Why the pods of a workload are not ready, in the words of the kubelet and the scheduler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.kubernetes.api import Api
from sandbox.plugins.kubernetes.body import Body, full_name, namespace
from sandbox.plugins.kubernetes.waits.condition import find, spec, status

_SHOWN = 5  # pods of one workload tend to fail alike


def of_selector(api: Api, live: Body) -> list[str]:
    """Return the problems of the pods that the workload's selector matches."""
    labels = (spec(live).get("selector") or {}).get("matchLabels") or {}
    if not labels:
        return []
    query = {"labelSelector": ",".join(f"{key}={value}" for key, value in sorted(labels.items()))}
    pods = api.get(f"/api/v1/namespaces/{namespace(live)}/pods", query).get("items") or []
    found = [text for pod in pods for text in problems(pod)]
    if not pods:
        return [f"no pod matches its selector {query['labelSelector']}"]
    return found[:_SHOWN] + ([f"... and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else [])


def problems(pod: Body) -> list[str]:
    """Return what keeps a pod from being ready; nothing if it is."""
    ready = find(pod, "Ready")
    if status(pod).get("phase") == "Succeeded" or (ready and ready.get("status") == "True"):
        return []
    prefix = f"[Pod {full_name(pod).removeprefix('default/')}]: "
    scheduled = find(pod, "PodScheduled")
    if scheduled and scheduled.get("status") != "True" and scheduled.get("message"):
        return [prefix + str(scheduled["message"])]
    parts = [str(ready["message"])] if ready and ready.get("message") else []
    for key in ("initContainerStatuses", "containerStatuses"):
        for container in status(pod).get(key) or []:
            parts += _container(container)
    return [prefix + "; ".join(parts or [f"phase {status(pod).get('phase', 'unknown')}"])]


def _container(container: Mapping[str, Any]) -> list[str]:
    if container.get("ready"):
        return []
    state = container.get("state") or {}
    waiting, terminated = state.get("waiting") or {}, state.get("terminated") or {}
    if waiting.get("reason") and waiting["reason"] != "ContainerCreating":
        return [f"[{waiting['reason']}] {waiting.get('message', '')}".rstrip()]
    if terminated.get("reason"):
        return [f'container "{container.get("name")}" completed with exit code {terminated.get("exitCode")}']
    return []
