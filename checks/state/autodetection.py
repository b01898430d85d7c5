"""calico-node is told to find its node's address by the stack's method."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds, same
from checks.state import scope

_VARIABLE = "IP_AUTODETECTION_METHOD"


def _variable(method: str, argument: object) -> str:
    """Return the operator's rendering of a method (tigera/operator pkg/render/node.go, v1.42.4)."""
    if method == "kubernetes":
        return "kubernetes-internal-ip"
    if method == "firstFound":
        return "first-found"
    if method == "cidrs" and isinstance(argument, list):
        return f"cidr={','.join(str(item) for item in argument)}"
    names = {"interface": "interface", "skipInterface": "skip-interface", "canReach": "can-reach"}
    return f"{names.get(method, method)}={argument}"


def _run(lab: Lab) -> list[Row]:
    ((method, argument),) = lab.settings.node_address_autodetection_v4.items()
    found = lab.api.get(paths.workload(paths.CALICO_SYSTEM, "daemonsets", "calico-node"))
    by_hand = f"{lab.kubectl} -n {paths.CALICO_SYSTEM} get daemonset calico-node -o yaml"
    if found is None:
        return [holds("DaemonSet calico-node", "there", "not there", False, by_hand)]
    variables = {
        item["name"]: item.get("value")
        for container in found["spec"]["template"]["spec"]["containers"]
        if container["name"] == "calico-node"
        for item in container.get("env", [])
    }
    return [same(f"calico-node: {_VARIABLE}", _variable(method, argument), variables.get(_VARIABLE), by_hand)]


CHECK = Check(
    name="autodetection",
    proves="calico-node looks for its node's address by the method of the stack",
    course="nodeAddressAutodetectionV4 (the course's canReadh is a typing error)",
    needs="read daemonsets of calico-system",
    run=_run,
    applies=scope.calico_addresses,
)
