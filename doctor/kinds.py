"""Where a kind of object is in a cluster's API, and which kinds it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checks.api import Api, Body


def path_of(api: Api, api_version: str, kind: str, namespace: str, name: str) -> str | None:
    """Return the path of an object, or None if the cluster does not serve its kind."""
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    for item in (api.get(root) or {}).get("resources") or []:
        if item["kind"] == kind and "/" not in item["name"]:
            where = f"/namespaces/{namespace or 'default'}" if item["namespaced"] else ""
            return f"{root}{where}/{item['name']}/{name}"
    return None


def namespaced_kinds(api: Api) -> Iterator[tuple[str, str]]:
    """Yield (path before the namespace, plural) of every namespaced kind that can be listed."""
    groups = [
        group["preferredVersion"]["groupVersion"] for group in (api.get("/apis") or {}).get("groups") or []
    ]
    for root in ("/api/v1", *(f"/apis/{group}" for group in groups)):
        for item in (api.get(root) or {}).get("resources") or []:
            if item["namespaced"] and "list" in item["verbs"] and "/" not in item["name"]:
                yield root, str(item["name"])


def held(api: Api, path: str) -> list[Body]:
    """Return the objects of a list that are being deleted and held by finalizers."""
    return [item for item in api.list(path) if is_held(item)]


def is_held(item: Body) -> bool:
    """Tell whether an object is being deleted and held by finalizers."""
    metadata = item["metadata"]
    return bool(metadata.get("deletionTimestamp") and metadata.get("finalizers"))
