"""Read: refresh changes nothing that did not change, import takes everything, and what is gone is gone."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plugins.kubernetes.differ import diff
from sandbox.plugins.kubernetes.read import GONE, read
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.rpc import Secret
from sandbox.plugins.server import Diff, InitFailedError, ProviderError
from tests.sandbox.kubernetes.conftest import (
    CONFIG_MAP,
    DEPLOYMENT,
    INSTALLATION,
    SECRET,
    SERVICE,
    RecordingLog,
    context,
)
from tests.sandbox.kubernetes.fake_api import OPERATOR, FakeApi

Body = dict[str, Any]
INSTALL: Body = {
    "apiVersion": "operator.tigera.io/v1",
    "kind": "Installation",
    "metadata": {"name": "default"},
    "spec": {"cni": {"type": "Calico"}, "calicoNetwork": {"ipPools": [{"cidr": "10.244.0.0/16"}]}},
}
STATE = {"__fieldManager": "pulumi-kubernetes-1", "__initialApiVersion": "operator.tigera.io/v1"}


def _defaulted() -> Body:
    live = copy.deepcopy(INSTALL)
    live["spec"]["cni"]["ipam"] = {"type": "Calico"}
    live["spec"]["variant"] = "Calico"
    live["spec"]["calicoNetwork"]["ipPools"][0]["blockSize"] = 26
    live["status"] = {"variant": "Calico"}
    live["metadata"] = {"generation": 3, "managedFields": [{}], "finalizers": ["tigera.io/operator-cleanup"]}
    return live


def test_a_refresh_changes_nothing_although_the_operator_wrote_its_defaults(
    lab: Session, api: FakeApi
) -> None:
    api.kinds |= OPERATOR
    api.put("/apis/operator.tigera.io/v1/installations/default", _defaulted())
    id, inputs, outputs = read(lab, context(INSTALLATION), "default", INSTALL, STATE)
    assert (id, inputs) == ("default", INSTALL)
    assert outputs["status"] == {"variant": "Calico"}
    assert outputs["__fieldManager"] == "pulumi-kubernetes-1"
    assert "managedFields" not in outputs["metadata"]
    assert diff(lab, context(INSTALLATION), inputs, outputs, INSTALL) == Diff()


def test_a_refresh_brings_in_drift_of_our_fields(lab: Session, api: FakeApi) -> None:
    api.kinds |= OPERATOR
    drifted = _defaulted()
    drifted["spec"]["cni"]["type"] = "AzureVNET"
    api.put("/apis/operator.tigera.io/v1/installations/default", drifted)
    _, inputs, outputs = read(lab, context(INSTALLATION), "default", INSTALL, STATE)
    assert inputs["spec"]["cni"] == {"type": "AzureVNET"}
    assert list(diff(lab, context(INSTALLATION), inputs, outputs, INSTALL).changes) == ["spec.cni.type"]


def test_an_object_or_a_kind_that_is_gone_is_gone(lab: Session, api: FakeApi) -> None:
    assert read(lab, context(INSTALLATION), "default", INSTALL, STATE) == GONE
    api.kinds |= OPERATOR
    assert read(lab, context(INSTALLATION), "default", INSTALL, STATE) == GONE


def test_an_import_takes_what_a_program_could_have_written(lab: Session, api: FakeApi) -> None:
    annotations = {"deployment.kubernetes.io/revision": "1", "mine": "2"}
    api.put(
        "/api/v1/namespaces/apps/configmaps/cm",
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"annotations": annotations, "creationTimestamp": "t"},
            "data": {"a": "1"},
            "status": {},
        },
    )
    id, inputs, _ = read(lab, context(CONFIG_MAP), "apps/cm", {}, {})
    assert id == "apps/cm"
    assert inputs == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "cm", "namespace": "apps", "annotations": {"mine": "2"}},
        "data": {"a": "1"},
    }


def test_the_data_of_a_secret_is_sealed_on_both_sides(lab: Session, api: FakeApi) -> None:
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "MQ=="}}
    api.put("/api/v1/namespaces/default/secrets/s", body)
    _, inputs, outputs = read(lab, context(SECRET), "default/s", body, {})
    assert inputs["data"] == outputs["data"] == Secret({"a": "MQ=="})


def test_an_id_without_a_name_is_refused(lab: Session) -> None:
    with pytest.raises(ProviderError) as refused:
        read(lab, context(CONFIG_MAP), "apps/", {}, {})
    assert str(refused.value) == (
        "failed to read resource because of a failure to parse resource name from request ID: apps/"
    )


def test_a_workload_that_is_not_ready_is_reported_with_its_state(lab: Session, api: FakeApi) -> None:
    body: Body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}},
    }
    api.put("/apis/apps/v1/namespaces/default/deployments/web", {**body, "status": {"observedGeneration": 1}})
    with pytest.raises(InitFailedError) as failed:
        read(lab, context(DEPLOYMENT), "default/web", body, {})
    assert (failed.value.id, failed.value.inputs) == ("default/web", body)
    assert failed.value.reasons == [
        "Resource 'web' was created but failed to initialize",
        "the rollout of Deployment default/web; last seen: no conditions in its status",
        "Minimum number of Pods to consider the application live was not attained",
        "no pod matches its selector app=web",
    ]
    skipped = copy.deepcopy(body)
    skipped["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}
    assert read(lab, context(DEPLOYMENT), "default/web", skipped, {})[0] == "default/web"


def test_a_service_without_pods_is_no_reason_to_fail_a_refresh(lab: Session, api: FakeApi) -> None:
    body: Body = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": {"app": "web"}},
    }
    api.put("/api/v1/namespaces/default/services/web", body)
    api.put("/api/v1/namespaces/default/endpoints/web", {"subsets": []})
    assert read(lab, context(SERVICE), "default/web", body, {})[0] == "default/web"


class TestUnreachable:
    """A cluster that does not answer is not a cluster without objects."""

    def test_it_is_an_error(self, make_session: Callable[..., Session]) -> None:
        with pytest.raises(ProviderError) as refused:
            read(make_session(kubeconfig=""), context(INSTALLATION), "default", INSTALL, STATE)
        assert str(refused.value) == (
            "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can "
            "remove this resource from Pulumi state by rerunning the operation with the "
            'PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"'
        )

    def test_unless_the_user_says_that_it_is_gone(
        self, make_session: Callable[..., Session], log: RecordingLog
    ) -> None:
        session = make_session(kubeconfig="", deleteUnreachable=True)
        assert read(session, context(INSTALLATION), "default", INSTALL, STATE) == GONE
        assert log.warnings[0].startswith("configured Kubernetes cluster is unreachable: ")

    def test_or_that_its_state_is_to_be_kept(self, make_session: Callable[..., Session]) -> None:
        session = make_session(kubeconfig="", skipUpdateUnreachable=True)
        found = read(session, context(INSTALLATION), "default", INSTALL, STATE)
        assert found == ("default", INSTALL, STATE)
