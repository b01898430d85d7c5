"""Which kinds an API server serves, asked one group and version at a time.

What is found stays known; what is not found is asked again each time, because CRDs appear while the program
runs.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from urllib.parse import quote

from sandbox.plugins.kubernetes.api import Api
from sandbox.plugins.kubernetes.errors import ApiError, NoMatchError
from sandbox.plugins.kubernetes.kinds import Gvk

_UNAVAILABLE = (404, 503)  # 503: an aggregated API whose server is not up, for example projectcalico.org/v3


@dataclass(frozen=True)
class Resource:
    """Where objects of one kind are found."""

    root: str
    plural: str
    namespaced: bool

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return the path of the collection, or of one object in it."""
        parts = [self.root]
        if self.namespaced:
            parts += ["namespaces", quote(namespace or "default", safe="")]
        parts.append(self.plural)
        if name:
            parts.append(quote(name, safe=""))
        return "/".join(parts)


class Discovery:
    """The kinds of one API server."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[Gvk, Resource] = {}
        self._declared: dict[tuple[str, str], bool] = {}
        self._lock = threading.Lock()

    def find(self, gvk: Gvk) -> Resource:
        """Return where the kind is served.

        Raises:
            NoMatchError: the server does not serve it.
            UnreachableError: there was no answer.
        """
        with self._lock:
            known = self._known.get(gvk)
        if known is not None:
            return known
        root = f"/apis/{gvk.api_version}" if gvk.group else f"/api/{gvk.version}"
        try:
            listed = self._api.get(root).get("resources") or []
        except ApiError as error:
            if error.code not in _UNAVAILABLE:
                raise
            listed = []
        found = {
            Gvk(gvk.group, gvk.version, item["kind"]): Resource(root, item["name"], bool(item["namespaced"]))
            for item in listed
            if "/" not in item["name"]
        }
        with self._lock:
            self._known.update(found)
        if gvk not in found:
            raise NoMatchError(f'no matches for kind "{gvk.kind}" in version "{gvk.api_version}"')
        return found[gvk]

    def declare(self, group: str, kind: str, *, namespaced: bool) -> None:
        """Remember the scope of a kind whose CRD is part of the program and may not be on the cluster yet."""
        with self._lock:
            self._declared[group, kind] = namespaced

    def namespaced(self, gvk: Gvk) -> bool | None:
        """Return the scope of a kind, or None if nobody knows it yet."""
        if gvk.namespaced is not None:
            return gvk.namespaced
        with self._lock:
            declared = self._declared.get((gvk.group, gvk.kind))
        if declared is not None:
            return declared
        try:
            return self.find(gvk).namespaced
        except NoMatchError:
            return None

    def forget(self) -> None:
        """Drop what was found; a CRD has changed."""
        with self._lock:
            self._known.clear()
