"""Every Service of the application has as many ready pods behind it as its workload has copies."""

from __future__ import annotations

from checks.check import Check
from checks.lab import Lab
from checks.result import Row, same
from checks.state.application_rollout import WORKLOADS
from labs.manifests import Manifest


def _selected(lab: Lab, service: Manifest) -> int:
    selector = service.body["spec"].get("selector") or {}
    return sum(
        int(manifest.body["spec"].get("replicas", 1))
        for manifest in lab.app
        if manifest.kind in WORKLOADS
        and manifest.namespace == service.namespace
        and selector.items() <= (manifest.body["spec"]["template"]["metadata"].get("labels") or {}).items()
    )


def with_selector(lab: Lab) -> list[Manifest]:
    """Return the application's Services that have pods of their own."""
    return [m for m in lab.app if m.kind == "Service" and m.body["spec"].get("selector")]


def _run(lab: Lab) -> list[Row]:
    rows = []
    for service in with_selector(lab):
        slices = lab.api.list(
            f"/apis/discovery.k8s.io/v1/namespaces/{service.namespace}/endpointslices",
            labelSelector=f"kubernetes.io/service-name={service.name}",
        )
        ready = {
            address
            for item in slices
            for endpoint in item.get("endpoints") or []
            if (endpoint.get("conditions") or {}).get("ready") is not False
            for address in endpoint["addresses"]
        }
        rows.append(
            same(
                f"Service {service.namespace}/{service.name}: ready pods",
                _selected(lab, service),
                len(ready),
                f"{lab.kubectl} -n {service.namespace} get endpointslices "
                f"-l kubernetes.io/service-name={service.name}",
            )
        )
    return rows


CHECK = Check(
    name="endpoints",
    proves="each Service finds the pods of its tier, all ready",
    course="kubectl get endpoints",
    needs="read endpointslices",
    run=_run,
    applies=lambda lab: bool(with_selector(lab)),
)
