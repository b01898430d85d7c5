"""Running the checks against a lab of these tests: as a library, so that a test sees results and not text."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import yaml

from checks.api import Api
from checks.catalogue import checks_of
from checks.check import Check
from checks.kubeconfig import choose
from checks.lab import Lab
from checks.result import Report, Status
from checks.runner import run_all
from checks.stack import read_lab
from checks.traffic.session import Options, Session
from sandbox.home import PROJECT, Home
from sandbox.kube_api import Body, KubeApi
from sandbox.status import programs
from tests.e2e import harness

LOOK = "checks/rights/look.yaml"
PROBE = "checks/rights/probe.yaml"


def lab_of(lab: harness.Lab, kubeconfig: str, traffic: bool = True) -> Lab:
    """Return the stack as the checks see it, through a kubeconfig; what a run makes has a name of its own."""
    session = Session(Options(run=secrets.token_hex(3), patience=1)) if traffic else None
    return read_lab(lab.project, lab.stack, Api(*choose(kubeconfig, None)), session)


def run(lab: Lab, patience: float = 0.0, checks: list[Check] | None = None) -> Report:
    return run_all(checks or checks_of(lab), lab, patience)


def command(lab: harness.Lab, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return the command line of labctl for a lab of these tests, and its environment."""
    environment = {
        **os.environ,
        "CALICO_LABS_SANDBOX": str(lab.home.root),
        "CALICO_LABS_CHECK_PROJECT": str(lab.project),
    }
    return [sys.executable, "-m", "labctl", *arguments], environment


def labctl(lab: harness.Lab, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run labctl to its end, as a user does whose output goes into a pipe."""
    line, environment = command(lab, *arguments)
    return subprocess.run(
        line,
        cwd=PROJECT,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def failing(report: Report) -> set[str]:
    """Return the names of checks that did not pass and were not skipped."""
    return {result.name for result in report.results if result.status in (Status.FAILED, Status.UNTESTED)}


def told(report: Report) -> str:
    """Return what did not pass, for an assertion's message."""
    lines = []
    for result in report.results:
        if result.status in (Status.FAILED, Status.UNTESTED):
            lines.append(f"{result.name}: {result.status} {result.reason}")
            lines += [f"  {row.subject}: {row.expected} / {row.actual}" for row in result.bad_rows]
    return "\n".join(lines)


def until(look: Callable[[], Report], good: Callable[[Report], bool], seconds: float = 60.0) -> Report:
    """Look again until a report is good, or the time is over; return the last one."""
    deadline = time.monotonic() + seconds
    while True:
        report = look()
        if good(report) or time.monotonic() > deadline:
            return report
        time.sleep(0.5)


@contextmanager
def frozen(home: Home) -> Iterator[None]:
    """Stop the daemon's loop and the operator for a while, so that nobody mends what a test breaks."""
    found = [p.pid for p in programs(home) if "daemon" in p.name or p.name.startswith("tigera-operator")]
    assert len(found) >= 1
    from sandbox import daemon

    process = daemon.running(home)
    assert process is not None
    pids = sorted({*found, process.pid})
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def limited_kubeconfig(lab: harness.Lab, name: str, roles: list[Body]) -> str:
    """Return a kubeconfig of a service account that has these ClusterRoles and nothing else."""
    api = lab.api()
    folder = "/api/v1/namespaces/default/serviceaccounts"
    api.create(folder, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})
    for role in roles:
        grant(api, name, role)
    token = api.call("POST", f"{folder}/{name}/token", {"spec": {"expirationSeconds": 3600}})["status"][
        "token"
    ]
    config = yaml.safe_load(lab.kubeconfig())
    config["users"] = [{"name": config["users"][0]["name"], "user": {"token": token}}]
    return str(yaml.safe_dump(config))


def grant(api: KubeApi, account: str, role: Body) -> None:
    """Create or replace a ClusterRole and bind it to a service account."""
    group = "rbac.authorization.k8s.io"
    api.apply(f"/apis/{group}/v1/clusterroles/{role['metadata']['name']}", role, "tests")
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{account}-{role['metadata']['name']}"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role["metadata"]["name"]},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": "default"}],
    }
    api.apply(f"/apis/{group}/v1/clusterrolebindings/{binding['metadata']['name']}", binding, "tests")  # type: ignore[index]
