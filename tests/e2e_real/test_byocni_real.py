"""The byocni lab on two real nodes: what the course shows, seen on packets."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from tests.e2e_real.conftest import RealLab
from tests.e2e_real.kubectl import namespace_body, on_machine, probe_pod, wait_for

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
        real.kubectl.run("wait", "-n", OUTSIDER, "pod/o", "--for=condition=Ready", "--timeout=60s")
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

    def test_packets_between_nodes_are_wrapped_in_vxlan(self, real: RealLab) -> None:
        """A capture on one node's uplink: VXLAN is there, and no pod packet that is not inside it."""
        summaries = real.kubectl.items("pods", "-n", SUMMARY[0], "-l", SUMMARY[1])
        customer = real.kubectl.items("pods", "-n", CUSTOMER[0], "-l", CUSTOMER[1])[0]
        node = customer["spec"]["nodeName"]
        other = next(p["status"]["podIP"] for p in summaries if p["spec"]["nodeName"] != node)
        # The router is the API server's machine and reaches pods directly, as a managed control plane does.
        plain = "net 10.244.0.0/16 and not udp port 4789 and not host 10.224.0.1 and not net 203.0.113.0/24"
        found: dict[str, subprocess.CompletedProcess[str]] = {}

        def capture(name: str, text: str) -> None:
            found[name] = on_machine(
                *(
                    real.home,
                    f"node {node}",
                    "timeout",
                    "6",
                    "tcpdump",
                    "-Z",
                    "root",
                    "-nni",
                    "eth0",
                    "-c",
                    "1",
                    text,
                )
            )

        threads = [
            threading.Thread(target=capture, args=("vxlan", "udp port 4789")),
            threading.Thread(target=capture, args=("plain", plain)),
        ]
        for thread in threads:
            thread.start()
        time.sleep(1.5)
        for _ in range(5):
            answers = real.kubectl.probe(CUSTOMER[0], customer["metadata"]["name"], f"{other}:80")
            assert answers == {f"{other}:80": "CONNECTED"}
        for thread in threads:
            thread.join()
        assert "1 packet captured" in found["vxlan"].stderr
        assert "0 packets captured" in found["plain"].stderr


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
            real.kubectl.run("wait", "job/count", "--for=condition=complete", "--timeout=60s")
            assert real.kubectl.run("logs", "job/count").stdout == "counted\n"
            wait_for(
                "the ill container's restart",
                lambda: real.kubectl.get("pod", "ill")["status"]["containerStatuses"][0]["restartCount"] > 0,
            )
        finally:
            real.kubectl.delete(job, ill)
