"""Felix says in its log that the eBPF data plane runs; asked for is not the same as there."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab, simulated
from checks.result import Findings, Skip, holds
from checks.state import scope

_STARTED = "BPF enabled, starting BPF endpoint manager"
_REFUSED = "mode enabled but not supported by the kernel"
"""The end of Felix' message; its docs and its code spell the start differently (felix/daemon/daemon.go:376)."""
_LINES = 20_000


def _run(lab: Lab) -> Findings:
    if what := simulated(lab.nodes("linux")):
        return Skip(f"calico-node writes its log on real nodes only; {what}")
    rows = []
    selector = "k8s-app=calico-node"
    for pod in lab.api.list(f"/api/v1/namespaces/{paths.CALICO_SYSTEM}/pods", labelSelector=selector):
        name = pod["metadata"]["name"]
        log = lab.api.logs(paths.CALICO_SYSTEM, name, "calico-node", _LINES)
        said = (
            "refused by the kernel" if _REFUSED in log else "started" if _STARTED in log else "no word of it"
        )
        by_hand = (
            f"{lab.kubectl} -n {paths.CALICO_SYSTEM} logs {name} -c calico-node | grep -m1 'BPF enabled'"
        )
        rows.append(holds(f"pod {name}: eBPF", "started", said, said == "started", by_hand))
    return rows


CHECK = Check(
    name="bpf-log",
    proves="Felix has started its eBPF data plane on every Linux node",
    course="kubectl logs -n calico-system ... | grep BPF",
    needs="read pods and logs of calico-system; real nodes",
    run=_run,
    applies=scope.bpf,
)
