"""What a stack deploys: the manifests of its application and its policies, of the folders that the lab names.

One answer for the program, the checks and the verdicts, so that what is looked at is what is deployed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labs import catalogue
from labs.enums import CalicoManagement
from labs.manifests import Manifest, load_folder
from labs.policy_sets import selected
from labs.settings import LabSettings


@dataclass(frozen=True)
class Deployed:
    """Manifests as their files say; the API group of Calico's kinds is the stack's to choose (`policy_sets.py`)."""

    app: tuple[Manifest, ...]
    policies: tuple[Manifest, ...]
    other_policies: tuple[Manifest, ...]
    """Those of the lab that the stack's settings leave out."""


def read_deployed(root: Path, settings: LabSettings) -> Deployed:
    """Return what a stack of these settings deploys of a project folder.

    Raises:
        ManifestError: a file is not acceptable.
    """
    lab = catalogue.get(settings.lab)
    app = load_folder(root / "apps" / lab.app)
    if lab.windows and settings.windows_node_count == 0:
        # Without a Windows node its pods would wait for one for ever, and `up` with them.
        app = [manifest for manifest in app if manifest.kind == "Namespace"]
    folder = load_folder(root / "policies" / lab.policies)
    calico_api = settings.calico_management is CalicoManagement.OPERATOR
    chosen = selected(folder, settings.policies, calico_api=calico_api)
    taken = {manifest.where for manifest in chosen}
    others = [manifest for manifest in folder if manifest.where not in taken]
    return Deployed(tuple(app), tuple(chosen), tuple(others))
