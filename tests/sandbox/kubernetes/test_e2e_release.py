"""The Release against a real API server; the test plays the sandbox's daemon, which starts the operator."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.plugins.kubernetes.api import MERGE_PATCH, Api
from sandbox.plugins.kubernetes.errors import ApiError
from sandbox.plugins.kubernetes.kubeconfig import parse
from sandbox.plugins.kubernetes.provider import KubernetesProvider
from tests.sandbox.kubernetes.conftest import RELEASE, context
from tests.sandbox.kubernetes.control_plane import ControlPlane

pytestmark = pytest.mark.e2e

Body = dict[str, Any]
NAMESPACE = "tigera-operator"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/tigera-operator"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
INPUTS: Body = {
    "name": "calico",
    "chart": "tigera-operator",
    "version": "v3.32.4",
    "namespace": NAMESPACE,
    "createNamespace": True,
    "repositoryOpts": {"repo": "https://docs.tigera.io/calico/charts"},
    "timeout": 60,
    "values": {name: {"enabled": False} for name in ("installation", "apiServer", "goldmane", "whisker")},
}


class Daemon(threading.Thread):
    """Marks the operator's pods ready and installs two small definitions in place of the operator's."""

    def __init__(self, api: Api) -> None:
        super().__init__(daemon=True)
        self._api = api
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.wait(0.2):
            try:
                self._api.get(DEPLOYMENT)
            except ApiError:
                continue
            for plural, kind in (("installations", "Installation"), ("apiservers", "APIServer")):
                self._define(plural, kind)
            for pod in self._api.get(PODS)["items"]:
                self._run_pod(pod["metadata"]["name"])

    def _define(self, plural: str, kind: str) -> None:
        schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
        body = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.operator.tigera.io"},
            "spec": {
                "group": "operator.tigera.io",
                "scope": "Cluster",
                "names": {"kind": kind, "plural": plural},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
            },
        }
        with contextlib.suppress(ApiError):  # it is there from an earlier round
            self._api.request("POST", CRDS, body=body)

    def _run_pod(self, name: str) -> None:
        status = {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}
        with contextlib.suppress(ApiError):  # it was deleted meanwhile
            self._api.request("PATCH", f"{PODS}/{name}/status", body=status, content_type=MERGE_PATCH)


@pytest.fixture
def api(control_plane: ControlPlane) -> Api:
    return Api(parse(control_plane.kubeconfig))


@pytest.fixture
def _daemon(api: Api) -> Iterator[None]:
    daemon = Daemon(api)
    daemon.start()
    yield
    daemon.stop.set()
    daemon.join()


@pytest.mark.usefixtures("_daemon")
def test_install_upgrade_refresh_and_uninstall(provider: KubernetesProvider, api: Api) -> None:
    where = context(RELEASE, "calico")
    inputs, failures = provider.check(where, {}, INPUTS)
    assert failures == []

    id, outputs = provider.create(where, inputs)
    assert (id, outputs["status"]["status"]) == ("tigera-operator/calico", "deployed")
    assert provider.diff(where, id, inputs, outputs, inputs).changes == {}
    assert provider.read(where, id, inputs, outputs) == (id, inputs, outputs)
    pod = api.get(DEPLOYMENT)["spec"]["template"]["spec"]
    assert pod["dnsPolicy"] == "ClusterFirstWithHostNet"

    news = {**inputs, "values": {**inputs["values"], "dnsPolicy": "Default"}}
    outputs = provider.update(where, id, inputs, outputs, news)
    assert outputs["status"]["revision"] == 2
    assert api.get(DEPLOYMENT)["spec"]["template"]["spec"]["dnsPolicy"] == "Default"

    provider.delete(where, id, news, outputs)
    assert provider.read(where, id, news, outputs)[0] == ""
    for path in (
        DEPLOYMENT,
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/tigera-operator",
        f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/tigera-operator",
    ):
        with pytest.raises(ApiError, match="not found"):
            api.get(path)
    assert api.get(f"{CRDS}/installations.operator.tigera.io")["metadata"]["name"]
    _until_gone(api, PODS)


def _until_gone(api: Api, path: str) -> None:
    """Wait until the pods are collected, so that the next test starts clean."""
    deadline = time.monotonic() + 60
    while api.get(path)["items"] and time.monotonic() < deadline:
        for pod in api.get(path)["items"]:
            # Nobody plays the kubelet that would end them.
            api.request("DELETE", f"{path}/{pod['metadata']['name']}", body={"gracePeriodSeconds": 0})
        time.sleep(0.2)
