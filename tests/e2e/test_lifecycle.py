"""The sandbox itself: survives a restart, leaves nothing after `kill -9`, keeps clusters apart, listens on loopback."""

from __future__ import annotations

import base64
import json
import os
import signal
import ssl
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml

from sandbox import daemon
from sandbox.home import Home
from sandbox.kube_api import KubeApi
from sandbox.status import programs
from sandbox.tools import Toolbox

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"


class Arm:
    """Asks the Azure stand-in directly, as its plugin does."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def call(
        self, method: str, path: str, body: object = None, token: str | None = None
    ) -> dict[str, object]:
        endpoint = daemon.endpoint(self._home)
        version = "2025-09-01" if "ContainerService" in path else "2024-03-01"
        request = urllib.request.Request(
            f"{endpoint['url']}{SUBSCRIPTION}{path}?api-version={version}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {token or endpoint['token']}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            error.add_note(error.read().decode())
            raise
        return dict(json.loads(text)) if text else {}

    def make_cluster(self, group: str, name: str) -> None:
        self.call("PUT", f"/resourceGroups/{group}", {"location": "canadacentral"})
        self.call("PUT", cluster_path(group, name), cluster_body(name))

    def kubeconfig(self, group: str, name: str) -> str:
        answer = self.call("POST", f"{cluster_path(group, name)}/listClusterAdminCredential", {})
        configs = answer["kubeconfigs"]
        assert isinstance(configs, list)
        return base64.b64decode(configs[0]["value"]).decode()


def cluster_path(group: str, name: str) -> str:
    return f"/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{name}"


def cluster_body(name: str) -> dict[str, object]:
    pool = {"name": "system", "count": 1, "vmSize": "Standard_D4s_v5", "mode": "System", "osType": "Linux"}
    return {
        "location": "canadacentral",
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "dnsPrefix": name,
            "kubernetesVersion": "1.36",
            "agentPoolProfiles": [{**pool, "type": "VirtualMachineScaleSets"}],
            "networkProfile": {"networkPlugin": "none", "podCidr": "10.244.0.0/16"},
        },
    }


@pytest.fixture
def own(tmp_path: Path, toolbox: Toolbox) -> Iterator[Home]:
    """A sandbox of this test's own, since it will be killed."""
    home = Home(tmp_path / "sandbox")
    home.create()
    daemon.start(home)
    yield home
    daemon.stop(home)


def wait_until_gone(pids: list[int], seconds: float = 15.0) -> list[int]:
    deadline = time.monotonic() + seconds
    left = pids
    while left and time.monotonic() < deadline:
        left = [
            p for p in left if psutil.pid_exists(p) and psutil.Process(p).status() != psutil.STATUS_ZOMBIE
        ]
        time.sleep(0.1)
    return left


class TestTwoClusters:
    """Two clusters at once share nothing: not ports, not authorities, not nodes."""

    @pytest.fixture
    def two(self, own: Home) -> tuple[Home, list[str]]:
        arm = Arm(own)
        for name in ("one", "two"):
            arm.make_cluster(f"group-{name}", name)
        return own, [arm.kubeconfig(f"group-{name}", name) for name in ("one", "two")]

    def test_they_do_not_collide(self, two: tuple[Home, list[str]]) -> None:
        home, configs = two
        users = [yaml.safe_load(config) for config in configs]
        assert users[0]["clusters"][0]["cluster"] != users[1]["clusters"][0]["cluster"]
        names = [{n["metadata"]["name"] for n in KubeApi(config).list("/api/v1/nodes")} for config in configs]
        assert len(names[0]) == len(names[1]) == 1
        assert not names[0] & names[1]

        # the key of one opens nothing at the other
        stranger = {**users[1], "users": users[0]["users"]}
        with pytest.raises(Exception, match=r"Unauthorized|certificate"):
            KubeApi(yaml.safe_dump(stranger)).call("GET", "/api/v1/nodes")

        # everything listens on loopback, and nothing that holds a key can be read by others
        listening = [
            connection.laddr.ip
            for program in programs(home)
            for connection in psutil.Process(program.pid).net_connections(kind="inet")
            if connection.status == psutil.CONN_LISTEN
        ]
        assert len(listening) >= 8
        assert set(listening) == {"127.0.0.1"}
        private = [
            p for p in home.root.rglob("*") if p.is_file() and p.suffix in (".key", ".kubeconfig", ".json")
        ]
        assert len(private) > 10
        readable = [str(p) for p in private if stat.S_IMODE(p.stat().st_mode) & 0o077]
        assert [p for p in readable if "/state/" not in p] == []
        assert stat.S_IMODE(home.root.stat().st_mode) & 0o077 == 0

        # deleting one leaves the other alone
        arm = Arm(home)
        arm.call("DELETE", cluster_path("group-one", "one"))
        assert not [p for p in programs(home) if p.name.endswith(" of one")]
        assert len(KubeApi(configs[1]).list("/api/v1/nodes")) == 1


class TestCrash:
    def test_killed_daemon_leaves_no_program_and_next_start_continues(self, own: Home) -> None:
        arm = Arm(own)
        arm.make_cluster("group", "one")
        before = arm.kubeconfig("group", "one")
        KubeApi(before).create("/api/v1/namespaces", {"metadata": {"name": "kept"}})
        process = daemon.running(own)
        assert process is not None
        children = [program.pid for program in programs(own)]
        assert len(children) >= 5
        os.kill(process.pid, signal.SIGKILL)
        assert wait_until_gone(children) == []

        daemon.stop(own)  # what `labctl sandbox stop` does after a crash
        assert programs(own) == []
        assert daemon.start(own)
        after = Arm(own).kubeconfig("group", "one")
        assert after == before  # address and key of the cluster are those in a stack's state
        assert KubeApi(after).get("/api/v1/namespaces/kept") is not None

    def test_killed_api_server_comes_back(self, own: Home) -> None:
        arm = Arm(own)
        arm.make_cluster("group", "one")
        api = KubeApi(arm.kubeconfig("group", "one"))
        (server,) = [p for p in programs(own) if p.name == "kube-apiserver of one"]
        os.kill(server.pid, signal.SIGKILL)
        wait_until_gone([server.pid])
        deadline = time.monotonic() + 60
        while True:
            try:
                assert len(api.list("/api/v1/nodes")) == 1
                break
            except Exception:
                assert time.monotonic() < deadline
                time.sleep(0.5)


class TestDoor:
    def test_azure_stand_in_answers_only_to_its_token(self, own: Home) -> None:
        with pytest.raises(urllib.error.HTTPError) as caught:
            Arm(own).call("GET", "/resourceGroups/x", token="wrong")
        assert caught.value.code == 401
        caught.value.close()

    def test_api_server_answers_nobody_without_a_certificate(self, own: Home) -> None:
        arm = Arm(own)
        arm.make_cluster("group", "one")
        server = yaml.safe_load(arm.kubeconfig("group", "one"))["clusters"][0]["cluster"]["server"]
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{server}/api/v1/secrets", timeout=10, context=context)
        assert caught.value.code in (401, 403)
        caught.value.close()

    def test_second_start_is_harmless(self, own: Home) -> None:
        process = daemon.running(own)
        assert process is not None
        assert daemon.start(own) is False
        again = daemon.running(own)
        assert again is not None
        assert again.pid == process.pid
