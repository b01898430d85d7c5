"""Real nodes in figures: time to Ready, memory, how fast a pod starts and how fast a policy bites.

`python -m bench.real_nodes`, also run by `make bench`; says why and ends where real nodes cannot run.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from bench import document
from sandbox import daemon, engine
from sandbox.home import PROJECT, SANDBOX_VARIABLE, Home
from sandbox.kube_api import KubeApi
from sandbox.nodes.choice import NodesKind
from sandbox.nodes.real import preflight
from sandbox.nodes.real.prepare import prepare_images
from sandbox.tools import Toolbox, ensure
from tests.e2e.harness import Lab, make_project
from tests.e2e_real.conftest import admin_of
from tests.e2e_real.kubectl import Kubectl, namespace_body, probe_pod
from tests.interruptible import take_interrupts

PODS = 20
POLICIES = 50
_SPACE = "bench"
_DOCUMENT = PROJECT / "docs" / "real-nodes.md"
Figure = tuple[str, str]


@contextlib.contextmanager
def real_lab() -> Iterator[tuple[Home, Lab, Toolbox]]:
    """A byocni lab on real nodes, not yet up, in a throw-away sandbox."""
    take_interrupts()
    box = ensure(real=True)
    prepare_images(box.path)
    with tempfile.TemporaryDirectory(prefix="calico-labs-bench-") as name:
        os.environ[SANDBOX_VARIABLE] = f"{name}/sandbox"
        home = Home.default()
        project = make_project(Path(name) / "lab")
        engine.prepare(home, box, project)
        daemon.start(home, nodes=NodesKind.REAL)
        try:
            yield home, Lab(home, project, "byocni"), box
        finally:
            daemon.stop(home)


def measure() -> list[Figure]:
    """Take every figure."""
    with real_lab() as (home, lab, box):
        found = start_up(home, lab)
        found.append(("memory of two nodes, control plane and sandbox (PSS)", f"{memory(home):.2f} GiB"))
        kubectl = Kubectl(box.path("kubectl"), admin_of(home))
        kubectl.apply(namespace_body(_SPACE))
        found.append(spread(f"pod start, create to Ready, {PODS} pods", pod_starts(kubectl), "s"))
        found.append(
            spread(
                f"policy, apply to first denied connection, {POLICIES} times", policies(home, kubectl), "ms"
            )
        )
        return found


def start_up(home: Home, lab: Lab) -> list[Figure]:
    """Bring the lab up and return when its milestones were reached."""
    began = time.monotonic()
    at: dict[str, float] = {}
    thread = threading.Thread(target=_milestones, args=(home, began, at), daemon=True)
    thread.start()
    lab.must_up()
    at["lab up, application ready"] = time.monotonic() - began
    thread.join(30)
    return [(f"`pulumi up` to {what}", f"{seconds:.0f} s") for what, seconds in at.items()]


def _milestones(home: Home, began: float, at: dict[str, float]) -> None:
    admin = admin_of(home)
    api: KubeApi | None = None
    goals: dict[str, Callable[[KubeApi], bool]] = {
        "API server": lambda api: bool(api.list("/api/v1/namespaces")),
        "two nodes Ready": lambda api: sum(_true(n, "Ready") for n in api.list("/api/v1/nodes")) == 2,
        "Calico Available": lambda api: _true(
            api.get("/apis/operator.tigera.io/v1/tigerastatuses/calico") or {}, "Available"
        ),
    }
    for what, reached in goals.items():
        while True:
            with contextlib.suppress(Exception):
                api = api or KubeApi(admin.read_text(encoding="utf-8"))
                if reached(api):
                    break
            time.sleep(0.1)
        at[what] = time.monotonic() - began


def _true(body: dict[str, Any], kind: str) -> bool:
    conditions = body.get("status", {}).get("conditions") or []
    return any(c["type"] == kind and c["status"] == "True" for c in conditions)


def memory(home: Home) -> float:
    """Return the GiB that the sandbox's processes take, shared pages counted once."""
    process = daemon.running(home)
    assert process is not None
    total = 0
    for part in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):
            total += int(part.memory_full_info().pss)
    return total / 2**30


def pod_starts(kubectl: Kubectl) -> list[float]:
    """Return the seconds from a pod's creation to its readiness, one pod after another."""
    times = []
    for number in range(PODS):
        began = time.monotonic()
        pod = probe_pod(_SPACE, f"p{number}", {})
        kubectl.apply(pod)
        kubectl.run("wait", "-n", _SPACE, f"pod/p{number}", "--for=condition=Ready", "--timeout=60s")
        times.append(time.monotonic() - began)
        kubectl.delete(pod)
    return times


def policies(home: Home, kubectl: Kubectl) -> list[float]:
    """Return the milliseconds from a policy's creation to the first connection it denied."""
    kubectl.apply(probe_pod(_SPACE, "server", {"app": "server"}, ["8080"]), probe_pod(_SPACE, "client", {}))
    for name in ("server", "client"):
        kubectl.run("wait", "-n", _SPACE, f"pod/{name}", "--for=condition=Ready", "--timeout=60s")
    address = kubectl.get("pod", "server", "-n", _SPACE)["status"]["podIP"]
    api = KubeApi(admin_of(home).read_text(encoding="utf-8"))
    path = f"/apis/networking.k8s.io/v1/namespaces/{_SPACE}/networkpolicies"
    deny = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny"},
        "spec": {"podSelector": {"matchLabels": {"app": "server"}}, "policyTypes": ["Ingress"]},
    }
    process = subprocess.Popen(
        kubectl.command("exec", "-n", _SPACE, "client", "--", "/usr/local/bin/watch", f"{address}:8080"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    times = []
    try:
        _next(process.stdout, "CONNECTED")
        for _ in range(POLICIES):
            applied = time.time() * 1000
            api.create(path, deny)
            times.append(max(0.0, _next(process.stdout, "TIMEOUT") - applied))
            api.delete(f"{path}/deny")
            _next(process.stdout, "CONNECTED")
    finally:
        process.kill()
        process.communicate()
    return times


def _next(lines: Any, word: str) -> float:
    for line in lines:
        at, seen = line.split()
        if seen == word:
            return float(at)
    raise RuntimeError(f"the watching pod ended before it saw {word}")


def spread(what: str, values: list[float], unit: str) -> Figure:
    digits = 2 if unit == "s" else 0
    return (
        what,
        f"median {statistics.median(values):.{digits}f} {unit}, worst {max(values):.{digits}f} {unit}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/real-nodes.md")
    arguments = parser.parse_args()
    console = Console()
    lacking = preflight.missing()
    if lacking:
        console.print(f"real nodes are not measured: {lacking[0]}", markup=False)
        return
    table = Table("what", "measured", title="real nodes")
    figures = measure()
    for row in figures:
        table.add_row(*row)
    console.print(table)
    if arguments.write:
        document.keep(_DOCUMENT, "figures", [document.table(["what", "measured"], figures)])


if __name__ == "__main__":
    main()
