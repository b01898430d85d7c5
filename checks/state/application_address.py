"""Every Service of type LoadBalancer has got an address."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds
from labs.manifests import Manifest


def load_balancers(lab: Lab) -> list[Manifest]:
    """Return the application's Services that the world may ask."""
    return [m for m in lab.app if m.kind == "Service" and m.body["spec"].get("type") == "LoadBalancer"]


def address_of(lab: Lab, manifest: Manifest) -> str:
    """Return the address that a LoadBalancer Service has got; empty if none."""
    status = (lab.api.get(paths.of(manifest)) or {}).get("status", {})
    given = (status.get("loadBalancer") or {}).get("ingress") or []
    return str(given[0].get("ip") or given[0].get("hostname") or "") if given else ""


def _run(lab: Lab) -> list[Row]:
    rows = []
    for manifest in load_balancers(lab):
        address = address_of(lab, manifest)
        by_hand = f"{lab.kubectl} -n {manifest.namespace} get service {manifest.name}"
        what = f"Service {manifest.namespace}/{manifest.name}: address"
        rows.append(holds(what, "one from the load balancer", address or "none yet", bool(address), by_hand))
    return rows


CHECK = Check(
    name="application-address",
    proves="the load balancer has given the application an address",
    course="kubectl get svc",
    needs="read services",
    run=_run,
    applies=lambda lab: bool(load_balancers(lab)),
)
