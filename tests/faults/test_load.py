"""Load, bounded: many previews and many clusters at once, a stack of a thousand policies and three hundred workloads.

Each test prints its figures; docs/reliability.md has those of one run on a machine that did nothing else. What is
asserted is that everything comes to its end and leaves nothing; time is never asserted.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from sandbox import engine, plain_clusters
from sandbox.home import Home, write_private
from sandbox.kube_api import KubeApi
from sandbox.status import programs
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab, make_project

PREVIEWS = int(os.environ.get("CALICO_LABS_LOAD_PREVIEWS", "50"))
CLUSTERS = int(os.environ.get("CALICO_LABS_LOAD_CLUSTERS", "10"))
SPARE = 4 * 2**30
"""Bytes of memory that are left alone: no further cluster is started below them."""
SIZES = ((100, 30), (1000, 300))
"""(policies, workloads): a tenth, then the whole, so that growth can be told."""

PROGRAM = """
import os

import pulumi

from components.app_namespaces import AppNamespaces
from components.calico_policies import CalicoPolicies
from components.cluster import in_cluster
from components.demo_app import DemoApp
from components.existing_cluster import ExistingCluster
from labs.settings import read_settings

settings = read_settings()
policies, workloads = (int(number) for number in os.environ["CALICO_LABS_LOAD_SIZE"].split())
cluster = ExistingCluster("existing", {
    "kubeconfig_path": settings.kubeconfig, "context": settings.context, "allow_exec": False,
})
namespaces = AppNamespaces("app-namespaces", {
    "namespaces": [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"load-{i}"}} for i in range(10)
    ],
    "wait_minutes": 30,
}, in_cluster(cluster))
guards = CalicoPolicies("policies", {
    "policies": [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"policy-{i}", "namespace": f"load-{i % 10}"},
            "spec": {"podSelector": {"matchLabels": {"app": f"app-{i}"}}, "policyTypes": ["Ingress"]},
        }
        for i in range(policies)
    ],
}, in_cluster(cluster, depends_on=[namespaces]))
DemoApp("app", {
    "manifests": [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": f"app-{i}", "namespace": f"load-{i % 10}"},
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": {"app": f"app-{i}"}},
                "template": {
                    "metadata": {"labels": {"app": f"app-{i}"}},
                    "spec": {"containers": [{"name": "c", "image": "registry.k8s.io/pause:3.10"}]},
                },
            },
        }
        for i in range(workloads)
    ],
    "images": {},
    "wait_minutes": 30,
}, in_cluster(cluster, depends_on=[namespaces, *guards.last]))
"""


class Peak:
    """Most memory that a set of processes had at one time, in bytes."""

    def __init__(self) -> None:
        self.bytes = 0


@contextmanager
def memory_of(children: bool = True) -> Iterator[Peak]:
    """Watch the memory of everything that this process starts meanwhile."""
    peak, ended = Peak(), threading.Event()
    before = {p.pid for p in psutil.Process().children(recursive=True)}

    def watch() -> None:
        while not ended.wait(0.5):
            total = 0
            for process in psutil.Process().children(recursive=children):
                if process.pid not in before:
                    try:
                        total += process.memory_info().rss
                    except psutil.Error:
                        continue
            peak.bytes = max(peak.bytes, total)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def mib(number: float) -> str:
    return f"{number / 2**20:.0f} MiB"


def test_previews_side_by_side(home: Home, toolbox: Toolbox, tmp_path: Path) -> None:
    """Every one sees its own stack, whatever the others do; each is a stack of its own in one backend."""
    project = make_project(tmp_path / "calico-labs")
    names = [f"lab{number}" for number in range(PREVIEWS)]
    for name in names:
        (project / f"Pulumi.{name}.yaml").write_text("config:\n  calico-labs:lab: byocni\n", encoding="utf-8")
    engine.prepare(home, toolbox, project)

    def preview(name: str) -> float:
        began = time.monotonic()
        result = Lab(home, project, name).pulumi("preview", "--json")
        assert result.returncode == 0, result.stderr[-2000:]
        assert f'"calico-labs-{name}"' in result.stdout
        return time.monotonic() - began

    alone = preview(names[0])
    with memory_of() as peak:
        began = time.monotonic()
        with ThreadPoolExecutor(PREVIEWS) as pool:
            seconds = list(pool.map(preview, names))
        whole = time.monotonic() - began
    print(
        f"{PREVIEWS} previews at once: {whole:.0f} s together ({whole / PREVIEWS:.1f} s each, one alone {alone:.1f} s),"
        f" median {statistics.median(seconds):.0f} s, peak {mib(peak.bytes)} ({mib(peak.bytes / PREVIEWS)} each)"
    )
    assert len(seconds) == PREVIEWS


def test_clusters_at_once(home: Home, toolbox: Toolbox) -> None:
    """As many as are asked for, or as memory allows; each answers, with its own nodes, while all run."""
    assert toolbox is not None
    started: dict[str, KubeApi] = {}
    try:
        for number in range(CLUSTERS):
            if psutil.virtual_memory().available < SPARE:
                break
            before = sum(program.memory for program in programs(home))
            began = time.monotonic()
            name = f"many-{number}"
            started[name] = KubeApi(plain_clusters.start(home, name, 1))
            seconds = time.monotonic() - began
            grown = sum(program.memory for program in programs(home)) - before
            print(f"cluster {number + 1}: {seconds:.1f} s, {mib(grown)}")
        assert len(started) > 1
        for name, api in started.items():
            assert [node["metadata"]["name"] for node in api.list("/api/v1/nodes")] == [f"{name}-master-0"]
        total = sum(program.memory for program in programs(home))
        print(f"{len(started)} clusters at once: {mib(total)} ({mib(total / len(started))} each)")
    finally:
        for name in started:
            plain_clusters.remove(home, name)
    assert [program for program in programs(home) if "many-" in program.name] == []


def test_a_thousand_policies_and_three_hundred_workloads(
    home: Home, toolbox: Toolbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "calico-labs", PROGRAM)
    engine.prepare(home, toolbox, project)
    write_private(project / "kubeconfig-loaded", plain_clusters.start(home, "loaded", 20, True))
    lab = Lab(home, project, "nke")
    for key, value in (("kubeconfig", "kubeconfig-loaded"), ("context", "loaded"), ("calico", "existing")):
        assert lab.pulumi("config", "set", key, value).returncode == 0
    api = KubeApi((project / "kubeconfig-loaded").read_text(encoding="utf-8"))
    try:
        for policies, workloads in SIZES:
            monkeypatch.setenv("CALICO_LABS_LOAD_SIZE", f"{policies} {workloads}")
            for operation, wanted in (("up", policies), ("up again", policies), ("destroy", 0)):
                with memory_of() as peak:
                    began = time.monotonic()
                    outcome = lab.run(operation.split()[0])
                    seconds = time.monotonic() - began
                assert outcome.exit_code == 0, outcome.errors[-3000:]
                size = f"{policies} policies, {workloads} workloads"
                each = f"{seconds * 1000 / (policies + workloads):.0f} ms a resource"
                print(f"{size}: {operation} {seconds:.0f} s ({each}), peak {mib(peak.bytes)}")
                found = api.list("/apis/networking.k8s.io/v1/networkpolicies")
                assert len(found) == wanted
                if operation == "up again":
                    assert set(outcome.changes) == {"same"}
            assert lab.resources() == []
    finally:
        lab.run("destroy")
        plain_clusters.remove(home, "loaded")
