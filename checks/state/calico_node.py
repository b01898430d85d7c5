"""calico-node is ready on every Linux node, at its newest revision."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds, same

_PLACES = (paths.CALICO_SYSTEM, "kube-system")
"""Where the operator puts it, and where manifests without an operator do."""


def _run(lab: Lab) -> list[Row]:
    for namespace in _PLACES:
        found = lab.api.get(paths.workload(namespace, "daemonsets", "calico-node"))
        if found is not None:
            break
    else:
        by_hand = f"{lab.kubectl} get daemonset -A"
        return [holds("DaemonSet calico-node", f"in {' or '.join(_PLACES)}", "not there", False, by_hand)]
    by_hand = f"{lab.kubectl} -n {namespace} get daemonset calico-node"
    status, wanted = found.get("status", {}), len(lab.nodes("linux"))
    return [
        same("DaemonSet calico-node: wanted", wanted, status.get("desiredNumberScheduled", 0), by_hand),
        same("DaemonSet calico-node: ready", wanted, status.get("numberReady", 0), by_hand),
        same("DaemonSet calico-node: up to date", wanted, status.get("updatedNumberScheduled", 0), by_hand),
    ]


CHECK = Check(
    name="calico-node",
    proves="calico-node is ready on every Linux node",
    course="kubectl get pods -n calico-system",
    needs="read nodes and daemonsets",
    run=_run,
)
