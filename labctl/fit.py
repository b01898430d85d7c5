"""Which labs real nodes can run: what a stack asks for beside what this machine's kernel and the built Calico have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from labs.enums import CalicoManagement, CalicoSource, Dataplane, Encapsulation, Switch
from labs.errors import LabError
from labs.settings import LabSettings
from labs.stack_files import settings_of
from sandbox.nodes.real.preflight import IPIP, WIREGUARD, try_alone

_TUNNELS = (Encapsulation.IPIP, Encapsulation.IPIP_CROSS_SUBNET)


def unfit(project: Path, stack: str) -> str | None:
    """Return why real nodes cannot run the stack, in words; None if they can, or if the stack cannot be read at all.

    A stack with an error in it is left to Pulumi, which says what is wrong with it.
    """
    try:
        settings = settings_of(project, stack)
    except LabError:
        return None
    return why_not(settings)


def why_not(settings: LabSettings, kernel: Callable[[str], str | None] = try_alone) -> str | None:
    """Return why real nodes cannot run a lab with these settings; `kernel` tries a command and returns its error."""
    if settings.windows_node_count:
        return f"calico-labs:windowsNodeCount is '{settings.windows_node_count}' but a real Windows node needs Windows"
    if settings.dataplane is Dataplane.BPF:
        return "calico-labs:dataplane is 'BPF' but Calico's Go module has no compiled eBPF programs"
    if settings.calico_management is CalicoManagement.AKS:
        return "calico-labs:calicoManagement is 'aks' but AKS's own Calico can only be simulated"
    if settings.calico is CalicoSource.EXISTING:
        return "calico-labs:calico is 'existing' but a plain cluster of real nodes comes without Calico"
    if settings.wireguard is Switch.ENABLED and (error := kernel(WIREGUARD)):
        return f"calico-labs:wireguard is 'Enabled' but this kernel has no WireGuard ({error})"
    if settings.encapsulation in _TUNNELS and (error := kernel(IPIP)):
        return (
            f"calico-labs:encapsulation is '{settings.encapsulation}' but this kernel has no IPIP ({error})"
        )
    return None
