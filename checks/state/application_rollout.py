"""Every workload of the application has rolled out."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds, same

WORKLOADS = ("Deployment", "StatefulSet")


def _run(lab: Lab) -> list[Row]:
    rows = []
    for manifest in lab.app:
        if manifest.kind not in WORKLOADS:
            continue
        what = f"{manifest.kind} {manifest.namespace}/{manifest.name}"
        by_hand = (
            f"{lab.kubectl} -n {manifest.namespace} rollout status {manifest.kind.lower()}/{manifest.name}"
        )
        found = lab.api.get(paths.of(manifest))
        if found is None:
            rows.append(holds(what, "there", "not there", False, by_hand))
            continue
        wanted = int(manifest.body["spec"].get("replicas", 1))
        status = found.get("status", {})
        rows += [
            same(f"{what}: ready", wanted, status.get("readyReplicas", 0), by_hand),
            same(f"{what}: up to date", wanted, status.get("updatedReplicas", 0), by_hand),
            same(
                f"{what}: revision seen",
                found["metadata"].get("generation"),
                status.get("observedGeneration"),
                by_hand,
            ),
        ]
    return rows


def has_workloads(lab: Lab) -> bool:
    """Tell whether the stack deploys any workload; the windows lab has none before its pool is there."""
    return any(manifest.kind in WORKLOADS for manifest in lab.app)


CHECK = Check(
    name="application-rollout",
    proves="every tier of the application has all its pods, at the newest revision",
    course="kubectl rollout status deployment/customer",
    needs="read deployments",
    run=_run,
    applies=has_workloads,
)
