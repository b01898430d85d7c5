"""Policy cases of Calico's own suites replayed as pods: every connection ends as listed.

Cases with the same pods share them, so that a case costs seconds; between two cases all policies are taken away and
the pods must reach each other again, which is also each case's positive control.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e_real import casebook
from tests.e2e_real.casebook import Case
from tests.e2e_real.conftest import RealLab, on
from tests.e2e_real.kubectl import Kubectl, namespace_body, probe_pod, wait_for

FOLDER = casebook.folder()
CASES = casebook.load(FOLDER) if FOLDER.is_dir() else []
SETTLE_SECONDS = 30.0
_FIELDS = ("name", "namespace")

pytestmark = pytest.mark.skipif(
    not CASES and not os.environ.get(casebook.VARIABLE),
    reason=f"there are no policy cases in {FOLDER}; {casebook.VARIABLE} names another folder",
)


class Scene:
    """The pods of a group of cases."""

    def __init__(self, kubectl: Kubectl, cases: list[Case]) -> None:
        self.kubectl = kubectl
        self.body = cases[0].body
        self.ports = casebook.ports_of(cases)
        self.addresses: dict[str, str] = {}
        """`namespace/pod` -> the address it has."""

    def raise_curtain(self) -> None:
        self.kubectl.apply(*(namespace_body(n["name"], n.get("labels")) for n in self.body["namespaces"]))
        accounts = [
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {**{key: item[key] for key in _FIELDS}, "labels": item.get("labels") or {}},
            }
            for item in self.body.get("serviceAccounts") or []
        ]
        if accounts:
            self.kubectl.apply(*accounts)
        self.kubectl.apply(*(self._pod(pod) for pod in self.body["pods"]))
        for space in self.body["namespaces"]:
            self.kubectl.run(
                *("wait", "-n", space["name"], "pods", "--all", "--for=condition=Ready", "--timeout=120s"),
                check=any(pod["namespace"] == space["name"] for pod in self.body["pods"]),
            )
            for item in self.kubectl.items("pods", "-n", space["name"]):
                self.addresses[f"{space['name']}/{item['metadata']['name']}"] = item["status"]["podIP"]

    def _pod(self, pod: dict[str, Any]) -> dict[str, Any]:
        named = [
            {"name": port["name"], "containerPort": port["port"], "protocol": port["protocol"]}
            for port in pod.get("ports") or []
            if port.get("name")
        ]
        name = f"{pod['namespace']}/{pod['name']}"
        more = {"serviceAccountName": pod["serviceAccount"]} if pod.get("serviceAccount") else {}
        return probe_pod(
            pod["namespace"],
            pod["name"],
            pod.get("labels") or {},
            self.ports.get(name, ()),
            named_ports=named,
            **more,
        )

    def curtain(self) -> None:
        names = [space["name"] for space in self.body["namespaces"]]
        self.kubectl.run("delete", "namespace", *names, "--ignore-not-found", "--timeout=90s")

    def outcomes(self, case: Case) -> dict[str, bool]:
        """Return every flow of the case, in words, and whether it got through."""
        asked: dict[str, dict[str, str]] = {}
        for flow in case.flows:
            address = f"{flow.protocol.lower()}:{self.addresses[flow.target]}:{flow.port}"
            asked.setdefault(flow.source, {})[address] = (
                f"{flow.source} -> {flow.target} {flow.protocol} {flow.port}"
            )
        seen = {}
        for source, targets in asked.items():
            namespace, pod = source.split("/")
            limit = "1500ms"
            answers = self.kubectl.probe(namespace, pod, *targets, limit=limit)
            for address, words in targets.items():
                seen[words] = answers[address] == "CONNECTED"
        return seen


@pytest.fixture(scope="module")
def scenes(real: RealLab) -> Iterator[dict[str, Scene]]:
    current: dict[str, Scene] = {}
    yield current
    for scene in current.values():
        scene.curtain()


def set_scene(scenes: dict[str, Scene], kubectl: Kubectl, case: Case) -> Scene:
    """Return the case's scene; only one is up at a time."""
    if case.scene not in scenes:
        for scene in scenes.values():
            scene.curtain()
        scenes.clear()
        scenes[case.scene] = Scene(kubectl, [other for other in CASES if other.scene == case.scene])
        scenes[case.scene].raise_curtain()
    return scenes[case.scene]


@on("byocni")
@pytest.mark.parametrize("case", sorted(CASES, key=lambda case: case.scene), ids=lambda case: case.id)
def test_every_connection_ends_as_listed(case: Case, real: RealLab, scenes: dict[str, Scene]) -> None:
    scene = set_scene(scenes, real.kubectl, case)
    words = {f"{flow.source} -> {flow.target} {flow.protocol} {flow.port}": flow.allow for flow in case.flows}
    wait_for(
        f"{case.id}: everybody reaches everybody without policies",
        lambda: all(scene.outcomes(case).values()),
    )
    own = {pod["ip"]: scene.addresses[f"{pod['namespace']}/{pod['name']}"] for pod in case.body["pods"]}
    resources = casebook.with_addresses(list(case.body["resources"]), own)
    try:
        real.kubectl.apply(*resources)
        deadline = time.monotonic() + SETTLE_SECONDS
        seen = scene.outcomes(case)
        while seen != words and time.monotonic() < deadline:
            time.sleep(0.3)
            seen = scene.outcomes(case)
        assert seen == words
        assert scene.outcomes(case) == words  # not just in passing
    finally:
        real.kubectl.delete(*resources)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40, f"there are {len(CASES)} policy cases in {FOLDER}"
