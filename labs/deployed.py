"""What a stack deploys: the manifests of its application and its policies, of the folders that the lab names.

One answer for the program, the checks and the verdicts, so that what is looked at is what is deployed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labs import catalogue
from labs.enums import CalicoManagement, PolicySet
from labs.errors import RulesError, Violation
from labs.manifests import Manifest, load_folder
from labs.policy_sets import selected
from labs.rules.wording import refusal
from labs.settings import LabSettings


@dataclass(frozen=True)
class Deployed:
    """Manifests as their files say; the API group of Calico's kinds is the stack's to choose (`policy_sets.py`)."""

    app: tuple[Manifest, ...]
    policies: tuple[Manifest, ...]
    other_policies: tuple[Manifest, ...]
    """Those of the lab that the stack's settings leave out."""


def waits_for_windows(settings: LabSettings) -> bool:
    """Tell whether the application has to wait; its pods would look for a Windows node for ever, `up` with them."""
    return catalogue.get(settings.lab).windows and settings.windows_node_count == 0


def read_deployed(root: Path, settings: LabSettings) -> Deployed:
    """Return what a stack of these settings deploys of a project folder.

    Raises:
        ManifestError: a file is not acceptable.
        RulesError: `policies` asks for a set of which the lab has none.
    """
    lab = catalogue.get(settings.lab)
    app = load_folder(root / "apps" / lab.app)
    if waits_for_windows(settings):
        app = [manifest for manifest in app if manifest.kind == "Namespace"]
    folder = load_folder(root / "policies" / lab.policies)
    calico_api = settings.calico_management is CalicoManagement.OPERATOR
    chosen = selected(folder, settings.policies, calico_api=calico_api)
    if not chosen and settings.policies is not PolicySet.NONE:
        raise RulesError([_selects_nothing(settings, folder, calico_api=calico_api)])
    taken = {manifest.where for manifest in chosen}
    others = [manifest for manifest in folder if manifest.where not in taken]
    return Deployed(tuple(app), tuple(chosen), tuple(others))


def _selects_nothing(settings: LabSettings, folder: list[Manifest], *, calico_api: bool) -> Violation:
    sets = [
        str(other)
        for other in PolicySet
        if other is PolicySet.NONE or selected(folder, other, calico_api=calico_api)
    ]
    return refusal(
        settings,
        "policies",
        f"lab '{settings.lab}' has no such policies",
        f"set it to {' or '.join(sets)}",
        "nothing would be deployed, and those that are there would go, in silence",
    )
