"""The labs that exist and what each is made of: one entry a lab.

An entry holds the parts that make the lab what it is, so that a stack file needs to name only the lab and
what differs from it. It does not hold sizes, versions or addresses (the same for every lab: `keys.py`), and
it creates nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from labs.enums import CniType, Dataplane, Encapsulation, Lab, NetworkPlugin, Switch


@dataclass(frozen=True, kw_only=True)
class LabSpec:
    """The parts of one lab."""

    lab: Lab
    summary: str
    """One sentence for tables and help texts: what the reader sees."""

    course: str
    """Part of the course that the lab comes from."""

    network_plugin: NetworkPlugin
    cni: CniType
    encapsulation: Encapsulation
    bgp: Switch
    dataplane: Dataplane
    wireguard: Switch

    app: str
    """Folder below `apps/` that holds the application."""

    policies: str
    """Folder below `policies/` that holds the network policies."""


_ENTRIES = (
    LabSpec(
        lab=Lab.BYOCNI,
        summary="AKS without a CNI: nodes stay NotReady until the operator brings Calico, VXLAN, no BGP",
        course="Tigera CCO-L2-Azure, week 3, lab 2",
        network_plugin=NetworkPlugin.NONE,
        cni=CniType.CALICO,
        encapsulation=Encapsulation.VXLAN,
        bgp=Switch.DISABLED,
        dataplane=Dataplane.IPTABLES,
        wireguard=Switch.DISABLED,
        app="yaobank-org",
        policies="byocni",
    ),
)

_CATALOGUE = {entry.lab: entry for entry in _ENTRIES}


def get(lab: Lab) -> LabSpec:
    """Return the entry of a lab; every member of `Lab` has one."""
    return _CATALOGUE[lab]


def entries() -> tuple[LabSpec, ...]:
    """Return all entries in the order of the catalogue."""
    return _ENTRIES
