"""The story of the ebpf lab: 0 up on eBPF from the start, 1 the way back, 2 forth again, 3 destroy.

The operator that runs here (1.28.1) knows the data plane as a newer one does; no node carries a program of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.calico.companions import is_true
from sandbox.home import Home
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab
from tests.e2e.labs import operations, replaced, running

_FELIX = "/apis/projectcalico.org/v3/felixconfigurations/default"
_ENDPOINT = "/api/v1/namespaces/tigera-operator/configmaps/kubernetes-services-endpoint"
_INSTALLATION = "/apis/operator.tigera.io/v1/installations/default"


@pytest.fixture(scope="module")
def lab(home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from running(home, toolbox, tmp_path_factory.mktemp("ebpf"), "ebpf")


def at(lab: Lab, path: str) -> dict[str, Any]:
    found = lab.api().get(path)
    assert found is not None, path
    return found


class TestStep0Up:
    def test_a_fresh_cluster_comes_up_on_ebpf(self, lab: Lab) -> None:
        assert set(lab.must_up().changes) == {"create"}
        installation = at(lab, _INSTALLATION)
        assert is_true(installation, "Ready")
        assert installation["spec"]["calicoNetwork"]["linuxDataplane"] == "BPF"

    def test_calico_reaches_the_api_server_by_its_bare_name_on_port_443(self, lab: Lab) -> None:
        data = at(lab, _ENDPOINT)["data"]
        assert data == {"KUBERNETES_SERVICE_HOST": lab.outputs()["fqdn"], "KUBERNETES_SERVICE_PORT": "443"}
        assert "://" not in data["KUBERNETES_SERVICE_HOST"]

    def test_the_operator_resolves_names_as_its_node_does(self, lab: Lab) -> None:
        operator = at(lab, "/apis/apps/v1/namespaces/tigera-operator/deployments/tigera-operator")
        assert operator["spec"]["template"]["spec"]["dnsPolicy"] == "Default"

    def test_kube_proxy_keeps_its_rules_and_its_port(self, lab: Lab) -> None:
        spec = at(lab, _FELIX)["spec"]
        assert (spec["bpfKubeProxyIptablesCleanupEnabled"], spec["bpfKubeProxyHealthzPort"]) == (False, 0)
        assert lab.api().get("/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy") is not None

    def test_the_service_loses_the_source_address_unless_ebpf_keeps_it(self, lab: Lab) -> None:
        """With Local the address would survive either way, and the lab would show nothing."""
        service = at(lab, "/api/v1/namespaces/yaobank-customer/services/yaobank-customer")
        assert service["spec"]["externalTrafficPolicy"] == "Cluster"

    def test_second_up_changes_nothing(self, lab: Lab) -> None:
        assert set(lab.must_up().changes) == {"same"}


class TestStep1TheWayBack:
    def test_the_installation_goes_first_and_the_config_map_last(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "dataplane=Iptables")
        assert replaced(outcome) == []
        assert operations(outcome) == {
            "operator-release": "update",
            "calico-installation": "update",
            "calico-felix": "delete",
            "calico-services-endpoint": "delete",
        }
        # The engine deletes what a program no longer declares after everything that it still does.
        order = [name for name in operations(outcome) if name.startswith("calico-")]
        assert order == ["calico-installation", "calico-felix", "calico-services-endpoint"]

    def test_the_overrides_are_given_back(self, lab: Lab) -> None:
        assert not [name for name in at(lab, _FELIX)["spec"] if name.startswith("bpfKubeProxy")]
        assert lab.api().get(_ENDPOINT) is None
        assert is_true(at(lab, _INSTALLATION), "Ready")


class TestStep2Forth:
    def test_as_the_course_does_it_on_a_running_cluster(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "dataplane=BPF")
        assert replaced(outcome) == []
        assert set(operations(outcome)) == {
            "operator-release",
            "calico-installation",
            "calico-felix",
            "calico-services-endpoint",
        }
        assert is_true(at(lab, _INSTALLATION), "Ready")


class TestStep3Destroy:
    def test_destroy_leaves_nothing(self, lab: Lab) -> None:
        outcome = lab.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        assert lab.resources() == []
        assert lab.azure() == {}
