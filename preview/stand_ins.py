"""Values that a committed stack file cannot hold, so that every stack can be previewed: a password, a kubeconfig.

The same for base and head, written into the throw-away copy only. A value that the stack file has is never replaced.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import yaml

from labs.foreign_yaml import ForeignYamlError, load, read_text
from preview.plugins import KUBECONFIG

_PROJECT = "calico-labs"
_WINDOWS = {
    "windowsAdminUsername": "labadmin",
    "windowsAdminPassword": "Paper-only-0-password",
}
NODES = "node-1,node-2"


def complete(folder: Path, stack: str, keys: frozenset[str]) -> None:
    """Add what is missing to the stack file in `folder`; `keys` are those that its Pulumi.yaml declares."""
    file = folder / f"Pulumi.{stack}.yaml"
    try:
        document = load(read_text(file)) or {}
    except ForeignYamlError:
        return  # the engine says better what is wrong with it
    if not isinstance(document, dict) or not isinstance(document.get("config") or {}, dict):
        return  # likewise
    config: dict[str, Any] = dict(document.get("config") or {})
    added: dict[str, Any] = {}
    if (config.get(f"{_PROJECT}:lab") or stack) == "windows":  # without the key the stack's name is the lab's
        added |= {f"{_PROJECT}:{key}": value for key, value in _WINDOWS.items()}
    kubeconfig = config.get(f"{_PROJECT}:kubeconfig")
    if isinstance(kubeconfig, str) and kubeconfig:
        if config.get(f"{_PROJECT}:bgp") != "Disabled":
            # Its nodes are asked for while the program runs, and nobody is there to tell.
            added[f"{_PROJECT}:nodeNames"] = NODES
        _write_kubeconfig(folder, kubeconfig, str(config.get(f"{_PROJECT}:context", "paper")))
    # An empty text is the default of these keys, and means that somebody is asked.
    new = {
        key: value for key, value in added.items() if not config.get(key) and key.partition(":")[2] in keys
    }
    if new:
        file.write_text(yaml.safe_dump({**document, "config": {**config, **new}}), encoding="utf-8")


def declared_keys(folder: Path) -> frozenset[str]:
    """Return the project's own keys, as Pulumi.yaml declares them."""
    try:
        document = load(read_text(folder / "Pulumi.yaml"))
    except ForeignYamlError:
        return frozenset()  # likewise
    config = document.get("config") if isinstance(document, dict) else None
    return frozenset(config) if isinstance(config, dict) else frozenset()


def _write_kubeconfig(folder: Path, name: str, context: str) -> None:
    """Write one where the stack file expects it; never outside the copy and never over a file that is there."""
    try:
        target = (folder / name).resolve()
        if not target.is_relative_to(folder.resolve()) or target.exists():
            return
    except (OSError, ValueError, RuntimeError):
        return  # no path; the program says so
    document = yaml.safe_load(KUBECONFIG)
    document["contexts"][0]["name"] = document["current-context"] = context
    with contextlib.suppress(OSError, UnicodeError):  # longer than a path may be, or below a file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump(document), encoding="utf-8")
