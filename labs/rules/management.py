"""Rules about who runs Calico: what is refused where AKS does (`calicoManagement: aks`), with AKS's reasons.

AKS's add-on manager puts its own Installation back whenever it differs, so a setting of the Installation would
look applied and be gone minutes later.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs import keys
from labs.enums import CalicoManagement, NetworkPlugin, PolicySet, Switch
from labs.errors import Violation
from labs.rules.wording import Rule, changed, fact, refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings

_SOURCE = "projectcalico/calico#5418; AKS docs, use-network-policies"
_INSTALLATION = ("mtu", "block_size", "nat_outgoing", "node_address_autodetection_v4", "calico_version")
"""Fields of the Installation that have a key with a default of their own; the lab's own are judged apart."""


def _managed(settings: LabSettings) -> bool:
    return settings.calico_management is CalicoManagement.AKS


def _plugin(settings: LabSettings) -> Iterator[Violation]:
    if _managed(settings) and settings.network_plugin is not NetworkPlugin.AZURE:
        yield refusal(
            settings,
            "calico_management",
            f"lab '{settings.lab}' runs without AKS's own CNI",
            f"set it to '{CalicoManagement.OPERATOR}'",
            "AKS's add-on works beside Azure CNI only",
            "AKS docs, use-byo-cni",
        )


def _installation(settings: LabSettings) -> Iterator[Violation]:
    if not _managed(settings):
        return
    for field in changed(settings, _INSTALLATION):
        yield refusal(
            settings,
            field,
            fact(settings, "calico_management"),
            "remove it",
            "AKS puts its own Installation back, and chooses the release itself",
            _SOURCE,
        )


def _dataplane(settings: LabSettings) -> Iterator[Violation]:
    if _managed(settings) and settings.dataplane != "Iptables":
        yield refusal(
            settings,
            "dataplane",
            fact(settings, "calico_management"),
            f"set it to 'Iptables' or use '{CalicoManagement.OPERATOR}'",
            "the data plane is a field of the Installation, which AKS puts back",
            _SOURCE,
        )


def _wireguard(settings: LabSettings) -> Iterator[Violation]:
    if _managed(settings) and settings.wireguard is Switch.ENABLED:
        yield refusal(
            settings,
            "wireguard",
            fact(settings, "calico_management"),
            f"set it to '{Switch.DISABLED}' or use '{CalicoManagement.OPERATOR}'",
            "it is switched through Calico's API, which AKS does not serve, and AKS does not support it",
            "Azure/AKS#4038; AKS docs, use-network-policies",
        )


def _api_server(settings: LabSettings) -> Iterator[Violation]:
    if not _managed(settings):
        return
    if settings.policies not in (PolicySet.NONE, PolicySet.KUBERNETES):
        yield refusal(
            settings,
            "policies",
            fact(settings, "calico_management"),
            f"set it to '{PolicySet.KUBERNETES}' or '{PolicySet.NONE}', or use '{CalicoManagement.OPERATOR}'",
            "Calico's own policies need an APIServer, which AKS does not support and whose certificates its "
            "operator cannot make",
            "Azure/AKS#4038, #5675",
        )
    if settings.control_plane_replicas != keys.BY_FIELD["control_plane_replicas"].default:
        yield refusal(
            settings,
            "control_plane_replicas",
            fact(settings, "calico_management"),
            "remove it",
            "they are copies of Calico's API server, which AKS does not support",
            "Azure/AKS#4038",
        )


RULES: tuple[Rule, ...] = (_plugin, _installation, _dataplane, _wireguard, _api_server)
