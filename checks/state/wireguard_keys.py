"""Every Linux node has published a WireGuard key, or, switched off, none has."""

from __future__ import annotations

from checks.check import Check
from checks.lab import Lab, simulated
from checks.result import Findings, Skip, holds, same
from checks.state import scope
from labs.enums import Switch

_ANNOTATION = "projectcalico.org/WireguardPublicKey"
_KEY_LENGTH = 44
"""32 bytes in base64."""


def _run(lab: Lab) -> Findings:
    on = lab.settings.wireguard is Switch.ENABLED
    nodes = lab.nodes("linux")
    if on and (what := simulated(nodes)):
        return Skip(f"keys are made by calico-node on real nodes; {what}")
    keys = {
        n["metadata"]["name"]: (n["metadata"].get("annotations") or {}).get(_ANNOTATION, "") for n in nodes
    }
    by_hand = f"{lab.kubectl} get nodes -o yaml | grep WireguardPublicKey"
    if not on:
        return [same(f"node {name}: key", "none", key or "none", by_hand) for name, key in keys.items()]
    rows = [
        holds(
            f"node {name}: key", f"{_KEY_LENGTH} characters", key or "none", len(key) == _KEY_LENGTH, by_hand
        )
        for name, key in keys.items()
    ]
    return [*rows, same("different keys", len(keys), len(set(keys.values())), by_hand)]


CHECK = Check(
    name="wireguard-keys",
    proves="each Linux node has a WireGuard key of its own while WireGuard is on, and none once it is off",
    course="kubectl get node ... -o yaml | grep WireguardPublicKey",
    needs="read nodes; real nodes while WireGuard is on",
    run=_run,
    applies=scope.own_operator,
)
