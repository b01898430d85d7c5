"""Where the sandbox keeps things: one folder a sandbox, one shared cache of tools.

Owns the names of files and folders, and nothing else, so that a reader finds every path in one place. The sandbox's
own folder holds secrets (keys, kubeconfigs, the passphrase of its throw-away backend) and is made with mode 0700.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
SANDBOX_VARIABLE = "CALICO_LABS_SANDBOX"
CACHE_VARIABLE = "CALICO_LABS_CACHE"


def cache_folder() -> Path:
    """Return the folder of built and downloaded tools, shared by all checkouts of one user."""
    own = os.environ.get(CACHE_VARIABLE)
    if own:
        return Path(own).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "calico-labs"


@dataclass(frozen=True)
class Home:
    """The folder of one sandbox."""

    root: Path

    @classmethod
    def default(cls) -> Home:
        """Return the sandbox of `CALICO_LABS_SANDBOX`, or `.sandbox` in this checkout."""
        own = os.environ.get(SANDBOX_VARIABLE)
        return cls(Path(own).expanduser().resolve() if own else PROJECT / ".sandbox")

    @property
    def arm_store(self) -> Path:
        """What the Azure stand-in remembers."""
        return self.root / "azure.json"

    @property
    def arm_endpoint(self) -> Path:
        """URL and token of the Azure stand-in; there while the daemon serves."""
        return self.root / "arm.json"

    @property
    def lock(self) -> Path:
        """Held by whoever prepares, starts or stops the sandbox."""
        return self.root / ".lock"

    @property
    def daemon_record(self) -> Path:
        """Process id of the daemon."""
        return self.root / "daemon.json"

    @property
    def daemon_log(self) -> Path:
        return self.root / "daemon.log"

    @property
    def nodes_kind(self) -> Path:
        """Whether its clusters have simulated or real nodes."""
        return self.root / "nodes-kind"

    @property
    def processes(self) -> Path:
        """One small file a running program, so that `stop` finds them after a crash."""
        return self.root / "processes"

    @property
    def clusters(self) -> Path:
        return self.root / "clusters"

    @property
    def pulumi_home(self) -> Path:
        return self.root / "pulumi"

    @property
    def backend(self) -> Path:
        return self.root / "state"

    @property
    def passphrase(self) -> Path:
        return self.root / "passphrase"

    def create(self) -> None:
        """Make the folder and its parts; harmless if they exist."""
        for folder in (self.root, self.processes, self.clusters, self.pulumi_home, self.backend):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def write_private(path: Path, text: str) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)


def write_private_json(path: Path, value: Any) -> None:
    write_private(path, json.dumps(value, indent=1, sort_keys=True) + "\n")
