"""Images of real nodes, made ready before the daemon starts, with the progress that people see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sandbox.nodes.real import store
from sandbox.nodes.real.images import images
from sandbox.tools.progress import Steps

_SECONDS = 25


def prepare_images(tool: Callable[[str], Path]) -> Path:
    """Return the images' store, filled if need be.

    Raises:
        SandboxError: a program for an image is missing, or containerd did not take them.
    """
    wanted = images(tool)
    if store.is_there(wanted):
        return store.ensure(wanted)
    with Steps("images", 1).step(f"putting {len(wanted)} images of real nodes together", _SECONDS):
        return store.ensure(wanted)
