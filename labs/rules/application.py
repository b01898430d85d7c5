"""Rules about the application: the only ones that read files, to learn which containers there are."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from labs import catalogue, manifests
from labs.errors import Violation, shown
from labs.rules.wording import refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings

APPS = Path(__file__).resolve().parents[2] / "apps"

_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,511}", re.ASCII)


def violations(settings: LabSettings, apps: Path = APPS) -> Iterator[Violation]:
    """Yield what is wrong with the images.

    Raises:
        ManifestError: if there are images to compare and the application's own files cannot be read.
    """
    if not settings.images:
        return
    known = sorted(manifests.container_names(manifests.load_folder(apps / catalogue.get(settings.lab).app)))
    for container, image in settings.images.items():
        if container not in known:
            close = difflib.get_close_matches(container, known, n=1)
            yield refusal(
                settings,
                "images",
                f"'{shown(container)}' is not a container of the lab's application",
                f"did you mean {close[0]}" if close else f"use the names {', '.join(known)}",
                "an image that belongs to no container would never run",
            )
        if not _IMAGE.fullmatch(image):
            yield refusal(
                settings,
                "images",
                f"'{shown(image)}' is not an image reference",
                f"set images.{shown(container)} to registry/name:tag",
                "the node could not pull it",
            )
