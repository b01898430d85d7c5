"""Which labs have the subject of a check: said once, used by every check that needs it."""

from __future__ import annotations

from checks.lab import Lab
from labs.enums import CalicoManagement, CalicoSource, ClusterKind, CniType, Dataplane, Switch


def own_operator(lab: Lab) -> bool:
    """Tell whether the stack installs Calico by an operator of its own."""
    settings = lab.settings
    return settings.calico_management is CalicoManagement.OPERATOR and settings.calico is CalicoSource.INSTALL


def any_operator(lab: Lab) -> bool:
    """Tell whether an operator runs Calico, the stack's own or AKS's."""
    return lab.settings.calico is CalicoSource.INSTALL or lab.settings.cluster is ClusterKind.AKS


def calico_addresses(lab: Lab) -> bool:
    """Tell whether Calico hands out the pods' addresses."""
    return own_operator(lab) and lab.settings.cni is CniType.CALICO


def bpf(lab: Lab) -> bool:
    """Tell whether the stack wants the eBPF data plane."""
    return lab.settings.dataplane is Dataplane.BPF


def windows(lab: Lab) -> bool:
    """Tell whether the stack has Windows nodes."""
    return lab.settings.windows_node_count > 0


def bgp_on_existing(lab: Lab) -> bool:
    """Tell whether Calico speaks BGP on a cluster that was there before."""
    return lab.settings.cluster is ClusterKind.EXISTING and lab.settings.bgp is Switch.ENABLED
