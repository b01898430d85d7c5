"""The story of the windows lab: 0 the administrator is asked for, 1 up, 2 denied and allowed, 3 the pool goes and
comes, 4 the password is nowhere, 5 destroy.

No Windows runs on simulated nodes, and the operator here (1.28.1) knows no `windowsDataplane`: what is asked of Azure
and of Calico can be seen, what Windows does with it cannot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from sandbox.calico.companions import is_true
from sandbox.home import Home
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab
from tests.e2e.labs import operations, replaced, running

_PASSWORD = "Correct-Horse-9-Battery"
_INSTALLATION = "/apis/operator.tigera.io/v1/installations/default"
_WEB = {
    "app-win-web-demo-win-web",
    "app-win-web-demo-web-container",
    "app-win-web-demo-win-container-service",
}


@pytest.fixture(scope="module")
def lab(home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from running(home, toolbox, tmp_path_factory.mktemp("windows"), "windows")


def policies(lab: Lab) -> set[str]:
    api = lab.api()
    paths = (
        "/apis/networking.k8s.io/v1/namespaces/win-web-demo/networkpolicies",
        "/apis/projectcalico.org/v3/namespaces/win-web-demo/networkpolicies",
        "/apis/projectcalico.org/v3/globalnetworkpolicies",
    )
    return {str(item["metadata"]["name"]) for path in paths for item in api.list(path)}


class TestStep0TheAdministrator:
    def test_without_him_nothing_is_made_and_the_message_names_both_commands(self, lab: Lab) -> None:
        outcome = lab.up()
        assert outcome.exit_code != 0
        assert "`pulumi config set windowsAdminUsername`" in outcome.errors
        assert "`pulumi config set --secret windowsAdminPassword`" in outcome.errors
        assert lab.azure() == {}

    def test_the_two_commands_work_as_printed(self, lab: Lab) -> None:
        assert lab.pulumi("config", "set", "windowsAdminUsername", "azureuser").returncode == 0
        assert lab.pulumi("config", "set", "--secret", "windowsAdminPassword", _PASSWORD).returncode == 0


class TestStep1Up:
    def test_up_makes_a_windows_pool_of_the_course_name(self, lab: Lab) -> None:
        lab.must_up()
        (pool,) = [body for id, body in lab.azure().items() if id.endswith("/agentpools/calico")]
        found = pool["properties"]
        assert (found["osType"], found["osSKU"], found["mode"]) == ("Windows", "Windows2022", "User")

    def test_the_web_server_is_on_the_windows_node(self, lab: Lab) -> None:
        (node,) = lab.api().list("/api/v1/nodes", {"labelSelector": "kubernetes.io/os=windows"})
        (pod,) = lab.api().list("/api/v1/namespaces/win-web-demo/pods")
        assert pod["spec"]["nodeName"] == node["metadata"]["name"]
        assert node["status"]["nodeInfo"]["kernelVersion"].startswith("10.0.20348.")
        assert pod["spec"]["containers"][0]["image"].endswith("ltsc2022")

    def test_every_node_has_an_address_of_its_own(self, lab: Lab) -> None:
        addresses = [node["status"]["addresses"][0]["address"] for node in lab.api().list("/api/v1/nodes")]
        assert len(addresses) == len(set(addresses)) == 3

    def test_calico_is_told_of_windows_and_of_the_api_server(self, lab: Lab) -> None:
        installation = lab.api().get(_INSTALLATION)
        assert installation is not None
        assert is_true(installation, "Ready")
        assert installation["spec"]["calicoNetwork"]["windowsDataplane"] == "HNS"
        assert installation["spec"]["serviceCIDRs"] == ["10.0.0.0/16"]
        endpoint = lab.api().get("/api/v1/namespaces/tigera-operator/configmaps/kubernetes-services-endpoint")
        assert endpoint is not None
        assert endpoint["data"]["KUBERNETES_SERVICE_HOST"] == lab.outputs()["fqdn"]

    def test_second_up_changes_nothing(self, lab: Lab) -> None:
        assert set(lab.must_up().changes) == {"same"}


class TestStep2DeniedAndAllowed:
    def test_default_deny_alone(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "policies=DefaultDeny")
        assert set(operations(outcome).values()) == {"delete"}
        assert policies(lab) == {"default-deny"}

    def test_the_allow_opens_it_again(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "policies=All")
        assert set(operations(outcome).values()) == {"create"}
        assert policies(lab) == {"default-deny", "allow-dns", "allow-load-balancer", "allow-web"}


class TestStep3ThePool:
    def test_without_the_pool_the_demo_goes_too_and_no_pod_waits_for_ever(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "windowsNodeCount=0")
        changed = operations(outcome)
        assert replaced(outcome) == []
        assert {name for name, operation in changed.items() if operation == "delete"} == {
            "aks-pool-calico",
            "calico-services-endpoint",
            *_WEB,
        }
        assert changed["calico-installation"] == "update"
        assert len(lab.api().list("/api/v1/nodes")) == 2

    def test_and_with_it_the_demo_is_back(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "windowsNodeCount=1")
        changed = operations(outcome)
        assert replaced(outcome) == []
        assert {name for name, operation in changed.items() if operation == "create"} == {
            "aks-pool-calico",
            "calico-services-endpoint",
            *_WEB,
        }
        assert set(lab.must_up().changes) == {"same"}


class TestStep4ThePassword:
    def test_it_is_in_no_place_in_the_clear(self, lab: Lab) -> None:
        preview = lab.pulumi("preview", "--diff", "--show-config")
        assert preview.returncode == 0, preview.stderr
        places = {
            "exported state": json.dumps(lab.export()),
            "outputs": json.dumps(lab.outputs("--show-secrets")),
            "stack file": (lab.project / "Pulumi.windows.yaml").read_text(encoding="utf-8"),
            "preview": preview.stdout,
            "azure": json.dumps(lab.azure()),
            "daemon's log": lab.home.daemon_log.read_text(encoding="utf-8"),
        }
        for place, text in places.items():
            assert len(text) > 20, place
            assert _PASSWORD not in text, place

    def test_positive_control_it_is_there_when_asked_for(self, lab: Lab) -> None:
        assert lab.pulumi("config", "get", "windowsAdminPassword").stdout.strip() == _PASSWORD


class TestStep5Destroy:
    def test_destroy_leaves_nothing(self, lab: Lab) -> None:
        outcome = lab.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        assert lab.resources() == []
        assert lab.azure() == {}
