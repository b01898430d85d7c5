"""The story of kube-proxy on the ebpf lab: 0 up without it, by a preview of Azure's API, 1 the way back with it, 2 and
by the stable API again, 3 destroy.

The engine starts azure-native a second time here, as the package of that API version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.calico.companions import is_true
from sandbox.home import Home
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab
from tests.e2e.labs import operations, replaced, running

_FELIX = "/apis/projectcalico.org/v3/felixconfigurations/default"
_KUBE_PROXY = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy"
_INSTALLATION = "/apis/operator.tigera.io/v1/installations/default"
_PREVIEW = "azure-native_containerservice_v20260502preview:containerservice:ManagedCluster"
_STABLE = "azure-native:containerservice:ManagedCluster"


@pytest.fixture(scope="module")
def lab(home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from running(home, toolbox, tmp_path_factory.mktemp("kube-proxy"), "ebpf")


def asked_of_azure(lab: Lab) -> Any:
    (cluster,) = [body for id, body in lab.azure().items() if re.search("/managedclusters/[^/]+$", id)]
    return cluster["properties"]["networkProfile"].get("kubeProxyConfig")


def cluster_types(lab: Lab) -> list[str]:
    return [r["type"] for r in lab.resources() if r["type"].endswith(":ManagedCluster")]


def overrides(lab: Lab) -> list[str]:
    felix = lab.api().get(_FELIX)
    assert felix is not None
    return [name for name in felix["spec"] if name.startswith("bpfKubeProxy")]


class TestStep0WithoutKubeProxy:
    def test_a_fresh_cluster_comes_up_without_it(self, lab: Lab) -> None:
        assert set(lab.must_up("--config", "kubeProxy=Disabled").changes) == {"create"}
        assert cluster_types(lab) == [_PREVIEW]
        assert asked_of_azure(lab) == {"enabled": False}
        assert lab.api().get(_KUBE_PROXY) is None
        installation = lab.api().get(_INSTALLATION)
        assert installation is not None
        assert is_true(installation, "Ready")

    def test_felix_has_nothing_to_spare(self, lab: Lab) -> None:
        assert overrides(lab) == []

    def test_second_up_changes_nothing_and_neither_does_one_after_a_refresh(self, lab: Lab) -> None:
        assert set(lab.must_up("--config", "kubeProxy=Disabled").changes) == {"same"}
        refreshed = lab.run("refresh")
        assert refreshed.exit_code == 0, refreshed.errors
        assert set(lab.must_up("--config", "kubeProxy=Disabled").changes) == {"same"}


class TestStep1TheWayBack:
    def test_the_same_cluster_has_kube_proxy_and_the_iptables_data_plane_again(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "kubeProxy=Enabled", "--config", "dataplane=Iptables")
        assert replaced(outcome) == []
        assert operations(outcome)["aks-cluster"] == "update"
        assert asked_of_azure(lab) == {"enabled": True}
        assert lab.api().get(_KUBE_PROXY) is not None


class TestStep2TheStableApi:
    def test_the_key_can_go_then_and_the_cluster_stays(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "kubeProxy=Default", "--config", "dataplane=Iptables")
        assert replaced(outcome) == []
        assert cluster_types(lab) == [_STABLE]
        assert lab.api().get(_KUBE_PROXY) is not None

    def test_and_back_to_the_preview_as_a_day_2_step(self, lab: Lab) -> None:
        outcome = lab.must_up("--config", "kubeProxy=Disabled", "--config", "dataplane=BPF")
        assert replaced(outcome) == []
        assert cluster_types(lab) == [_PREVIEW]
        assert lab.api().get(_KUBE_PROXY) is None


class TestStep3Destroy:
    def test_destroy_leaves_nothing(self, lab: Lab) -> None:
        outcome = lab.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        assert lab.resources() == []
        assert lab.azure() == {}
