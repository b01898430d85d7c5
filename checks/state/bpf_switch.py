"""The operator has switched the eBPF data plane on or off, as the stack says."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds, same
from checks.state import scope

_ANNOTATION = "operator.tigera.io/bpfEnabled"
_VARIABLE = "FELIX_BPFENABLED"


def _run(lab: Lab) -> list[Row]:
    felix = lab.api.get(f"{paths.calico(lab.settings)}/felixconfigurations/default")
    node = lab.api.get(paths.workload(paths.CALICO_SYSTEM, "daemonsets", "calico-node"))
    group = str(lab.settings.calico_api_group).partition("/")[0]
    by_hand = f"{lab.kubectl} get felixconfigurations.{group} default -o yaml"
    if felix is None or node is None:
        return [
            holds(
                "FelixConfiguration default and DaemonSet calico-node",
                "there",
                "not both there",
                False,
                by_hand,
            )
        ]
    variables = {
        item["name"]: item.get("value")
        for container in node["spec"]["template"]["spec"]["containers"]
        for item in container.get("env", [])
    }
    # Operators since v1.29 write FelixConfiguration, older ones a variable of calico-node; either switches Felix.
    by_variable = variables.get(_VARIABLE) == "true"
    by_object = (felix.get("spec") or {}).get("bpfEnabled") is True
    rows = [same("eBPF data plane switched on", scope.bpf(lab), by_variable or by_object, by_hand)]
    if by_object:
        annotation = (felix["metadata"].get("annotations") or {}).get(_ANNOTATION)
        rows.append(same(f"FelixConfiguration default: {_ANNOTATION}", "true", annotation, by_hand))
    return rows


CHECK = Check(
    name="bpf-switch",
    proves="the eBPF data plane is on where the stack says BPF, by the operator's hand, and off everywhere else",
    course="linuxDataplane: BPF, and back to Iptables",
    needs="read felixconfigurations and daemonsets of calico-system",
    run=_run,
    applies=scope.own_operator,
)
