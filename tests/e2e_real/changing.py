"""Changing a lab for a moment: a policy is taken away or told otherwise, and afterwards it is as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sandbox.kube_api import KubeApi


@contextmanager
def without(api: KubeApi, path: str, instead: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Take a policy away, or change fields of its spec, and put it back."""
    old = api.get(path)
    assert old is not None
    folder = path.rpartition("/")[0]
    meta = {key: value for key, value in old["metadata"].items() if key in ("name", "namespace", "labels")}
    body = {"apiVersion": old["apiVersion"], "kind": old["kind"], "metadata": meta, "spec": old["spec"]}
    api.delete(path)
    if instead is not None:
        api.create(folder, {**body, "spec": {**old["spec"], **instead}})
    try:
        yield
    finally:
        if instead is not None:
            api.delete(path)
        api.create(folder, body)
