"""Manifests: the strict loader of `apps/` and `policies/`."""

from __future__ import annotations

import json
import random
from typing import Any

from labs.errors import LabError
from labs.manifests import container_names, load_file
from sandbox.home import PROJECT
from tests.fuzz.junk import edit_text, edited
from tests.fuzz.target import REFUSED, Target, outcome
from tests.fuzz.targets.files import written

SAMPLES = tuple(
    path.read_text(encoding="utf-8")
    for room in ("apps", "policies")
    for path in sorted((PROJECT / room).rglob("*.yaml"))
)
assert len(SAMPLES) > 20
_TOKENS = (
    *("kind: ", "apiVersion: ", "metadata:", "  name: x", "  namespace: y", "spec:", "kind: NetworkPolicy"),
    *("types: [Ingress]", "policyTypes: []", "- name: x\n  image: y", "projectcalico.org/v3", "kind: Secret"),
)


def _judge(text: Any) -> str:
    file = written("manifest.yaml", text)
    if outcome(lambda: load_file(file), LabError) == REFUSED:
        return REFUSED

    def use() -> None:
        for manifest in load_file(file):
            json.dumps(manifest.body, allow_nan=False)
            assert all([manifest.api_version, manifest.kind, manifest.name, manifest.where])
            assert manifest.namespace != ""
            container_names([manifest])

    return outcome(use)


def _vary(text: Any, chance: random.Random) -> str:
    return edit_text(text, chance, _TOKENS)


TARGET = Target("manifests", "manifests of apps/ and policies/", edited(SAMPLES, _TOKENS), _judge, _vary)
