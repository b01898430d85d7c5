"""What policies cost: 10, 100 and 1,000 of them in one stack, switched on and off beside a running application.

The stack is the nke lab on a cluster that has Calico already, so that nothing but policies comes and goes. Each policy
waits for the one before (components/calico_policies.py), which is the price of an order that can be relied on. They are
switched on once more with the state written at the end only, not at every step; the difference is what that costs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.measure import seconds
from bench.project import must_preview, ready, sandbox, state_bytes
from sandbox import engine
from sandbox.home import PROJECT, Home
from tests.e2e.harness import Lab, make_project

SIZES = (10, 100, 1000)
_STATE_AT_THE_END = "PULUMI_SKIP_CHECKPOINTS"
"""Pulumi's switch for it (sdk/go/common/env, read 2026-11-27). To measure with only: a killed `up` would lose all."""


@dataclass(frozen=True)
class Cost:
    """One size."""

    policies: int
    on: float
    """Seconds of the `up` that adds them to a stack that has everything else."""
    on_state_at_end: float
    """The same with the state written once, at the end."""
    off: float
    preview: float
    """Seconds of a preview that finds nothing to do."""
    kubectl: float
    """Seconds of one `kubectl apply --server-side` of the same policies."""
    state_bytes: int


def costs() -> list[Cost]:
    with sandbox() as (home, box, folder):
        found = []
        for size in SIZES:
            project = copied_project(folder / f"of-{size}")
            bodies = write_policies(project / "policies" / "nke", size)
            engine.prepare(home, box, project)
            lab = Lab(home, project, "nke")
            with ready(lab, calico=True):
                lab.must_up("--config", "policies=None")
                found.append(_cost(home, lab, size, bodies))
                lab.run("destroy")
        return found


def copied_project(folder: Path) -> Path:
    """Make a project with the program in it: the program looks for policies beside itself, through any link."""
    project = make_project(folder)
    for part in ("labs", "components", "policies"):
        (project / part).unlink()
        if part != "policies":
            shutil.copytree(PROJECT / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
    return project


def write_policies(folder: Path, size: int) -> list[dict[str, Any]]:
    """Write so many policies as a lab has them, one a file; return their bodies."""
    folder.mkdir(parents=True)
    bodies: list[dict[str, Any]] = []
    for number in range(size):
        body: dict[str, Any] = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"from-{number:04}", "namespace": "guestbook"},
            "spec": {
                "podSelector": {"matchLabels": {"app": "guestbook"}},
                "policyTypes": ["Ingress"],
                "ingress": [
                    {
                        "from": [{"podSelector": {"matchLabels": {"number": f"{number:04}"}}}],
                        "ports": [{"protocol": "TCP", "port": 80}],
                    }
                ],
            },
        }
        (folder / f"{number:04}-policy.yaml").write_text(yaml.safe_dump(body), encoding="utf-8")
        bodies.append(body)
    return bodies


def _cost(home: Home, lab: Lab, size: int, bodies: list[dict[str, Any]]) -> Cost:
    on = seconds(lambda: _up(lab, "All", {"create": size}))
    kept = state_bytes(lab)
    preview = seconds(lambda: must_preview(lab, "--expect-no-changes", "--config", "policies=All"))
    off = seconds(lambda: _up(lab, "None", {"delete": size}))
    os.environ[_STATE_AT_THE_END] = "true"
    try:
        on_state_at_end = seconds(lambda: _up(lab, "All", {"create": size}))
        _up(lab, "None", {"delete": size})
    finally:
        del os.environ[_STATE_AT_THE_END]
    return Cost(size, on, on_state_at_end, off, preview, _by_kubectl(home, lab, bodies), kept)


def _up(lab: Lab, policies: str, changes: dict[str, int]) -> None:
    found = dict(lab.must_up("--config", f"policies={policies}").changes)
    found.pop("same", None)
    if found != changes:
        raise RuntimeError(f"policies={policies} changed {found}, not {changes}")


def _by_kubectl(home: Home, lab: Lab, bodies: list[dict[str, Any]]) -> float:
    file = lab.project / "objects.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": bodies}), encoding="utf-8")
    command = [str(home.root / "bin" / "kubectl"), "--kubeconfig", str(lab.project / "kubeconfig-plain")]

    def apply() -> None:
        subprocess.run(
            [*command, "apply", "--server-side", "-f", str(file)], check=True, stdout=subprocess.DEVNULL
        )

    taken = seconds(apply)
    subprocess.run(
        [*command, "delete", "-f", str(file), "--wait=false"], check=True, stdout=subprocess.DEVNULL
    )
    return taken
