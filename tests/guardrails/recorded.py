"""The state that every stack of this project would have, exported, made on Pulumi's mocks and in Pulumi's own format.

The same compose function and stack files as in an `up`; values that no stack file can hold (a password, a kubeconfig)
are stand-ins. `tests/e2e/test_preview.py` does the same over states that the real engine wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from components.compose import compose
from labs.settings import LabSettings
from labs.stack_files import settings_of
from preview import stand_ins
from preview.plugins import KUBECONFIG
from sandbox.home import PROJECT
from tests.components.conftest import run, use_mocks
from tests.components.recorder import Recorder, Registration
from tests.guardrails.pack_server import SECRET, SIGNATURE

STACKS = sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in PROJECT.glob("Pulumi.*.yaml"))
assert STACKS


def exported(stack: str, folder: Path, **changes: Any) -> dict[str, Any]:
    """Return what `pulumi stack export` would print."""
    settings = replace(_complete(settings_of(PROJECT, stack), folder), **changes)
    recorder: Recorder = use_mocks()
    run(lambda: compose(settings))
    return {"version": 3, "deployment": {"resources": [_entry(found) for found in recorder.registrations]}}


def _complete(settings: LabSettings, folder: Path) -> LabSettings:
    if settings.kubeconfig:
        document = yaml.safe_load(KUBECONFIG)
        document["contexts"][0]["name"] = settings.context
        path = folder / "kubeconfig"
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        settings = replace(settings, kubeconfig=str(path), node_names=stand_ins.NODES)
    return replace(settings, windows_admin_username="a", windows_admin_password="a long password 0")


def _entry(found: Registration) -> Mapping[str, Any]:
    inputs = {
        key: {SIGNATURE: SECRET, "ciphertext": "..."} if key in found.secret_inputs else _sealed(value)
        for key, value in found.inputs.items()
    }
    return {
        "urn": found.urn,
        "type": found.type,
        "custom": found.custom,
        "inputs": inputs,
        "provider": found.provider,
    }


def _sealed(value: Any) -> Any:
    """A secret inside an input arrives marked; the state writes it like any other."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET:
            return {SIGNATURE: SECRET, "ciphertext": "..."}
        return {key: _sealed(item) for key, item in value.items()}
    return [_sealed(item) for item in value] if isinstance(value, list) else value
