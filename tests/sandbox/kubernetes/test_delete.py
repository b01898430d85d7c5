"""Delete: foreground by default, waited for; a Patch gives up its fields and leaves the object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plugins.kubernetes.delete import delete
from sandbox.plugins.kubernetes.errors import ApiError
from sandbox.plugins.kubernetes.kinds import Gvk
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.server import InitFailedError, ProviderError
from tests.sandbox.kubernetes.conftest import CONFIG_MAP, INSTALLATION, RecordingLog, context
from tests.sandbox.kubernetes.fake_api import OPERATOR, FakeApi

Body = dict[str, Any]
PATH = "/api/v1/namespaces/default/configmaps/cm"
CM: Body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cm", "namespace": "default"}}
STATE = {**CM, "__fieldManager": "pulumi-kubernetes-1"}


def _annotated(**annotations: str) -> Body:
    named = {f"pulumi.com/{key}": value for key, value in annotations.items()}
    return {**CM, "metadata": {**CM["metadata"], "annotations": named}}


@pytest.mark.parametrize(
    ("inputs", "policy"),
    [
        pytest.param(CM, "Foreground", id="default"),
        pytest.param(_annotated(deletionPropagationPolicy="background"), "Background", id="background"),
        pytest.param(_annotated(deletionPropagationPolicy="Orphan"), "Orphan", id="orphan"),
        pytest.param(_annotated(deletionPropagationPolicy="other"), "Foreground", id="anything else"),
    ],
)
def test_the_propagation_is_foreground_unless_the_annotation_says_otherwise(
    lab: Session, api: FakeApi, inputs: Body, policy: str
) -> None:
    api.put(PATH, CM)
    delete(lab, context(CONFIG_MAP), "default/cm", inputs, STATE)
    assert api.sent("DELETE")[0][1]["propagationPolicy"] == policy
    assert PATH not in api.objects


def test_an_object_or_a_kind_that_is_gone_is_deleted(lab: Session) -> None:
    delete(lab, context(CONFIG_MAP), "default/cm", CM, STATE)
    install = {"apiVersion": "operator.tigera.io/v1", "kind": "Installation", "metadata": {"name": "default"}}
    delete(lab, context(INSTALLATION), "default", install, install)


def test_another_object_of_the_same_name_is_not_waited_for(lab: Session, api: FakeApi) -> None:
    api.put(PATH, {**CM, "metadata": {"uid": "old", "finalizers": ["x"]}})
    api.on("DELETE", "configmaps", lambda _: api.put(PATH, {**CM, "metadata": {"uid": "new"}}))
    delete(lab, context(CONFIG_MAP), "default/cm", CM, STATE)


def test_an_object_that_stays_is_kept_with_what_holds_it(
    lab: Session, api: FakeApi, log: RecordingLog
) -> None:
    finalizers = ["tigera.io/operator-cleanup", "foregroundDeletion"]
    api.put(PATH, {**CM, "metadata": {"finalizers": finalizers}})
    with pytest.raises(InitFailedError) as failed:
        delete(lab, context(CONFIG_MAP, timeout=0.01), "default/cm", CM, STATE)
    assert failed.value.reasons == [
        "timed out waiting for the condition",
        (
            "waited 0 s for ConfigMap default/cm to be deleted; finalizers still there: tigera.io/operator-cleanup, "
            "foregroundDeletion"
        ),
    ]
    assert failed.value.outputs["metadata"]["finalizers"] == finalizers
    assert failed.value.outputs["__fieldManager"] == "pulumi-kubernetes-1"
    assert log.warnings == [
        "finalizers might be preventing deletion (tigera.io/operator-cleanup, foregroundDeletion)"
    ]


def test_ctrl_c_ends_the_wait(lab: Session, api: FakeApi) -> None:
    api.put(PATH, {**CM, "metadata": {"finalizers": ["x"]}})
    lab.cancelled.set()
    with pytest.raises(InitFailedError) as failed:
        delete(lab, context(CONFIG_MAP), "default/cm", CM, STATE)
    assert failed.value.reasons == ['Resource operation was cancelled for "cm"']


def test_skip_await_is_for_create_and_update_except_for_some_kinds(lab: Session, api: FakeApi) -> None:
    api.put(PATH, {**CM, "metadata": {"finalizers": ["x"]}})
    with pytest.raises(InitFailedError):
        delete(lab, context(CONFIG_MAP, timeout=0.01), "default/cm", _annotated(skipAwait="true"), STATE)
    namespace: Body = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "apps", "annotations": {"pulumi.com/skipAwait": "true"}},
    }
    api.put("/api/v1/namespaces/apps", {**namespace, "metadata": {"finalizers": ["x"]}})
    delete(lab, context("kubernetes:core/v1:Namespace"), "apps", namespace, namespace)


def test_what_the_server_refuses_is_an_error(lab: Session, api: FakeApi) -> None:
    def refuse(body: object) -> None:
        raise ApiError("not allowed", 403, "Forbidden")

    api.put(PATH, CM)
    api.on("DELETE", "configmaps", refuse)
    with pytest.raises(ApiError, match="not allowed"):
        delete(lab, context(CONFIG_MAP), "default/cm", CM, STATE)


def test_a_deleted_definition_is_not_served_any_more(lab: Session, api: FakeApi) -> None:
    crd: Body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "x"},
    }
    api.put("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/x", crd)
    api.kinds |= OPERATOR
    installation = Gvk("operator.tigera.io", "v1", "Installation")
    assert lab.serves(installation)
    del api.kinds["operator.tigera.io/v1"]
    delete(lab, context("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"), "x", crd, crd)
    assert not lab.serves(installation)


class TestPatch:
    """A Patch was never the object."""

    TOKEN = "kubernetes:core/v1:ConfigMapPatch"

    def test_it_gives_up_its_fields_and_leaves_the_object(self, lab: Session, api: FakeApi) -> None:
        api.put(PATH, CM)
        delete(lab, context(self.TOKEN), "default/cm", CM, STATE)
        assert api.sent("PATCH") == [({"fieldManager": "pulumi-kubernetes-1"}, CM)]
        assert api.sent("DELETE") == []
        assert PATH in api.objects

    def test_an_object_that_is_gone_is_not_created_by_letting_go(self, lab: Session, api: FakeApi) -> None:
        delete(lab, context(self.TOKEN), "default/cm", CM, STATE)
        assert api.sent("PATCH") == []

    def test_a_required_field_cannot_be_given_up(self, lab: Session, api: FakeApi) -> None:
        def refuse(body: object) -> None:
            causes = [{"reason": "FieldValueRequired", "field": "spec"}]
            raise ApiError("spec: Required value", 422, "Invalid", {"causes": causes})

        api.put(PATH, CM)
        api.on("PATCH", "configmaps", refuse)
        with pytest.raises(ProviderError) as refused:
            delete(lab, context(self.TOKEN), "default/cm", CM, STATE)
        assert str(refused.value) == (
            "this Patch resource is currently managing a required field, so it can't be deleted directly. "
            "Either set the `retainOnDelete` resource option, or transfer ownership of the field before "
            "deleting: spec"
        )


class TestUnreachable:
    """A cluster that went first needs the user's word."""

    def test_it_is_an_error_that_says_what_to_do(self, make_session: Callable[..., Session]) -> None:
        with pytest.raises(ProviderError) as refused:
            delete(make_session(kubeconfig=""), context(CONFIG_MAP), "default/cm", CM, STATE)
        assert str(refused.value) == (
            "configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this "
            "resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE "
            'environment variable set to "true"'
        )

    def test_with_it_the_object_counts_as_deleted(
        self, make_session: Callable[..., Session], log: RecordingLog
    ) -> None:
        session = make_session(kubeconfig="", deleteUnreachable="true")
        delete(session, context(CONFIG_MAP), "default/cm", CM, STATE)
        assert len(log.warnings) == 1
