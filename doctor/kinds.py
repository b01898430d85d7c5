"""Where a kind of object is in a cluster's API, and which kinds it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.errors import ApiError

if TYPE_CHECKING:
    from checks.api import Api, Body

_UNAVAILABLE = 503


def path_of(api: Api, api_version: str, kind: str, namespace: str, name: str) -> str | None:
    """Return the path of an object, or None if the cluster does not serve its kind."""
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    for item in (api.get(root) or {}).get("resources") or []:
        if item["kind"] == kind and "/" not in item["name"]:
            where = f"/namespaces/{namespace or 'default'}" if item["namespaced"] else ""
            return f"{root}{where}/{item['name']}/{name}"
    return None


def namespaced_kinds(api: Api) -> tuple[list[tuple[str, str]], list[str]]:
    """Return (path before the namespace, plural) of every namespaced kind that can be listed, and who is silent.

    Silent is a group and version that an APIService gives to a server which does not answer, as
    `projectcalico.org/v3` is without calico-apiserver.
    """
    kinds: list[tuple[str, str]] = []
    silent: list[str] = []
    groups = [
        group["preferredVersion"]["groupVersion"] for group in (api.get("/apis") or {}).get("groups") or []
    ]
    for root in ("/api/v1", *(f"/apis/{group}" for group in groups)):
        try:
            served = (api.get(root) or {}).get("resources") or []
        except ApiError as error:
            if error.status != _UNAVAILABLE:
                raise
            silent.append(root.removeprefix("/apis/"))
            continue
        kinds += [
            (root, str(item["name"]))
            for item in served
            if item["namespaced"] and "list" in item["verbs"] and "/" not in item["name"]
        ]
    return kinds, silent


def full_name(root: str, plural: str) -> str:
    """Return a kind as kubectl takes it without mistaking its group: `networkpolicies.projectcalico.org`."""
    return f"{plural}.{root.split('/')[2]}" if root.startswith("/apis/") else plural


def held(api: Api, path: str) -> list[Body]:
    """Return the objects of a list that are being deleted and held by finalizers."""
    return [item for item in api.list(path) if is_held(item)]


def is_held(item: Body) -> bool:
    """Tell whether an object is being deleted and held by finalizers."""
    metadata = item["metadata"]
    return bool(metadata.get("deletionTimestamp") and metadata.get("finalizers"))
