"""Pods leave room for WireGuard's header: the MTU that Calico uses, in its own status."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab, simulated
from checks.result import Findings, Skip, holds, untested
from labs import limits
from labs.enums import ClusterKind, Switch
from labs.settings import LabSettings


def largest(settings: LabSettings) -> int:
    """Return the largest MTU of pods that leaves the header its room: the stack's own, or what the network carries."""
    if settings.cluster is ClusterKind.AKS:
        return limits.AZURE_MTU - limits.WIREGUARD_OVERHEAD
    return settings.mtu or limits.LARGEST_MTU - limits.WIREGUARD_OVERHEAD


def _run(lab: Lab) -> Findings:
    if what := simulated(lab.nodes("linux")):
        return Skip(f"calico-node measures the MTU on real nodes only; {what}")
    found = lab.api.get(f"{paths.OPERATOR}/installations/default") or {}
    mtu = found.get("status", {}).get("mtu")
    by_hand = f"{lab.kubectl} get installation default -o jsonpath='{{.status.mtu}}'"
    most = largest(lab.settings)
    expected = f"{most} or less"
    if mtu is None:
        return [untested("MTU of pods", expected, "the operator has not reported one", by_hand)]
    return [holds("MTU of pods", expected, mtu, int(mtu) <= most, by_hand)]


CHECK = Check(
    name="wireguard-mtu",
    proves="the MTU of pods leaves room for WireGuard's header",
    course="ip -d link show wireguard.cali",
    needs="read installations; real nodes",
    run=_run,
    applies=lambda lab: lab.settings.wireguard is Switch.ENABLED,
)
