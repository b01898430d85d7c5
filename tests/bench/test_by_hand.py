"""The script of the baseline: the operator's kinds one after the other, each when its CRD is served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import by_hand
from bench.by_hand import Body, ByHand


def resource(type: str, inputs: Body) -> Body:
    return {"type": type, "id": "/x", "inputs": inputs}


def kubernetes(kind: str) -> Body:
    return resource(f"kubernetes:x:{kind}", {"kind": kind, "metadata": {"name": "default"}})


def test_an_operators_kind_is_applied_once_served_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, ...]] = []

    def kubectl(self: ByHand, folder: Path, *arguments: str) -> None:
        if arguments[0] == "apply":
            items = json.loads(Path(arguments[-1]).read_text(encoding="utf-8"))["items"]
            said.append(("apply", *(item["kind"] for item in items)))
        elif arguments[0] == "wait":
            said.append((arguments[1].removeprefix("--for="), arguments[2]))

    monkeypatch.setattr(by_hand, "_chart_objects", lambda release: [])
    monkeypatch.setattr(ByHand, "_kubectl", kubectl)
    home: Any = None
    state = {
        "resources": [
            kubernetes("APIServer"),
            kubernetes("NetworkPolicy"),
            kubernetes("Namespace"),
            kubernetes("Installation"),
            resource("kubernetes:helm.sh/v3:Release", {}),
            resource("azure-native:resources:ResourceGroup", {}),
            resource("azure-native:containerservice:ManagedCluster", {}),
        ]
    }
    ByHand(home, state)._apply_all(tmp_path)
    served = [
        [
            ("create", f"crd/{plural}"),
            (f"jsonpath={{.status.acceptedNames.kind}}={kind}", f"crd/{plural}"),
            ("condition=Established", f"crd/{plural}"),
            ("apply", kind),
            ("condition=Ready", f"{plural}/default"),
        ]
        for kind, plural in (
            ("Installation", "installations.operator.tigera.io"),
            ("APIServer", "apiservers.operator.tigera.io"),
        )
    ]
    assert said == [
        ("apply",),
        *served[0],
        *served[1],
        ("apply", "Namespace"),
        ("apply", "NetworkPolicy"),
        ("apply",),
    ]
