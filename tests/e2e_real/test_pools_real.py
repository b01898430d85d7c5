"""Nodes come and go with the pools of the Azure stand-in: two, three, two again, each change one `pulumi up`."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.nodes.real import cgroups
from sandbox.nodes.real.node import port_name
from sandbox.status import programs
from tests.e2e_real.conftest import RealLab, on
from tests.e2e_real.kubectl import on_machine, probe_pod, wait_for

pytestmark = on("byocni")


def ready(real: RealLab) -> set[str]:
    def is_ready(node: dict[str, Any]) -> bool:
        return any(
            c["type"] == "Ready" and c["status"] == "True" for c in node["status"].get("conditions") or []
        )

    return {node["metadata"]["name"] for node in real.kubectl.items("nodes") if is_ready(node)}


def resize(real: RealLab, count: int) -> None:
    assert real.lab.pulumi("config", "set", "nodeCount", str(count)).returncode == 0
    real.lab.must_up()


def on_the_machine(real: RealLab, node: str) -> dict[str, bool]:
    """Return what the machine has of a node."""
    group = cgroups.group_of(real.home)
    links = on_machine(real.home, "router", "ip", "-o", "link").stdout
    return {
        "process": f"node {node}" in {program.name for program in programs(real.home)},
        "cgroup": any((root / group / node).is_dir() for root in cgroups.hierarchies()),
        "folder": bool(list(real.home.clusters.glob(f"*/nodes/{node}"))),
        "port of the bridge": port_name(node) in links,
    }


def calico_nodes(real: RealLab) -> int:
    return int(
        real.kubectl.get("daemonset", "calico-node", "-n", "calico-system")["status"].get("numberReady", 0)
    )


@pytest.fixture
def two(real: RealLab) -> set[str]:
    before = ready(real)
    assert len(before) == 2
    return before


def test_a_third_node_joins_works_and_leaves_nothing(real: RealLab, two: set[str]) -> None:
    resize(real, 3)
    try:
        (third,) = wait_for("a third Ready node", lambda: ready(real) - two)
        wait_for("calico-node on it", lambda: calico_nodes(real) == 3)
        assert set(on_the_machine(real, third).values()) == {True}
        there = probe_pod("default", "there", {"app": "there"}, ["8080"], nodeName=third)
        here = probe_pod("default", "here", {"app": "here"}, nodeName=min(two))
        real.kubectl.apply(there, here)
        for name in ("there", "here"):
            real.kubectl.run("wait", f"pod/{name}", "--for=condition=Ready", "--timeout=120s")
        target = f"{real.kubectl.get('pod', 'there')['status']['podIP']}:8080"
        assert real.kubectl.probe("default", "here", target, limit="10s") == {target: "CONNECTED"}
        real.kubectl.delete(here)
    finally:
        resize(real, 2)
    wait_for("two nodes", lambda: ready(real) == two)
    wait_for("two calico-nodes", lambda: calico_nodes(real) == 2)
    assert set(on_the_machine(real, third).values()) == {False}
    assert third not in {node["metadata"]["name"] for node in real.kubectl.items("nodes")}
    assert real.kubectl.items("pods", "-A", "--field-selector", f"spec.nodeName={third}") == []
