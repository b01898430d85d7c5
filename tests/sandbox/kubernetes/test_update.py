"""Update: applied under the object's own field manager, after taking over what the create wrote."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plugins.kubernetes.errors import ApiError
from sandbox.plugins.kubernetes.kinds import Gvk
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.kubernetes.update import update
from sandbox.plugins.rpc import UNKNOWN
from sandbox.plugins.server import InitFailedError, ProviderError
from tests.sandbox.kubernetes.conftest import CONFIG_MAP, INSTALLATION, context
from tests.sandbox.kubernetes.fake_api import OPERATOR, FakeApi

Body = dict[str, Any]
PATH = "/api/v1/namespaces/default/configmaps/cm"
OLD: Body = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "cm", "namespace": "default"},
    "data": {"a": "1"},
}
NEW: Body = {**OLD, "data": {"a": "2"}}
CREATED = {
    "manager": "pulumi-kubernetes",
    "operation": "Update",
    "apiVersion": "v1",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:data": {"f:a": {}}},
}


def _outputs(live: Body) -> Body:
    return {**copy.deepcopy(live), "__fieldManager": "pulumi-kubernetes-1", "__initialApiVersion": "v1"}


@pytest.fixture
def live(api: FakeApi) -> Body:
    return api.put(PATH, {**OLD, "metadata": {"managedFields": [CREATED]}})


def test_the_change_is_applied_under_the_manager_of_the_state(lab: Session, api: FakeApi, live: Body) -> None:
    outputs = update(lab, context(CONFIG_MAP), OLD, _outputs(live), NEW)
    query, body = api.sent("PATCH")[-1]
    assert query == {"fieldManager": "pulumi-kubernetes-1", "force": "false"}
    assert body == NEW
    assert outputs["data"] == {"a": "2"}
    assert outputs["__fieldManager"] == "pulumi-kubernetes-1"


def test_what_the_create_wrote_is_taken_over_first(lab: Session, api: FakeApi, live: Body) -> None:
    version = live["metadata"]["resourceVersion"]
    update(lab, context(CONFIG_MAP), OLD, _outputs(live), NEW)
    assert api.sent("PATCH")[0][1] == [
        {
            "op": "replace",
            "path": "/metadata/managedFields",
            "value": [{**CREATED, "manager": "pulumi-kubernetes-1", "operation": "Apply"}],
        },
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
    ]


def test_a_patch_takes_nothing_over(lab: Session, api: FakeApi, live: Body) -> None:
    update(lab, context("kubernetes:core/v1:ConfigMapPatch"), OLD, _outputs(live), NEW)
    assert len(api.sent("PATCH")) == 1


def test_the_take_over_is_tried_again_when_the_operator_was_faster(
    lab: Session, api: FakeApi, live: Body
) -> None:
    tries: list[object] = []

    def busy(body: object) -> None:
        if isinstance(body, list):
            tries.append(body)
            if len(tries) < 3:
                raise ApiError("the object has been modified", 409, "Conflict")

    api.on("PATCH", "configmaps", busy)
    assert update(lab, context(CONFIG_MAP), OLD, _outputs(live), NEW)["data"] == {"a": "2"}
    assert len(tries) == 3


def test_a_conflict_is_said_in_the_real_provider_s_words(lab: Session, api: FakeApi, live: Body) -> None:
    def conflict(body: object) -> None:
        if isinstance(body, dict):
            raise ApiError('Apply failed with 1 conflict: conflict with "kubectl": .data.a', 409, "Conflict")

    api.on("PATCH", "configmaps", conflict)
    with pytest.raises(InitFailedError) as failed:
        update(lab, context(CONFIG_MAP), OLD, _outputs(live), NEW)
    assert failed.value.reasons == [
        (
            'the Kubernetes API server reported that "default/cm" failed to fully initialize or become live: '
            "server-side apply field conflict detected, see https://www.pulumi.com/registry/packages/kubernetes/"
            "how-to-guides/managing-resources-with-server-side-apply/"
            "#handle-field-conflicts-on-existing-resources for troubleshooting help\n"
            'The resource managed by field manager "pulumi-kubernetes-1" had an apply conflict: Apply failed with '
            '1 conflict: conflict with "kubectl": .data.a'
        )
    ]


def test_a_refused_change_keeps_the_object_as_it_is(lab: Session, api: FakeApi, live: Body) -> None:
    def refuse(body: object) -> None:
        if isinstance(body, dict):
            raise ApiError(".spec.canReadh: field not declared in schema", 500)

    api.on("PATCH", "configmaps", refuse)
    with pytest.raises(InitFailedError) as failed:
        update(lab, context(CONFIG_MAP), OLD, _outputs(live), NEW)
    assert failed.value.outputs["data"] == {"a": "1"}
    assert failed.value.inputs == NEW


def test_a_new_manager_takes_over_and_the_old_one_lets_go(lab: Session, api: FakeApi, live: Body) -> None:
    named = copy.deepcopy(NEW)
    named["metadata"]["annotations"] = {"pulumi.com/patchFieldManager": "mine"}
    outputs = update(lab, context("kubernetes:core/v1:ConfigMapPatch"), OLD, _outputs(live), named)
    assert [query["fieldManager"] for query, _ in api.sent("PATCH")] == ["mine", "pulumi-kubernetes-1"]
    assert api.sent("PATCH")[-1][1] == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "cm", "namespace": "default"},
    }
    assert outputs["__fieldManager"] == "mine"


def test_a_definition_is_replaced(lab: Session, api: FakeApi) -> None:
    crd: Body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "x"},
    }
    live = api.put("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/x", crd)
    version = live["metadata"]["resourceVersion"]
    new = {**crd, "spec": {"scope": "Cluster"}}
    token = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    update(lab, context(token), crd, _outputs(live), new)
    assert api.sent("PUT")[0][1] == {**new, "metadata": {"name": "x", "resourceVersion": version}}


def test_a_changed_definition_is_looked_up_again(lab: Session, api: FakeApi) -> None:
    crd: Body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "x"},
    }
    live = api.put("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/x", crd)
    api.kinds |= OPERATOR
    installation = Gvk("operator.tigera.io", "v1", "Installation")
    assert lab.serves(installation)
    del api.kinds["operator.tigera.io/v1"]
    token = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    update(lab, context(token), crd, _outputs(live), crd)
    assert not lab.serves(installation)


def test_a_field_that_the_program_ignores_is_left_to_who_manages_it(lab: Session, api: FakeApi) -> None:
    theirs = {"manager": "somebody", "operation": "Update", "fieldsV1": {"f:data": {"f:a": {}}}}
    live = api.put(PATH, {**OLD, "metadata": {"managedFields": [theirs]}})
    news = {**OLD, "data": {"a": "1", "b": "2"}}
    update(lab, context(CONFIG_MAP, ignore_changes=("data.a",)), OLD, _outputs(live), news)
    assert api.sent("PATCH")[-1][1]["data"] == {"b": "2"}


def test_a_wrong_wait_is_refused_before_anything_is_changed(lab: Session, api: FakeApi, live: Body) -> None:
    metadata = {**OLD["metadata"], "annotations": {"pulumi.com/waitFor": "Ready"}}
    with pytest.raises(ProviderError) as refused:
        update(lab, context(CONFIG_MAP), OLD, _outputs(live), {**NEW, "metadata": metadata})
    assert str(refused.value) == 'expected a "jsonpath=" or "condition=" prefix, got "Ready"'
    assert api.sent("PATCH") == []


def test_the_older_mode_merges_and_takes_out_what_is_gone(
    make_session: Callable[..., Session], api: FakeApi, live: Body
) -> None:
    older = make_session(enableServerSideApply="false")
    update(older, context(CONFIG_MAP), {**OLD, "data": {"a": "1", "b": "1"}}, _outputs(live), NEW)
    query, body = api.sent("PATCH")[0]
    assert query["fieldManager"] == "pulumi-kubernetes"
    assert body["data"] == {"a": "2", "b": None}


def test_a_vanished_object_is_an_error(lab: Session) -> None:
    with pytest.raises(ProviderError) as refused:
        update(lab, context(CONFIG_MAP), OLD, _outputs(OLD), NEW)
    assert str(refused.value) == (
        'update of resource "urn:pulumi:dev::lab::kubernetes:core/v1:ConfigMap::thing" failed: configmaps '
        '"cm" not found'
    )


def test_a_vanished_kind_is_an_error(lab: Session) -> None:
    install = {"apiVersion": "operator.tigera.io/v1", "kind": "Installation", "metadata": {"name": "default"}}
    with pytest.raises(ProviderError) as refused:
        update(lab, context(INSTALLATION), install, _outputs(install), install)
    assert str(refused.value) == (
        'update of resource "urn:pulumi:dev::lab::kubernetes:operator.tigera.io/v1:Installation::thing" '
        "failed because the Kubernetes API server reported that the apiVersion for this resource does not "
        'exist. Verify that any required CRDs have been created: no matches for kind "Installation" in '
        'version "operator.tigera.io/v1"'
    )


def test_the_next_update_takes_the_wait_up_again(lab: Session, api: FakeApi) -> None:
    api.kinds |= OPERATOR
    inputs: Body = {
        "apiVersion": "operator.tigera.io/v1",
        "kind": "Installation",
        "metadata": {"name": "default", "annotations": {"pulumi.com/waitFor": "condition=Ready"}},
    }
    path = "/apis/operator.tigera.io/v1/installations/default"
    live = api.put(path, inputs)
    with pytest.raises(InitFailedError) as failed:
        update(lab, context(INSTALLATION, timeout=0.01), inputs, _outputs(live), inputs)
    assert failed.value.reasons[0] == (
        'the Kubernetes API server reported that "default" failed to fully initialize or become live: timed '
        "out waiting for the condition"
    )
    api.put(path, {**inputs, "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    outputs = update(lab, context(INSTALLATION), inputs, dict(failed.value.outputs), inputs)
    assert outputs["status"]["conditions"][0]["status"] == "True"


class TestPreview:
    """A dry run of the same apply, forced where only our own create is in the way."""

    def test_a_preview_is_a_forced_dry_run_while_the_create_still_owns_the_fields(
        self, lab: Session, api: FakeApi, live: Body
    ) -> None:
        outputs = update(lab, context(CONFIG_MAP, preview=True), OLD, _outputs(live), NEW)
        assert api.sent("PATCH") == [
            ({"fieldManager": "pulumi-kubernetes-1", "force": "true", "dryRun": "All"}, NEW)
        ]
        assert outputs["data"] == {"a": "2"}
        assert api.objects[PATH]["data"] == {"a": "1"}

    def test_values_not_known_yet_are_shown_as_they_are(self, lab: Session, api: FakeApi, live: Body) -> None:
        news = {**OLD, "data": {"a": UNKNOWN}}
        assert update(lab, context(CONFIG_MAP, preview=True), OLD, _outputs(live), news) == news
        assert api.sent("PATCH") == []

    def test_a_preview_that_is_not_allowed_is_passed_over(
        self, lab: Session, api: FakeApi, live: Body
    ) -> None:
        def refuse(body: object) -> None:
            raise ApiError("no", 403, "Forbidden")

        api.on("PATCH", "configmaps", refuse)
        assert update(lab, context(CONFIG_MAP, preview=True), OLD, _outputs(live), NEW) == NEW
