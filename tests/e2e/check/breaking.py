"""Breaking a lab on purpose and mending it again, so that a table of breaks can be read line by line."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from checks.lab import Lab
from sandbox.kube_api import KubeApi
from tests.e2e import harness
from tests.e2e.checking import failing, frozen, run, told, until

Do = Callable[[KubeApi], Any]
Undo = Callable[[KubeApi, Any], Any]


@dataclass(frozen=True)
class Break:
    """One thing that is broken, how it is mended, and which checks must say so."""

    break_: Do
    mend: Undo
    found_by: frozenset[str]
    frozen: bool = False
    """Whether daemon and operator have to be stopped, since they would mend it."""

    may_follow: frozenset[str] = field(default_factory=frozenset)
    """Checks that may fail as a consequence, depending on how far controllers have come."""


def found_by(*names: str) -> frozenset[str]:
    return frozenset(names)


def patch(path: str, change: Any, back: Any = None) -> tuple[Do, Undo]:
    """Return a merge patch and the way back; without one the object's old spec is put back."""

    def do(api: KubeApi) -> Any:
        old = api.get(path.removesuffix("/status"))
        api.merge(path, change)
        return old

    def undo(api: KubeApi, old: Any) -> None:
        api.merge(path, back if back is not None else {"spec": old["spec"]})

    return do, undo


def scaled(path: str, to: int, back: int) -> tuple[Do, Undo]:
    return patch(path, {"spec": {"replicas": to}}, {"spec": {"replicas": back}})


def removed(path: str) -> tuple[Do, Undo]:
    def do(api: KubeApi) -> Any:
        old = api.get(path)
        assert old is not None, f"{path} is not there, so nothing would be broken"
        api.delete(path)
        return old

    def undo(api: KubeApi, old: Any) -> None:
        kept = ("name", "namespace", "labels", "annotations")
        meta = {key: old["metadata"][key] for key in kept if key in old["metadata"]}
        api.create(path.rpartition("/")[0], {**old, "metadata": meta})

    return do, undo


def added(folder: str, body: Any) -> tuple[Do, Undo]:
    def do(api: KubeApi) -> Any:
        assert api.create(folder, body) is not None, f"{folder} has it already"

    def undo(api: KubeApi, _: Any) -> None:
        api.delete(f"{folder}/{body['metadata']['name']}")

    return do, undo


def container_changed(path: str, change: Callable[[Any], None]) -> tuple[Do, Undo]:
    """Return a change of the first container of a workload's template."""

    def do(api: KubeApi) -> Any:
        old = api.get(path)
        assert old is not None
        kept = old["spec"]["template"]["spec"]["containers"]
        changed = [*kept]
        changed[0] = {**kept[0], "env": [dict(item) for item in kept[0].get("env", [])]}
        change(changed[0])
        assert changed != kept, "the container is so already, so nothing would be broken"
        api.merge(path, {"spec": {"template": {"spec": {"containers": changed}}}})
        return kept

    def undo(api: KubeApi, kept: Any) -> None:
        api.merge(path, {"spec": {"template": {"spec": {"containers": kept}}}})

    return do, undo


def first(folder: str, selector: str, change: Callable[[Any], Any], status: bool = False) -> tuple[Do, Undo]:
    """Return a merge patch of the first object that a selector finds; `change` returns the patch and the way back."""

    def do(api: KubeApi) -> Any:
        item = api.list(folder, {"labelSelector": selector} if selector else {})[0]
        path = f"{folder}/{item['metadata']['name']}" + ("/status" if status else "")
        there, back = change(item)
        api.merge(path, there)
        return path, back

    def undo(api: KubeApi, kept: Any) -> None:
        path, back = kept
        api.merge(path, back)

    return do, undo


def edited(path: str, change: Callable[[Any], Any]) -> tuple[Do, Undo]:
    """Return a merge patch that depends on the object; `change` returns the patch and the way back."""

    def do(api: KubeApi) -> Any:
        item = api.get(path)
        assert item is not None
        there, back = change(item)
        api.merge(path, there)
        return back

    return do, lambda api, back: api.merge(path, back)


@functools.cache
def api_of(up: harness.Lab) -> KubeApi:
    """Return the cluster's API, kept for all tests: asking Pulumi for the kubeconfig takes seconds."""
    return up.api()


@contextmanager
def broken(breaks: Break, api: KubeApi) -> Iterator[None]:
    old = breaks.break_(api)
    try:
        yield
    finally:
        breaks.mend(api, old)


def must_find(breaks: Break, admin: Lab, up: harness.Lab) -> None:
    """Break it, see exactly those checks fail that guard it, mend it."""
    api = api_of(up)
    with frozen(up.home) if breaks.frozen else nullcontext(), broken(breaks, api):
        report = until(
            lambda: run(admin),
            lambda report: breaks.found_by <= failing(report) <= breaks.found_by | breaks.may_follow,
            seconds=120,
        )
        assert breaks.found_by <= failing(report), told(report)
        assert failing(report) <= breaks.found_by | breaks.may_follow, told(report)
        assert report.exit_code == 1


def revive(api: KubeApi) -> None:
    """Have pods made again that are not Ready.

    The node controller marks the pods of a node that is late with its lease, which a busy machine is enough for; a
    kubelet would take that back, but KWOK never looks at a running pod again.
    """
    for pod in api.list("/api/v1/pods"):
        conditions = pod["status"].get("conditions") or []
        if any(c["type"] == "Ready" and c["status"] != "True" for c in conditions) and pod["status"].get(
            "podIP"
        ):
            path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
            api.delete(path, {"gracePeriodSeconds": 0})


def settle(admin: Lab, up: harness.Lab, seconds: float) -> None:
    """Wait until every check passes."""
    revive(api_of(up))
    report = until(lambda: run(admin), lambda report: not failing(report), seconds)
    assert failing(report) == set(), told(report)
