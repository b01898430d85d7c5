"""The application runs the images of the files, or those that the stack names instead."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, same
from checks.state.application_rollout import WORKLOADS, has_workloads
from labs.manifests import containers


def _run(lab: Lab) -> list[Row]:
    rows = []
    for manifest in lab.app:
        if manifest.kind not in WORKLOADS:
            continue
        images = {c["name"]: c["image"] for c in containers(lab.api.get(paths.of(manifest)) or {})}
        by_hand = f"{lab.kubectl} -n {manifest.namespace} get {manifest.kind.lower()} {manifest.name} -o wide"
        rows += [
            same(
                f"{manifest.namespace}/{manifest.name}: image of {container['name']}",
                lab.settings.images.get(str(container["name"]), container["image"]),
                images.get(container["name"], "none"),
                by_hand,
            )
            for container in containers(manifest.body)
        ]
    return rows


CHECK = Check(
    name="application-images",
    proves="the application's containers run the images of the files, or the stack's own",
    course="kubectl create -f yaobank.yaml",
    needs="read deployments",
    run=_run,
    applies=has_workloads,
)
