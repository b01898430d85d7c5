"""A cluster in memory: objects by path, as an API server has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

from checks.api import Api
from checks.errors import ApiError
from checks.lab import Lab
from checks.stack import read_lab
from checks.traffic.session import Session

PROJECT = Path(__file__).resolve().parents[2]
Body = dict[str, Any]


class FakeApi:
    """Answers from a dictionary; what it is not told about is not there."""

    server = "https://fake"

    def __init__(self, objects: Mapping[str, Body] | None = None) -> None:
        self.objects: dict[str, Body] = dict(objects or {})
        self.calls: list[tuple[str, str]] = []
        self.refusals: dict[str, ApiError] = {}
        self.executed: list[tuple[str, Sequence[str]]] = []
        self.answers: dict[str, str] = {}
        """What a pod says to any command, by the pod's name."""
        self.log_lines: dict[str, list[str]] = {}
        """What a pod has written, by the path of its log."""

    def get(self, path: str) -> Body | None:
        self.calls.append(("GET", path))
        if path in self.refusals:
            raise self.refusals[path]
        return deepcopy(self.objects.get(path))

    def list(self, path: str, **query: str) -> list[Body]:
        self.calls.append(("LIST", path))
        if path in self.refusals:
            raise self.refusals[path]
        found = [body for key, body in self.objects.items() if _is_item(key, path)]
        selector = query.get("labelSelector", "")
        return [deepcopy(body) for body in found if _selected(body, selector)]

    def create(self, path: str, body: Body) -> Body:
        self.calls.append(("CREATE", f"{path}/{body['metadata']['name']}"))
        if path in self.refusals:
            raise self.refusals[path]
        self.objects[f"{path}/{body['metadata']['name']}"] = deepcopy(body)
        return body

    def delete(self, path: str) -> None:
        self.calls.append(("DELETE", path))
        if path in self.refusals:
            raise self.refusals[path]
        self.objects.pop(path, None)

    def logs(self, namespace: str, pod: str, container: str, lines: int) -> str:
        written = self.log_lines.get(f"/api/v1/namespaces/{namespace}/pods/{pod}/log", [])
        return "\n".join(written[-lines:])

    def execute(
        self,
        namespace: str,
        pod: str,
        container: str,
        command: Sequence[str],
        seconds: float,
        stop: Callable[[], bool] = lambda: False,
    ) -> str:
        self.executed.append((f"{namespace}/{pod}", command))
        return self.answers.get(pod, "")


def _is_item(key: str, path: str) -> bool:
    """Tell whether a key is an object of a collection, in any namespace if the collection names none."""
    folder, _, name = key.rpartition("/")
    if folder == path:
        return bool(name)
    head, _, plural = path.rpartition("/")
    return (
        folder.startswith(f"{head}/namespaces/")
        and folder.endswith(f"/{plural}")
        and "/namespaces/" not in path
    )


def _selected(body: Body, selector: str) -> bool:
    labels = body["metadata"].get("labels") or {}
    for part in filter(None, selector.split(",")):
        key, _, value = part.partition("=")
        if key.startswith("!"):
            if key[1:] in labels:
                return False
        elif ("=" in part and labels.get(key) != value) or ("=" not in part and key not in labels):
            return False
    return True


def lab_of(stack: str, api: FakeApi, traffic: Session | None = None) -> Lab:
    """Return a committed stack over a cluster in memory."""
    return read_lab(PROJECT, stack, cast(Api, api), traffic)


def node(name: str, os: str = "linux", port: int = 10250, ready: str = "True", **more: Any) -> Body:
    """Return a node; port 0 makes it a simulated one."""
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/os": os}, **more},
        "status": {
            "conditions": [{"type": "Ready", "status": ready}],
            "addresses": [{"type": "InternalIP", "address": "10.224.0.4"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            "nodeInfo": {"kernelVersion": "10.0.20348.1"},
        },
    }


def with_nodes(*nodes: Body) -> FakeApi:
    """Return a cluster that has only nodes."""
    return FakeApi({f"/api/v1/nodes/{body['metadata']['name']}": body for body in nodes})
