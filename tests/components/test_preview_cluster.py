"""The cluster by a preview of Azure's API: the same cluster, with kube-proxy switched."""

from __future__ import annotations

import base64
import json

import pytest

from components.aks_cluster import AksCluster, AksClusterArgs
from components.preview_cluster import PACKAGE, PREVIEW_TYPE, STABLE_TYPE
from tests.components.conftest import resolved, run
from tests.components.recorder import FQDN, KUBECONFIG, Recorder
from tests.components.test_aks_cluster import baseline

_CLUSTER = ":ManagedCluster"


def with_kube_proxy(runs: bool) -> AksClusterArgs:
    return {**baseline(), "kube_proxy": runs}


def test_the_stable_api_makes_a_cluster_of_which_nothing_special_is_asked(recorder: Recorder) -> None:
    run(lambda: AksCluster("aks", baseline()))
    cluster = recorder.one(_CLUSTER)
    assert (cluster.type, cluster.package) == (STABLE_TYPE, "")
    assert "kubeProxyConfig" not in cluster.inputs["networkProfile"]
    assert recorder.packages == []


@pytest.mark.parametrize("runs", [False, True])
def test_the_preview_differs_in_the_switch_alone(recorder: Recorder, runs: bool) -> None:
    run(lambda: AksCluster("aks", baseline()))
    run(lambda: AksCluster("other", with_kube_proxy(runs)))
    stable, preview = recorder.all(_CLUSTER)
    assert preview.type == PREVIEW_TYPE
    profile = dict(preview.inputs["networkProfile"])
    assert profile.pop("kubeProxyConfig") == {"enabled": runs}
    assert {**preview.inputs, "networkProfile": profile} == stable.inputs
    assert preview.ignore_changes == stable.ignore_changes
    assert preview.delete_before_replace


def test_the_engine_is_told_which_package_of_azure_native_it_is_from(recorder: Recorder) -> None:
    run(lambda: AksCluster("aks", with_kube_proxy(False)))
    (request,) = recorder.packages
    assert (request.name, request.parameterization.name) == ("azure-native", PACKAGE)
    assert request.version == request.parameterization.version != ""
    asked = json.loads(base64.b64decode(request.parameterization.value))
    assert asked == {"module": "containerservice", "version": "v20260502preview"}
    assert recorder.one(_CLUSTER).package != ""


@pytest.mark.parametrize(
    ("args", "other"),
    [
        pytest.param(baseline(), PREVIEW_TYPE, id="back-to-stable"),
        pytest.param(with_kube_proxy(False), STABLE_TYPE, id="to-preview"),
    ],
)
def test_changing_the_api_does_not_make_another_cluster(
    recorder: Recorder, args: AksClusterArgs, other: str
) -> None:
    run(lambda: AksCluster("aks", args))
    assert other in [alias.spec.type for alias in recorder.one(_CLUSTER).aliases]


def test_the_outputs_are_those_of_any_cluster() -> None:
    aks = run(lambda: AksCluster("aks", with_kube_proxy(False)))
    found = resolved({"name": aks.cluster_name, "fqdn": aks.fqdn, "kubeconfig": aks.kubeconfig})
    assert found == {
        "name": ("a-cluster", False),
        "fqdn": (FQDN, False),
        "kubeconfig": (KUBECONFIG, True),
    }
