"""Least privilege in a cluster that was there before, and secrets that are nowhere they could be read from.

0 the lab comes up with the rights of components/rights/existing.yaml, 1 changes nothing the second time, 2 goes away.
Meanwhile every command line on the machine is looked at, and afterwards every port and file of the sandbox.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from sandbox import daemon, engine, plain_clusters
from sandbox.home import PROJECT, Home, write_private
from sandbox.kube_api import KubeApi
from sandbox.status import programs
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab, make_project

RIGHTS = PROJECT / "components" / "rights" / "existing.yaml"
NAME = "rights"
_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"


class CommandLines:
    """Everything that stood in a command line while this was looking."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> CommandLines:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.02):
            for process in psutil.process_iter():
                try:
                    self.seen.add("\0".join(process.cmdline()))
                except psutil.Error:
                    continue


def token_of(api: KubeApi, role: dict[str, Any]) -> str:
    """Bind a role to a service account of its own and return a token of that account."""
    api.create(_ACCOUNT, {"metadata": {"name": "lab"}})
    api.create(f"{_RBAC}/clusterroles", role)
    api.create(
        f"{_RBAC}/clusterrolebindings",
        {
            "metadata": {"name": "lab"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": role["metadata"]["name"],
            },
            "subjects": [{"kind": "ServiceAccount", "name": "lab", "namespace": "default"}],
        },
    )
    answer = api.create(
        f"{_ACCOUNT}/lab/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
    )
    assert answer
    return str(answer["status"]["token"])


def with_token(kubeconfig: str, token: str) -> str:
    config = yaml.safe_load(kubeconfig)
    config["users"][0]["user"] = {"token": token}
    return str(yaml.safe_dump(config))


@pytest.fixture(scope="module")
def admin(home: Home) -> Iterator[str]:
    yield plain_clusters.start(home, NAME, 3, True)
    plain_clusters.remove(home, NAME)


@pytest.fixture(scope="module")
def token(admin: str) -> str:
    api = KubeApi(admin)
    found = token_of(api, yaml.safe_load(RIGHTS.read_text(encoding="utf-8")))
    api.close()
    return found


@pytest.fixture(scope="module")
def there(
    home: Home, toolbox: Toolbox, admin: str, token: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    project = make_project(tmp_path_factory.mktemp("rights") / "calico-labs")
    engine.prepare(home, toolbox, project)
    write_private(project / "kubeconfig", with_token(admin, token))
    lab = Lab(home, project, "nke")
    for key, value in (("kubeconfig", "kubeconfig"), ("context", NAME), ("calico", "existing")):
        assert lab.pulumi("config", "set", key, value).returncode == 0
    yield lab
    lab.run("destroy")


def secrets_of(home: Home, token: str, admin: str) -> list[str]:
    """Return everything that must not be read: tokens, the passphrase, and what is inside of private keys."""
    found = [token, daemon.endpoint(home)["token"], home.passphrase.read_text(encoding="utf-8")]
    keys = [path.read_text(encoding="utf-8") for path in home.clusters.rglob("*.key")]
    user = yaml.safe_load(admin)["users"][0]["user"]
    keys.append(base64.b64decode(user["client-key-data"]).decode())
    found.append(user["client-key-data"])
    assert len(keys) > 5
    # The second line of a key is its own; the first is the same for all of a kind.
    return [*found, *(key.splitlines()[2] for key in keys)]


class TestRights:
    """The whole life of the lab with the committed role."""

    def test_0_lab_comes_up_and_no_command_line_holds_a_secret(
        self, there: Lab, home: Home, token: str, admin: str
    ) -> None:
        with CommandLines() as lines:
            changes = set(there.must_up().changes)
        assert changes - {"same"} == {"create"}  # the stack itself is there already if it was refused before
        assert any("kube-apiserver" in line for line in lines.seen)
        assert any("\0up\0" in line for line in lines.seen)
        secrets = secrets_of(home, token, admin)
        assert [line for line in lines.seen if any(secret in line for secret in secrets)] == []

    def test_1_nothing_is_changed_the_second_time(self, there: Lab) -> None:
        assert set(there.must_up().changes) == {"same"}

    def test_2_it_goes_away_object_by_object(self, there: Lab, admin: str) -> None:
        outcome = there.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        api = KubeApi(admin)
        assert "guestbook" not in [item["metadata"]["name"] for item in api.list("/api/v1/namespaces")]
        api.close()

    def test_3_the_role_reaches_nothing_else(self, admin: str, token: str) -> None:
        for path in ("/api/v1/secrets", "/api/v1/configmaps", f"{_RBAC}/clusterroles"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                get(admin, path, token)
            assert refused.value.code == 403
            refused.value.close()


def get(kubeconfig: str, path: str, token: str = "") -> bytes:
    cluster = yaml.safe_load(kubeconfig)["clusters"][0]["cluster"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(cluster["server"] + path, headers=headers)
    with urllib.request.urlopen(
        request, context=ssl.create_default_context(cadata=authority), timeout=30
    ) as answer:
        return bytes(answer.read())


class TestServers:
    """Every server of the sandbox is on loopback and asks who is there."""

    def test_all_of_them_listen_on_loopback_only(self, home: Home, admin: str) -> None:
        process = daemon.running(home)
        assert process
        found = {
            (owner.name(), connection.laddr.ip)
            for owner in (process, *(psutil.Process(program.pid) for program in programs(home)))
            for connection in owner.net_connections(kind="inet")
            if connection.status == psutil.CONN_LISTEN
        }
        assert {name for name, _ in found} >= {"etcd", "kube-apiserver"}
        assert {address for _, address in found} == {"127.0.0.1"}

    def test_azure_answers_nobody_without_this_runs_token(self, home: Home) -> None:
        url = daemon.endpoint(home)["url"] + "/subscriptions/x?api-version=1"
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30)
            assert refused.value.code == 401
            refused.value.close()

    def test_api_server_shows_a_stranger_nothing(self, admin: str) -> None:
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(admin, "/api/v1/secrets")
        assert refused.value.code == 403
        refused.value.close()

    def test_etcd_answers_its_api_server_only(self, home: Home, admin: str) -> None:
        """It knows no users: whoever reaches it reads every Secret."""
        [folder] = [path for path in home.clusters.iterdir() if path.name.startswith(f"{NAME}-")]
        ports = json.loads((folder / "ports.json").read_text(encoding="utf-8"))
        keys = folder / "pki"
        known = ssl.create_default_context(cafile=str(keys / "etcd-ca.crt"))
        known.load_cert_chain(keys / "etcd-client.crt", keys / "etcd-client.key")
        url = f"https://127.0.0.1:{ports['etcd_client']}/health"
        with urllib.request.urlopen(url, context=known, timeout=30) as answer:
            assert json.load(answer)["health"] == "true"
        stranger = ssl.create_default_context(cafile=str(keys / "etcd-ca.crt"))
        for port in (ports["etcd_client"], ports["etcd_peer"]):
            for address in (f"http://127.0.0.1:{port}/health", f"https://127.0.0.1:{port}/health"):
                with pytest.raises(OSError, match=r"400|alert|reset|[Cc]losed|certificate") as refused:
                    urllib.request.urlopen(
                        address, context=stranger if address.startswith("https") else None, timeout=30
                    )
                if isinstance(refused.value, urllib.error.HTTPError):
                    refused.value.close()


class TestFiles:
    """What holds a secret is its owner's alone."""

    def test_home_is_closed_and_every_file_with_a_secret_too(
        self, home: Home, there: Lab, token: str, admin: str
    ) -> None:
        assert home.root.stat().st_mode & 0o777 == 0o700
        secrets = [secret.encode() for secret in secrets_of(home, token, admin)]
        held = []
        for path in (*home.root.rglob("*"), there.project / "kubeconfig"):
            if path.is_file() and not path.is_symlink() and "etcd" not in path.parts:
                content = path.read_bytes()
                if b"PRIVATE KEY" in content or any(secret in content for secret in secrets):
                    held.append(path)
        assert len(held) > 5
        assert [str(path) for path in held if path.stat().st_mode & 0o077] == []

    def test_logs_and_state_hold_no_secret_in_clear(self, home: Home, token: str, admin: str) -> None:
        secrets = [secret.encode() for secret in secrets_of(home, token, admin)]
        looked_at = [*home.root.rglob("*.log"), *home.backend.rglob("*.json")]
        assert len(looked_at) > 5
        assert [str(p) for p in looked_at if any(secret in p.read_bytes() for secret in secrets)] == []


def test_the_search_of_command_lines_finds_one(tmp_path: Path) -> None:
    """A control: a secret in a command line is seen, however short it runs."""
    import subprocess
    import sys

    with CommandLines() as lines:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(1)", "canary-77"], check=True)
    assert any("canary-77" in line for line in lines.seen)
