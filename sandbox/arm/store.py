"""What the stand-in remembers: one JSON file, written whole or not at all, readable by its owner only.

Owns keys (ARM ids in small letters), copies and the file. Does not know what a resource is. One file for
everything, because a sandbox holds a handful of resources and one `replace` keeps them consistent.
"""

from __future__ import annotations

import copy
import json
import threading
from pathlib import Path
from typing import Any

from sandbox.arm.ids import ResourceId
from sandbox.errors import SandboxError
from sandbox.home import write_private_json

Resource = dict[str, Any]
_FORMAT = 1


class Store:
    """Resources by id, in the order in which they were made.

    What goes in and out are copies, so that nobody changes the store by accident.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._resources: dict[str, Resource] = self._load()

    def _load(self) -> dict[str, Resource]:
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            if stored["format"] != _FORMAT:
                raise ValueError(f"format {stored['format']}")
            resources = {str(resource["id"]).lower(): resource for resource in stored["resources"]}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"cannot read {self._path} ({error}); delete it to start with an empty Azure"
            raise SandboxError(message) from error
        return resources

    def get(self, id: ResourceId) -> Resource | None:
        with self._lock:
            return copy.deepcopy(self._resources.get(id.key))

    def put(self, id: ResourceId, resource: Resource) -> None:
        with self._lock:
            self._resources[id.key] = copy.deepcopy(resource)
            self._save()

    def delete(self, id: ResourceId) -> None:
        """Forget the resource and everything below it; harmless if it is not there."""
        with self._lock:
            gone = [key for key in self._resources if key == id.key or key.startswith(f"{id.key}/")]
            for key in gone:
                del self._resources[key]
            if gone:
                self._save()

    def below(self, id: ResourceId, type: str) -> list[Resource]:
        """Return the resources of one type inside a group or a resource."""
        # A group prints its id in another spelling than AKS does, but all keys are in small letters.
        with self._lock:
            found = [
                resource
                for key, resource in self._resources.items()
                if key.startswith(f"{id.key}/") and resource["type"].lower() == type.lower()
            ]
            return copy.deepcopy(found)

    def of_type(self, type: str) -> list[Resource]:
        with self._lock:
            found = [item for _, item in self._resources.items() if item["type"].lower() == type.lower()]
            return copy.deepcopy(found)

    def _save(self) -> None:
        write_private_json(self._path, {"format": _FORMAT, "resources": list(self._resources.values())})
