"""One policy that opens the application for a moment, so that a full run sees the same pairs without the policies.

It stands before every policy of the labs and is taken away again; the lab's own policies are never touched, so nothing
has to be put back after a crash.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks import paths
from checks.api import Body
from checks.traffic.pods import LABEL
from labs.enums import CalicoApiGroup
from labs.settings import LabSettings

_ORDER = -1_000_000.0
"""Lower than the order of every policy of the labs: asked first."""


def collection(settings: LabSettings) -> str:
    """Return where it is created."""
    return paths.collection(str(settings.calico_api_group), "GlobalNetworkPolicy")


def body(settings: LabSettings, run: str, namespaces: Sequence[str]) -> Body:
    """Return the policy that opens some namespaces in both directions."""
    names = ", ".join(f"'{name}'" for name in namespaces)
    name = f"calico-labs-check-{run}"
    if settings.calico_api_group is CalicoApiGroup.V1:
        name = f"default.{name}"  # Calico's storage has the tier in front of the name
    return {
        "apiVersion": str(settings.calico_api_group),
        "kind": "GlobalNetworkPolicy",
        "metadata": {"name": name, "labels": {LABEL: run}},
        "spec": {
            "tier": "default",
            "order": _ORDER,
            "namespaceSelector": f"kubernetes.io/metadata.name in {{{names}}}",
            "types": ["Ingress", "Egress"],
            "ingress": [{"action": "Allow"}],
            "egress": [{"action": "Allow"}],
        },
    }
