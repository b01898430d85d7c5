"""Policy cases with known verdicts, made into pods and probes.

Cases come from `../shared/policy-cases`, beside this repository and not part of it, or from the folder that
CALICO_LABS_POLICY_CASES names. Taken are those that
pods can replay: TCP and UDP between pods, no tier but `default`, nothing staged, no address that is not a pod's.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.home import PROJECT

VARIABLE = "CALICO_LABS_POLICY_CASES"
SUITES = ("calico-fv", "calico-e2e", "calico-order-and-checker", "nca-calico")
_SYSTEM = ("kube-", "calico-", "tigera-", "default")
"""Namespaces that the cluster itself lives in: a case's policies there would cut it off."""
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+(?:/\d+)?")


@dataclass(frozen=True)
class Flow:
    """One connection and what should become of it."""

    source: str
    target: str
    protocol: str
    port: int
    allow: bool


@dataclass(frozen=True)
class Case:
    """One case; cases of equal `scene` share their pods."""

    id: str
    scene: str
    body: Mapping[str, Any]
    flows: tuple[Flow, ...]


def load(folder: Path, pods_at_most: int = 8) -> list[Case]:
    """Return the cases that can be replayed with so many pods, in the order of their files."""
    cases = []
    for suite in SUITES:
        text = (folder / f"{suite}.yaml").read_text(encoding="utf-8")
        for body in yaml.load(text, yaml.CSafeLoader)["cases"]:
            flows = tuple(_flow(entry) for entry in body["expect"] if _is_between_pods(entry))
            if flows and len(body["pods"]) <= pods_at_most and _can_replay(body):
                parts = [body["namespaces"], body["pods"], body.get("serviceAccounts")]
                cases.append(Case(str(body["id"]), json.dumps(parts, sort_keys=True), body, flows))
    return cases


def folder() -> Path:
    return Path(os.environ.get(VARIABLE) or PROJECT.parent / "shared" / "policy-cases")


def _flow(entry: Mapping[str, Any]) -> Flow:
    return Flow(entry["from"], entry["to"], entry["protocol"], int(entry["port"]), bool(entry["allow"]))


def _is_between_pods(entry: Mapping[str, Any]) -> bool:
    ends = (str(entry["from"]), str(entry["to"]))
    return (
        entry["protocol"] in ("TCP", "UDP")
        and "srcPort" not in entry
        and not any(end.startswith("ip:") for end in ends)
    )


def _can_replay(body: Mapping[str, Any]) -> bool:
    if body.get("services") or body.get("since"):
        return False
    if any(space["name"].startswith(_SYSTEM) for space in body["namespaces"]):
        return False
    for resource in body["resources"]:
        if resource["kind"] == "Tier" or resource["kind"].startswith("Staged"):
            return False
        if (resource.get("spec") or {}).get("tier", "default") != "default":
            return False
    own = {pod["ip"] for pod in body["pods"]}
    for address in _ADDRESS.findall(json.dumps(body["resources"])):
        host, _, length = address.partition("/")
        if host not in own or length not in ("", "32"):
            return False
    return True


def ports_of(cases: list[Case]) -> dict[str, list[str]]:
    """Return what each pod has to listen on, as `probe_pod` takes it."""
    ports: dict[str, set[str]] = {}
    for case in cases:
        for flow in case.flows:
            ports.setdefault(flow.target, set()).add(f"{'udp:' if flow.protocol == 'UDP' else ''}{flow.port}")
    return {pod: sorted(found) for pod, found in ports.items()}


def with_addresses(resources: list[Any], addresses: Mapping[str, str]) -> list[Any]:
    """Return the resources with the cases' addresses replaced by those that the pods really have."""
    text = json.dumps(resources)
    for old, new in addresses.items():
        text = re.sub(rf"(?<![\d.]){re.escape(old)}(?![\d.])", new, text)
    return list(json.loads(text))
