"""The byocni lab on two real nodes: what the course shows, seen on packets."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox import status
from sandbox.home import PROJECT, SANDBOX_VARIABLE
from sandbox.nodes.real import limits
from sandbox.tools import Toolbox
from tests.e2e_real.capture import capture, needs_tcpdump
from tests.e2e_real.conftest import RealLab, on
from tests.e2e_real.kubectl import namespace_body, on_machine, probe_pod, wait_for

pytestmark = on("byocni")
POD_CIDR = "10.244.0.0/16"
GATEWAY = "10.224.0.1"
CUSTOMER = ("yaobank-customer", "app=customer")
SUMMARY = ("yaobank-summary", "app=summary")
DATABASE = ("yaobank-database", "app=database")
OUTSIDER = "outsiders"
TARGETS = {
    "customer": "customer.yaobank-customer.svc.cluster.local:80",
    "summary": "summary.yaobank-summary.svc.cluster.local:80",
    "database": "database.yaobank-database.svc.cluster.local:2379",
}


def condition(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return next((c for c in body["status"].get("conditions") or [] if c["type"] == kind), {})


def full_name(image: str) -> str:
    """Return a reference as containerd completes it."""
    name = image if "." in image.split("/")[0] else f"docker.io/{image}"
    registry, rest = name.split("/", 1)
    return f"{registry}/library/{rest}" if registry == "docker.io" and "/" not in rest else name


class TestNodes:
    """Part 1 of the lab: without a CNI the nodes wait; Calico's own DaemonSet makes them Ready."""

    def test_every_node_waits_for_a_cni_in_kubelets_own_words(self, real: RealLab) -> None:
        assert len(real.seen.not_ready) == 2
        for messages in real.seen.not_ready.values():
            assert any("cni plugin not initialized" in message for message in messages)

    def test_two_nodes_are_ready(self, real: RealLab) -> None:
        nodes = real.kubectl.items("nodes")
        assert [condition(node, "Ready")["status"] for node in nodes] == ["True", "True"]
        assert {node["status"]["nodeInfo"]["kubeletVersion"] for node in nodes} == {"v1.34.1"}

    def test_the_operators_own_daemon_set_runs_on_both(self, real: RealLab) -> None:
        daemon_set = real.kubectl.get("daemonset", "calico-node", "-n", "calico-system")
        assert daemon_set["status"]["numberReady"] == 2
        assert daemon_set["metadata"]["ownerReferences"][0]["kind"] == "Installation"

    @pytest.mark.parametrize("part", ["calico", "apiserver"])
    def test_the_operator_calls_its_part_available(self, real: RealLab, part: str) -> None:
        assert condition(real.kubectl.get("tigerastatus", part), "Available")["status"] == "True"

    def test_the_policy_api_is_served_by_calicos_own_server(self, real: RealLab) -> None:
        service = real.kubectl.get("apiservice", "v3.projectcalico.org")
        assert service["spec"]["service"]["name"] == "calico-api"
        assert condition(service, "Available")["status"] == "True"

    def test_a_selector_that_the_crd_would_let_through_is_refused(self, real: RealLab) -> None:
        policy = """{"apiVersion": "projectcalico.org/v3", "kind": "GlobalNetworkPolicy",
            "metadata": {"name": "broken"}, "spec": {"selector": "all(", "types": ["Ingress"]}}"""
        refused = real.kubectl.run("create", "-f", "-", text=policy, check=False)
        assert refused.returncode != 0
        assert "Selector" in refused.stderr

    def test_a_pods_mtu_is_what_the_installation_says(self, real: RealLab) -> None:
        pod = real.kubectl.pod(*CUSTOMER)
        shown = real.kubectl.run(
            "exec", "-n", CUSTOMER[0], pod, "--", "cat", "/sys/class/net/eth0/mtu"
        ).stdout
        assert int(shown) == real.kubectl.get("installation", "default")["status"]["mtu"] == 1450


class TestPackets:
    """The policies of the lab decide who talks to whom."""

    @pytest.mark.parametrize(
        ("source", "reached"),
        [(CUSTOMER, {"summary"}), (SUMMARY, {"database"}), (DATABASE, set())],
        ids=["customer", "summary", "database"],
    )
    def test_each_tier_reaches_the_next_and_nothing_else(
        self, real: RealLab, source: tuple[str, str], reached: set[str]
    ) -> None:
        own = source[1].removeprefix("app=")
        targets = {name: target for name, target in TARGETS.items() if name != own}
        pod = real.kubectl.pod(*source)
        answers = real.kubectl.probe(source[0], pod, *targets.values())
        expected = {t: "CONNECTED" if name in reached else "TIMEOUT" for name, t in targets.items()}
        assert answers == expected

    def test_a_pod_of_another_namespace_reaches_none_of_them(self, real: RealLab) -> None:
        real.kubectl.apply(namespace_body(OUTSIDER), probe_pod(OUTSIDER, "o", {"app": "o"}))
        real.kubectl.run("wait", "-n", OUTSIDER, "pod/o", "--for=condition=Ready", "--timeout=120s")
        try:
            answers = real.kubectl.probe(OUTSIDER, "o", *TARGETS.values(), "10.0.0.1:443")
            assert answers.pop("10.0.0.1:443") == "CONNECTED"  # it is policy that stops the rest
            assert answers == dict.fromkeys(TARGETS.values(), "TIMEOUT")
        finally:
            real.kubectl.run("delete", "namespace", OUTSIDER, "--wait=false")

    def test_the_world_sees_the_page_through_the_load_balancer(self, real: RealLab) -> None:
        address = real.lab.outputs()["appUrl"]
        read = f"import urllib.request as r; print(r.urlopen({address!r}, timeout=10).read().decode())"
        page = on_machine(real.home, "client", sys.executable, "-c", read)
        assert "Welcome, Spike Curtis" in page.stdout
        assert "2389.45" in page.stdout

    @needs_tcpdump
    def test_packets_between_nodes_are_wrapped_in_vxlan(
        self, real: RealLab, toolbox: Toolbox, tmp_path: Path
    ) -> None:
        """One capture on a node's uplink: pods of two nodes talk inside VXLAN only. That a plain packet would have
        been seen is shown by the router, which talks to the same pod without VXLAN, as a managed control plane does.
        """
        customer = real.kubectl.get("pod", real.kubectl.pod(*CUSTOMER), "-n", CUSTOMER[0])
        here, node = customer["status"]["podIP"], customer["spec"]["nodeName"]
        summaries = real.kubectl.items("pods", "-n", SUMMARY[0], "-l", SUMMARY[1])
        there = next(p["status"]["podIP"] for p in summaries if p["spec"]["nodeName"] != node)
        expression = f"udp port 4789 or net {POD_CIDR}"
        with capture(real.home, f"node {node}", expression, tmp_path / "uplink.pcap") as seen:
            answers = real.kubectl.probe(
                CUSTOMER[0], customer["metadata"]["name"], f"{there}:80", limit="10s"
            )
            assert answers == {f"{there}:80": "CONNECTED"}
            probe = (str(toolbox.path("lab-programs")), "probe", f"{here}:80")
            assert on_machine(real.home, "router", *probe).stdout == "CONNECTED\n"
            seen.wait("a plain packet", lambda packet: packet.is_between(GATEWAY, here) and not packet.inside)
        between = [packet for packet in seen.packets if packet.is_between(here, there)]
        assert between
        assert all(packet.inside for packet in between)
        assert any(packet.wrapper for packet in seen.packets)


class TestCluster:
    """What AKS runs in every cluster runs here too, and the sandbox says of what it is made."""

    @pytest.mark.parametrize(
        ("selector", "count"),
        [("k8s-app=kube-dns", 2), ("component=kube-proxy", 2)],
        ids=["CoreDNS", "kube-proxy"],
    )
    def test_its_pods_are_ready(self, real: RealLab, selector: str, count: int) -> None:
        pods = real.kubectl.items("pods", "-n", "kube-system", "-l", selector)
        assert [condition(pod, "Ready")["status"] for pod in pods] == ["True"] * count

    def test_a_name_becomes_a_service_address_and_that_a_pod(self, real: RealLab) -> None:
        pod = real.kubectl.pod(*CUSTOMER)
        found = real.kubectl.run(
            *("exec", "-n", CUSTOMER[0], pod, "--", "nslookup", "summary.yaobank-summary.svc.cluster.local")
        ).stdout
        address = real.kubectl.get("service", "summary", "-n", SUMMARY[0])["spec"]["clusterIP"]
        assert address in found
        assert real.kubectl.probe(CUSTOMER[0], pod, f"{address}:80", limit="10s") == {
            f"{address}:80": "CONNECTED"
        }

    def test_the_status_tells_what_is_in_every_image_that_runs(self, real: RealLab, toolbox: Toolbox) -> None:
        run = {
            container["image"]
            for pod in real.kubectl.items("pods", "-A")
            for container in [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]
        }
        shown = subprocess.run(
            [sys.executable, "-m", "labctl", "sandbox", "status"],
            cwd=PROJECT,
            env={**os.environ, SANDBOX_VARIABLE: str(real.home.root), "COLUMNS": "300"},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        rows = [
            [cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines() if "│" in line
        ]
        told = {row[0]: row[1] for row in rows if len(row) == 2}
        assert len(run) > 12
        assert {name for name in run if not told.get(full_name(name))} == set()
        assert told["docker.io/calico/node:v3.24.1"].startswith(
            "Calico v3.28.5, github.com/projectcalico/calico"
        )
        assert dict(status.image_origins(real.home, toolbox.path)).items() <= told.items()


class TestKubelet:
    """What people use every day goes through the API server to a real kubelet."""

    def test_logs_come_back(self, real: RealLab) -> None:
        logs = real.kubectl.run("logs", "-n", DATABASE[0], real.kubectl.pod(*DATABASE)).stdout
        assert "etcd" in logs

    def test_a_port_can_be_forwarded(self, real: RealLab) -> None:
        pod = real.kubectl.pod(*SUMMARY)
        process = subprocess.Popen(
            real.kubectl.command("port-forward", "-n", SUMMARY[0], pod, "0:80", "--address=127.0.0.1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().split("->")[0].rsplit(":", 1)[1])
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                assert b"200 OK" in connection.recv(64)
        finally:
            process.terminate()
            process.communicate(timeout=10)

    def test_a_job_runs_to_its_end_and_a_failing_probe_restarts_a_container(self, real: RealLab) -> None:
        probe = {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 1}
        ill = probe_pod("default", "ill", {})
        ill["spec"]["containers"][0]["livenessProbe"] = probe
        command = {"command": ["sh", "-c", "echo counted"]}
        template = {"restartPolicy": "Never", "containers": [{**ill["spec"]["containers"][0], **command}]}
        template["containers"][0].pop("livenessProbe")
        job = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "count", "namespace": "default"},
            "spec": {"template": {"spec": template}},
        }
        try:
            real.kubectl.apply(job, ill)
            real.kubectl.run("wait", "job/count", "--for=condition=complete", "--timeout=120s")
            assert real.kubectl.run("logs", "job/count").stdout == "counted\n"
            wait_for(
                "the ill container's restart",
                lambda: real.kubectl.get("pod", "ill")["status"]["containerStatuses"][0]["restartCount"] > 0,
            )
        finally:
            real.kubectl.delete(job, ill)


class TestLimits:
    """What these nodes cannot do is refused at once, in the API server's words and ours."""

    @pytest.mark.parametrize(
        ("what", "change", "word"),
        [
            (
                ("installation", "default"),
                {"spec": {"calicoNetwork": {"linuxDataplane": "BPF", "hostPorts": None}}},
                "linuxDataplane is 'BPF' but Calico's Go module has no compiled eBPF programs",
            ),
            (
                ("felixconfigurations.projectcalico.org", "default"),
                {"spec": {"wireguardEnabled": True}},
                "wireguardEnabled is true but this machine's kernel has no WireGuard",
            ),
        ],
        ids=["eBPF", "WireGuard"],
    )
    def test_it_is_refused(
        self, real: RealLab, what: tuple[str, str], change: dict[str, Any], word: str
    ) -> None:
        if word not in {limit.message.partition(";")[0] for limit in limits.in_force()}:
            pytest.skip("this machine's kernel can do it")
        before = real.kubectl.get(*what)["spec"]
        refused = real.kubectl.run("patch", *what, "--type=merge", "-p", json.dumps(change), check=False)
        assert refused.returncode != 0
        assert word in refused.stderr
        assert real.kubectl.get(*what)["spec"] == before
