"""Calico's API server and controllers have the copies that the stack asks for."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds, same
from checks.state import scope
from labs.enums import CalicoCrds

_NAMESPACES = ("calico-system", "calico-apiserver")
"""Newer operators first: since Calico v3.31 the API server runs in calico-system (tigera/operator, 2026-11-22)."""


def _run(lab: Lab) -> list[Row]:
    controllers = (
        lab.api.get(paths.workload(paths.CALICO_SYSTEM, "deployments", "calico-kube-controllers")) or {}
    )
    rows = [
        same(
            "Deployment calico-kube-controllers: ready",
            max(1, controllers.get("spec", {}).get("replicas", 1)),
            controllers.get("status", {}).get("readyReplicas", 0),
            f"{lab.kubectl} -n {paths.CALICO_SYSTEM} get deployment calico-kube-controllers",
        )
    ]
    if lab.settings.calico_crds is CalicoCrds.V3:
        return rows  # native v3 objects need no API server of Calico's
    for namespace in _NAMESPACES:
        found = lab.api.get(paths.workload(namespace, "deployments", "calico-apiserver"))
        if found is not None:
            by_hand = f"{lab.kubectl} -n {namespace} get deployment calico-apiserver"
            ready = found.get("status", {}).get("readyReplicas", 0)
            return [
                *rows,
                same(
                    "Deployment calico-apiserver: ready", lab.settings.control_plane_replicas, ready, by_hand
                ),
            ]
    by_hand = f"{lab.kubectl} get deployment -A"
    return [
        *rows,
        holds("Deployment calico-apiserver", f"in {' or '.join(_NAMESPACES)}", "not there", False, by_hand),
    ]


CHECK = Check(
    name="api-servers",
    proves="Calico's API server and controllers are ready, as many as the stack asks for",
    course="kubectl create -f apiserver.yaml",
    needs="read deployments of calico-system and calico-apiserver",
    run=_run,
    applies=scope.own_operator,
)
