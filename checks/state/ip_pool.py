"""The address pool is the one of the stack; where Azure hands out addresses there is none for pods."""

from __future__ import annotations

from checks import paths
from checks.check import Check
from checks.lab import Lab
from checks.result import Row, holds, same
from checks.state import scope
from labs.enums import Encapsulation, Switch
from labs.installation import POOL_NAME

_MODES = {
    Encapsulation.VXLAN: ("Never", "Always"),
    Encapsulation.VXLAN_CROSS_SUBNET: ("Never", "CrossSubnet"),
    Encapsulation.IPIP: ("Always", "Never"),
    Encapsulation.IPIP_CROSS_SUBNET: ("CrossSubnet", "Never"),
    Encapsulation.NONE: ("Never", "Never"),
}
"""Encapsulation of the Installation -> ipipMode and vxlanMode of the pool (Calico docs, reference/resources/ippool)."""


def _run(lab: Lab) -> list[Row]:
    settings, folder = lab.settings, f"{paths.calico(lab.settings)}/ippools"
    group = str(settings.calico_api_group).partition("/")[0]
    by_hand = f"{lab.kubectl} get ippools.{group} -o yaml"
    if not scope.calico_addresses(lab):
        pools = lab.api.list(folder)
        names = ", ".join(pool["metadata"]["name"] for pool in pools) or "none"
        return [same("pools of Calico, where Azure hands out the addresses", "none", names, by_hand)]
    found = lab.api.get(f"{folder}/{POOL_NAME}")
    if found is None:
        return [holds(f"IPPool {POOL_NAME}", "there", "not there", False, by_hand)]
    ipip, vxlan = _MODES[settings.encapsulation]
    wanted = {
        "cidr": settings.pod_cidr,
        "ipipMode": ipip,
        "vxlanMode": vxlan,
        "natOutgoing": settings.nat_outgoing is Switch.ENABLED,
        "blockSize": settings.block_size,
    }
    # A field that is off may be left out of the object.
    absent = {"natOutgoing": False, "ipipMode": "Never", "vxlanMode": "Never"}
    return [
        same(f"IPPool {POOL_NAME}: {field}", value, found["spec"].get(field, absent.get(field)), by_hand)
        for field, value in wanted.items()
    ] + [same(f"IPPool {POOL_NAME}: disabled", False, found["spec"].get("disabled", False), by_hand)]


CHECK = Check(
    name="ip-pool",
    proves="the pool has the stack's range, encapsulation, NAT and block size; no pool where Azure owns the addresses",
    course="calicoctl get ippool -o wide",
    needs="read ippools",
    run=_run,
    applies=scope.own_operator,
)
