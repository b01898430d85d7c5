"""An API server in memory, with the two methods of `sandbox.plugins.kubernetes.api.Api`.

Knows plain create, read, merge, replace and delete, and a server-side apply that merges without looking at
managers. What needs the real thing (managers, strict decoding, schemas) is tested against the real thing.
"""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.plugins.kubernetes.api import APPLY_PATCH, JSON_PATCH
from sandbox.plugins.kubernetes.errors import ApiError

Body = dict[str, Any]
Hook = Callable[[Body | None], Any]

BUILT_IN = {
    "v1": (
        ("ConfigMap", "configmaps", True),
        ("Endpoints", "endpoints", True),
        ("Namespace", "namespaces", False),
        ("Pod", "pods", True),
        ("Secret", "secrets", True),
        ("Service", "services", True),
        ("ServiceAccount", "serviceaccounts", True),
    ),
    "apps/v1": (("DaemonSet", "daemonsets", True), ("Deployment", "deployments", True)),
    "apiextensions.k8s.io/v1": (("CustomResourceDefinition", "customresourcedefinitions", False),),
    "networking.k8s.io/v1": (("NetworkPolicy", "networkpolicies", True),),
    "rbac.authorization.k8s.io/v1": (
        ("ClusterRole", "clusterroles", False),
        ("ClusterRoleBinding", "clusterrolebindings", False),
        ("RoleBinding", "rolebindings", True),
    ),
}
OPERATOR = {
    "operator.tigera.io/v1": (
        ("Installation", "installations", False),
        ("APIServer", "apiservers", False),
        ("TigeraStatus", "tigerastatuses", False),
    )
}


class FakeApi:
    """Objects by path; every request is recorded, and a hook may answer it instead."""

    def __init__(self) -> None:
        self.kinds: dict[str, tuple[tuple[str, str, bool], ...]] = dict(BUILT_IN)
        self.objects: dict[str, Body] = {}
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self._hooks: list[tuple[str, re.Pattern[str], Hook]] = []
        self._versions = itertools.count(1)
        for namespace in ("default", "kube-system"):
            self.put(f"/api/v1/namespaces/{namespace}", {"apiVersion": "v1", "kind": "Namespace"})

    def on(self, method: str, path: str, hook: Hook) -> None:
        """Let the hook answer requests whose path matches; it may raise, or return None to let them through."""
        self._hooks.append((method, re.compile(path), hook))

    def put(self, path: str, body: Body) -> Body:
        """Place an object, as a controller would."""
        namespace = re.search(r"/namespaces/([^/]+)/", path)
        metadata = {
            **body.get("metadata", {}),
            "name": path.rsplit("/", 1)[-1],
            **({"namespace": namespace[1]} if namespace else {}),
        }
        metadata.setdefault("uid", f"uid-{next(self._versions)}")
        metadata["resourceVersion"] = str(next(self._versions))
        self.objects[path] = {**copy.deepcopy(body), "metadata": metadata}
        return self.objects[path]

    def sent(self, method: str, path: str = "") -> list[tuple[dict[str, str], Any]]:
        """Return query and body of the recorded requests of that method whose path matches."""
        return [
            (query, body)
            for verb, target, query, body in self.requests
            if verb == method and re.search(path, target)
        ]

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        return self.request("GET", path, query=query)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Any:
        self.requests.append((method, path, dict(query or {}), copy.deepcopy(body)))
        for verb, pattern, hook in self._hooks:
            if verb == method and pattern.search(path):
                answer = hook(body)
                if answer is not None:
                    return copy.deepcopy(answer)
        handler = getattr(self, f"_{method.lower()}")
        return copy.deepcopy(handler(path, dict(query or {}), copy.deepcopy(body), content_type))

    def _get(self, path: str, query: dict[str, str], body: Any, content_type: str) -> Any:
        if path == "/version":
            return {"major": "1", "minor": "34"}
        listed = self.kinds.get(path.removeprefix("/apis/").removeprefix("/api/"))
        if listed is not None:
            return {
                "resources": [
                    entry
                    for kind, plural, namespaced in listed
                    for entry in (
                        {"kind": kind, "name": plural, "namespaced": namespaced},
                        {"kind": kind, "name": f"{plural}/status", "namespaced": namespaced},
                    )
                ]
            }
        if path in self.objects:
            return self.objects[path]
        if any(path.endswith(f"/{plural}") for group in self.kinds.values() for _, plural, _ in group):
            return {"items": [item for item in self._within(path) if _selected(item, query)]}
        raise not_found(path)

    def _within(self, path: str) -> list[Body]:
        return [
            item
            for key, item in sorted(self.objects.items())
            if re.fullmatch(re.escape(path) + r"/[^/]+", key)
        ]

    def _post(self, path: str, query: dict[str, str], body: Any, content_type: str) -> Any:
        namespace = re.fullmatch(r".*/namespaces/([^/]+)/[^/]+", path)
        if namespace and f"/api/v1/namespaces/{namespace[1]}" not in self.objects:
            raise not_found(f"/api/v1/namespaces/{namespace[1]}")
        target = f"{path}/{body['metadata']['name']}"
        if target in self.objects:
            name = body["metadata"]["name"]
            raise ApiError(f'{path.rsplit("/", 1)[-1]} "{name}" already exists', 409, "AlreadyExists")
        return self._stored(target, body, query)

    def _put(self, path: str, query: dict[str, str], body: Any, content_type: str) -> Any:
        if path not in self.objects:
            raise not_found(path)
        return self._stored(path, body, query)

    def _patch(self, path: str, query: dict[str, str], body: Any, content_type: str) -> Any:
        live = self.objects.get(path)
        if live is None and content_type != APPLY_PATCH:
            raise not_found(path)
        if content_type == JSON_PATCH:
            changed = copy.deepcopy(live or {})
            for step in body:
                changed["metadata"][step["path"].rsplit("/", 1)[-1]] = step["value"]
            return self._stored(path, changed, query)
        return self._stored(path, _merged(live or {}, body), query)

    def _delete(self, path: str, query: dict[str, str], body: Any, content_type: str) -> Any:
        if path not in self.objects:
            raise not_found(path)
        if not self.objects[path]["metadata"].get("finalizers"):
            del self.objects[path]
        return {"kind": "Status", "status": "Success"}

    def _stored(self, path: str, body: Body, query: dict[str, str]) -> Body:
        known = self.objects.get(path)
        stored = self.put(path, body)
        if query.get("dryRun"):
            if known is None:
                del self.objects[path]
            else:
                self.objects[path] = known
        return stored


def not_found(path: str) -> ApiError:
    plural, name = path.rsplit("/", 2)[-2:]
    return ApiError(f'{plural} "{name}" not found', 404, "NotFound", {"kind": plural, "name": name})


def _selected(item: Body, query: dict[str, str]) -> bool:
    labels = item["metadata"].get("labels") or {}
    wanted = (part.split("=", 1) for part in query.get("labelSelector", "").split(",") if part)
    return all(labels.get(key) == value for key, value in wanted)


def _merged(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return copy.deepcopy(new)
    result = {key: value for key, value in old.items() if key not in new or new[key] is not None}
    for key, value in new.items():
        if value is not None:
            result[key] = _merged(old.get(key), value)
    return result
