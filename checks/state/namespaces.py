"""The application's namespaces carry the labels that policies select by."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds, same

_NAME = "kubernetes.io/metadata.name"


def _run(lab: Lab) -> list[Row]:
    rows = []
    for manifest in lab.app:
        if manifest.kind != "Namespace":
            continue
        by_hand = f"{lab.kubectl} get namespace {manifest.name} --show-labels"
        found = lab.api.get(paths.of(manifest))
        if found is None:
            rows.append(holds(f"Namespace {manifest.name}", "there", "not there", False, by_hand))
            continue
        labels = found["metadata"].get("labels") or {}
        wanted = {_NAME: manifest.name, **(manifest.body["metadata"].get("labels") or {})}
        rows += [
            same(f"Namespace {manifest.name}: label {key}", value, labels.get(key, "none"), by_hand)
            for key, value in wanted.items()
        ]
    return rows


CHECK = Check(
    name="namespaces",
    proves="the application's namespaces are there, with the labels of the files",
    course="kubectl create -f yaobank.yaml",
    needs="read namespaces",
    run=_run,
)
