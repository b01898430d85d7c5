"""kubectl against a sandbox cluster, and the machines around it; answers as data, waits with a deadline."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from sandbox.home import Home

PROBE_IMAGE = "docker.io/calico-labs/probe:1"


class Kubectl:
    """kubectl as the cluster's admin."""

    def __init__(self, program: Path, kubeconfig: Path) -> None:
        self._base = [str(program), f"--kubeconfig={kubeconfig}"]

    def command(self, *arguments: str) -> list[str]:
        return [*self._base, *arguments]

    def run(
        self, *arguments: str, text: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            self.command(*arguments), input=text, capture_output=True, text=True, timeout=180, check=False
        )
        if check:
            assert result.returncode == 0, f"kubectl {' '.join(arguments)}: {result.stderr.strip()}"
        return result

    def get(self, *arguments: str) -> Any:
        return json.loads(self.run("get", *arguments, "-o", "json").stdout)

    def items(self, *arguments: str) -> list[Any]:
        return list(self.get(*arguments)["items"])

    def apply(self, *bodies: dict[str, Any]) -> None:
        if not bodies:
            return  # kubectl calls an empty list an error
        self.run(
            "apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(bodies)})
        )

    def delete(self, *bodies: dict[str, Any]) -> None:
        if not bodies:
            return
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(bodies)})
        self.run("delete", "--ignore-not-found", "--wait=false", "-f", "-", text=text)

    def pod(self, namespace: str, selector: str) -> str:
        """Return the name of a running pod."""
        pods = self.items("pods", "-n", namespace, "-l", selector)
        running = [
            p["metadata"]["name"]
            for p in pods
            if p["status"].get("phase") == "Running" and "deletionTimestamp" not in p["metadata"]
        ]
        assert running, f"no pod of {selector} runs in {namespace}"
        return str(running[0])

    def probe(self, namespace: str, pod: str, *targets: str, limit: str = "2s") -> dict[str, str]:
        """Try targets from a pod, all at once; return target -> CONNECTED, TIMEOUT, REFUSED, DNS or OTHER."""
        result = self.run(
            *("exec", "-n", namespace, pod, "--", "/usr/local/bin/probe", f"-t={limit}", *targets),
            check=False,
        )
        lines = result.stdout.strip().splitlines()
        if len(targets) == 1 and len(lines) == 1:
            return {targets[0]: lines[0]}
        assert len(lines) == len(targets), f"probe in {namespace}/{pod}: {result.stdout} {result.stderr}"
        return {line.rsplit(" ", 1)[0]: line.rsplit(" ", 1)[1] for line in lines}


def probe_pod(
    namespace: str, name: str, labels: dict[str, str], ports: Sequence[str] = (), **spec: Any
) -> dict[str, Any]:
    """Return a pod that listens on the ports (`8080`, `udp:53`) and can probe."""
    container: dict[str, Any] = {"name": "main", "image": PROBE_IMAGE, "args": list(ports)}
    if named := spec.pop("named_ports", None):
        container["ports"] = named
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": namespace, "name": name, "labels": labels},
        "spec": {"terminationGracePeriodSeconds": 0, "containers": [container], **spec},
    }


def namespace_body(name: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}}


def wait_for(what: str, done: Callable[[], Any], seconds: float = 120.0, pause: float = 0.3) -> Any:
    """Return the first true answer of `done`.

    Raises:
        AssertionError: there was none in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = done()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(pause)


def process_of(home: Home, start: str) -> int:
    """Return the process id of the sandbox's program whose name begins so."""
    for record in home.processes.glob("*.json"):
        data = json.loads(record.read_text(encoding="utf-8"))
        if str(data["name"]).startswith(start) and psutil.pid_exists(int(data["pid"])):
            return int(data["pid"])
    raise AssertionError(f"no program of the sandbox is called {start}...")


def enter(home: Home, start: str, *arguments: str) -> list[str]:
    """Return a command line that runs in the network namespace of one of the sandbox's machines (`client`, `router`,
    `node ...`)."""
    pid = process_of(home, start)
    if start.startswith("node"):
        pid = psutil.Process(pid).children()[0].pid
    return ["nsenter", f"--net=/proc/{pid}/ns/net", "--", *arguments]


def on_machine(
    home: Home, start: str, *arguments: str, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a command in the network namespace of one of the sandbox's machines."""
    return subprocess.run(
        enter(home, start, *arguments), capture_output=True, text=True, timeout=seconds, check=False
    )
