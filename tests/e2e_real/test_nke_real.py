"""The nke lab on three real nodes of a cluster that was there before: BGP without encapsulation, and both exercises.

BIRD is Debian's, its configuration Calico's; what CalicoNodeStatus says is what it said on its socket.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.tools import Toolbox
from tests.e2e_real import nke
from tests.e2e_real.capture import capture, needs_tcpdump
from tests.e2e_real.changing import without
from tests.e2e_real.conftest import RealLab, on
from tests.e2e_real.kubectl import on_machine, probe_pod, wait_for

pytestmark = on("nke")
FRONTEND = "frontend.guestbook.svc.cluster.local:80"
BLOCKED, CLOSE, FAR = (f"{host}:{nke.PORT}" for host in (nke.BLOCKED_HOST, *nke.OPEN_HOSTS))
POD_CIDR = "10.244.0.0/16"
MYPOLICY = "/apis/networking.k8s.io/v1/namespaces/guestbook/networkpolicies/mypolicy"
_CALICO = "/apis/projectcalico.org/v3/namespaces/guestbook/networkpolicies"
DENY, ALLOW = f"{_CALICO}/custom-deny-egress", f"{_CALICO}/default-allow-egress"


@pytest.fixture(scope="module")
def guestbook(real: RealLab) -> Iterator[RealLab]:
    """The lab with three visitors: one of testns, one of namespace default, one of the guestbook itself."""
    visitors = [
        probe_pod(namespace, "visitor", {"app": "visitor"})
        for namespace in ("testns", "default", "guestbook")
    ]
    real.kubectl.apply(*visitors)
    try:
        for visitor in visitors:
            space = visitor["metadata"]["namespace"]
            real.kubectl.run("wait", "-n", space, "pod/visitor", "--for=condition=Ready", "--timeout=120s")
        yield real
    finally:
        real.kubectl.delete(*visitors)


def reached(lab: RealLab, namespace: str, target: str, word: str) -> None:
    """Wait until a visitor's connection ends with that word."""
    wait_for(
        f"{namespace}: {word}", lambda: lab.kubectl.probe(namespace, "visitor", target) == {target: word}
    )


class TestBgp:
    """Part 1: every node is every other node's peer, and pods talk without encapsulation."""

    def test_every_node_says_that_its_peers_are_established(self, real: RealLab) -> None:
        names = [node["metadata"]["name"] for node in real.kubectl.items("nodes")]
        assert len(names) == 3

        def told() -> list[dict[str, Any]]:
            statuses = [
                real.kubectl.get("caliconodestatuses.projectcalico.org", f"{name}-status") for name in names
            ]
            bgp = [status.get("status", {}).get("bgp", {}) for status in statuses]
            return bgp if all(b.get("numberEstablishedV4") == 2 for b in bgp) else []

        for bgp in wait_for("two established peers a node", told):
            assert bgp["numberNotEstablishedV4"] == 0
            assert [(peer["type"], peer["state"]) for peer in bgp["peersV4"]] == [
                ("NodeMesh", "Established")
            ] * 2

    def test_bird_brings_the_route_of_every_other_nodes_pods(self, real: RealLab) -> None:
        nodes = real.kubectl.items("nodes")
        addresses = {n["metadata"]["name"]: n["status"]["addresses"][0]["address"] for n in nodes}
        blocks = real.kubectl.items("blockaffinities.crd.projectcalico.org")
        owners = {block["spec"]["cidr"]: block["spec"]["node"] for block in blocks}
        assert set(owners.values()) == set(addresses)
        for name in addresses:
            shown = on_machine(real.home, f"node {name}", "ip", "route", "show", "proto", "bird").stdout
            learned = {line.split()[0]: line.split()[2] for line in shown.splitlines() if " via " in line}
            assert learned == {cidr: addresses[owner] for cidr, owner in owners.items() if owner != name}

    @needs_tcpdump
    def test_pods_of_two_nodes_talk_without_encapsulation(self, real: RealLab, tmp_path: Path) -> None:
        pods = [
            pod
            for pod in real.kubectl.items("pods", "-n", "guestbook", "-l", "app=redis")
            if pod["status"].get("podIP")
        ]
        source = pods[0]
        node = source["spec"]["nodeName"]
        target = next(pod for pod in pods if pod["spec"]["nodeName"] != node)["status"]["podIP"]
        name = source["metadata"]["name"]
        expression = f"udp port 4789 or ip proto 4 or net {POD_CIDR}"
        with capture(real.home, f"node {node}", expression, tmp_path / "uplink.pcap") as seen:
            answers = real.kubectl.probe("guestbook", name, f"{target}:6379", limit="10s")
            assert answers == {f"{target}:6379": "CONNECTED"}
            seen.wait("their packets", lambda packet: packet.is_between(source["status"]["podIP"], target))
        assert not any(packet.inside or packet.wrapper for packet in seen.packets)


class TestGuestbook:
    def test_what_is_written_on_the_leader_is_read_from_a_follower(self, guestbook: RealLab) -> None:
        def page(query: str) -> str:
            url = f"http://{FRONTEND}/guestbook.php?{query}"
            command = ("exec", "-n", "testns", "visitor", "--", "wget", "-qO-", url)
            return guestbook.kubectl.run(*command).stdout

        assert "Updated" in page("cmd=set&key=messages&value=hello")
        wait_for("the message", lambda: '"data":"hello"' in page("cmd=get&key=messages"))


class TestKubernetesPolicy:
    """Part 2: only testns may use the guestbook."""

    def test_testns_connects_and_default_times_out_because_of_the_policy(self, guestbook: RealLab) -> None:
        reached(guestbook, "testns", FRONTEND, "CONNECTED")
        reached(guestbook, "default", FRONTEND, "TIMEOUT")
        with without(guestbook.lab.api(), MYPOLICY):
            reached(guestbook, "default", FRONTEND, "CONNECTED")
        reached(guestbook, "default", FRONTEND, "TIMEOUT")
        reached(guestbook, "testns", FRONTEND, "CONNECTED")


class TestCalicoPolicies:
    """Part 3: a deny at order 10 before an allow at order 20."""

    @pytest.fixture
    def hosts(self, guestbook: RealLab, toolbox: Toolbox) -> Iterator[None]:
        with nke.outside(guestbook.home, toolbox.path("lab-programs")):
            yield

    @pytest.mark.usefixtures("hosts")
    def test_the_egress_pair_blocks_one_host_and_lets_two_others_through(self, guestbook: RealLab) -> None:
        targets = (BLOCKED, CLOSE, FAR)
        decided = {BLOCKED: "TIMEOUT", CLOSE: "CONNECTED", FAR: "CONNECTED"}
        everything = dict.fromkeys(targets, "CONNECTED")

        def ends(wanted: dict[str, str]) -> None:
            wait_for(str(wanted), lambda: guestbook.kubectl.probe("guestbook", "visitor", *targets) == wanted)

        ends(decided)
        assert (
            guestbook.kubectl.probe("default", "visitor", *targets) == everything
        )  # it is the policy's doing
        with without(guestbook.lab.api(), DENY):
            ends(everything)
        ends(decided)

    @pytest.mark.usefixtures("hosts")
    def test_without_the_allow_the_deny_closes_everything(self, guestbook: RealLab) -> None:
        """A pod that any policy selects is denied what no policy allows: the course's reason for the second one."""
        targets = (BLOCKED, CLOSE, FAR)
        with without(guestbook.lab.api(), ALLOW):
            closed = dict.fromkeys(targets, "TIMEOUT")
            wait_for("silence", lambda: guestbook.kubectl.probe("guestbook", "visitor", *targets) == closed)
