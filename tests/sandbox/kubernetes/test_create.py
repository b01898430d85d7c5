"""Create: a plain POST, tried again while its kind is on its way, then waited for; previews as a dry run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plugins.kubernetes.create import create
from sandbox.plugins.kubernetes.errors import ApiError
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.rpc import UNKNOWN, Secret
from sandbox.plugins.server import InitFailedError, ProviderError
from tests.sandbox.kubernetes.conftest import (
    CONFIG_MAP,
    DEPLOYMENT,
    INSTALLATION,
    NAMESPACE,
    SECRET,
    RecordingLog,
    context,
)
from tests.sandbox.kubernetes.fake_api import OPERATOR, FakeApi, not_found

Body = dict[str, Any]
CM: Body = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "cm", "namespace": "default"},
    "data": {"a": "1"},
}
INSTALL: Body = {
    "apiVersion": "operator.tigera.io/v1",
    "kind": "Installation",
    "metadata": {"name": "default"},
    "spec": {"variant": "Calico"},
}
URN = "urn:pulumi:dev::lab::kubernetes:core/v1:ConfigMap::thing"


def _annotated(body: Body, **annotations: str) -> Body:
    named = {f"pulumi.com/{key}": value for key, value in annotations.items()}
    return {**body, "metadata": {**body["metadata"], "annotations": named}}


class TestRequest:
    """What is sent, and under which name."""

    def test_an_object_is_posted_strictly_under_the_common_field_manager(
        self, lab: Session, api: FakeApi
    ) -> None:
        id, outputs = create(lab, context(CONFIG_MAP), CM)
        assert id == "default/cm"
        assert api.sent("POST") == [({"fieldManager": "pulumi-kubernetes", "fieldValidation": "Strict"}, CM)]
        assert outputs["data"] == {"a": "1"}
        assert outputs["__fieldManager"].startswith("pulumi-kubernetes-")
        assert outputs["__initialApiVersion"] == "v1"

    def test_a_patch_is_applied_under_a_manager_of_its_own(self, lab: Session, api: FakeApi) -> None:
        _, outputs = create(lab, context("kubernetes:core/v1:ConfigMapPatch"), CM)
        query, body = api.sent("PATCH")[0]
        assert query == {"fieldManager": outputs["__fieldManager"], "force": "false"}
        assert body == CM

    def test_a_patch_can_be_forced_and_named_by_annotations(self, lab: Session, api: FakeApi) -> None:
        patch = _annotated(CM, patchForce="true", patchFieldManager="mine")
        create(lab, context("kubernetes:core/v1:ConfigMapPatch"), patch)
        assert api.sent("PATCH")[0][0] == {"fieldManager": "mine", "force": "true"}

    def test_a_provider_can_force_every_patch(
        self, make_session: Callable[..., Session], api: FakeApi
    ) -> None:
        create(make_session(enablePatchForce=True), context("kubernetes:core/v1:ConfigMapPatch"), CM)
        assert api.sent("PATCH")[0][0]["force"] == "true"

    def test_upsert_applies_over_what_is_there(
        self, make_session: Callable[..., Session], api: FakeApi
    ) -> None:
        api.put("/api/v1/namespaces/default/configmaps/cm", {**CM, "data": {"a": "0"}})
        _, outputs = create(make_session(upsertExistingObjects="true"), context(CONFIG_MAP), CM)
        assert outputs["data"] == {"a": "1"}

    def test_the_data_of_a_secret_is_sealed_in_the_outputs(self, lab: Session) -> None:
        _, outputs = create(lab, context(SECRET), {**CM, "kind": "Secret", "data": {"a": "MQ=="}})
        assert outputs["data"] == Secret({"a": "MQ=="})

    def test_a_new_definition_is_looked_up_again(self, lab: Session, api: FakeApi) -> None:
        crd = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "x"},
        }
        token = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
        create(lab, context(token), crd)
        asked = len(api.sent("GET", "^/apis/apiextensions.k8s.io/v1$"))
        create(lab, context(token), {**crd, "metadata": {"name": "y"}})
        assert len(api.sent("GET", "^/apis/apiextensions.k8s.io/v1$")) == asked + 1


class TestRefusals:
    """The server's words, in the real provider's frame."""

    def test_an_existing_object_is_not_taken_over(self, lab: Session, api: FakeApi) -> None:
        api.put("/api/v1/namespaces/default/configmaps/cm", CM)
        with pytest.raises(ProviderError) as refused:
            create(lab, context(CONFIG_MAP), CM)
        assert str(refused.value) == (
            f'resource "{URN}" was not successfully created by the Kubernetes API server: configmaps "cm" '
            "already exists\n\nThe resource already exists in the cluster. This can happen when:\n\n  - "
            "Renaming a Pulumi resource: give it an alias, or set deleteBeforeReplace if it is replaced.\n  "
            "- Managing an object of somebody else: use its Patch resource (for example NamespacePatch).\n  "
            "- Adopting an object: use `pulumi import`.\n  - Overwriting it on purpose: set "
            "upsertExistingObjects on the provider."
        )
        assert len(api.sent("POST")) == 1

    def test_what_the_server_refuses_is_said_with_field_and_reason(self, lab: Session, api: FakeApi) -> None:
        def refuse(body: object) -> None:
            raise ApiError('strict decoding error: unknown field "spec.canReadh"', 400, "BadRequest")

        api.on("POST", "configmaps", refuse)
        with pytest.raises(ProviderError) as refused:
            create(lab, context(CONFIG_MAP), CM)
        assert str(refused.value) == (
            f'resource "{URN}" was not successfully created by the Kubernetes API server: strict decoding '
            'error: unknown field "spec.canReadh"'
        )

    def test_a_kind_that_never_comes_is_tried_six_times(
        self, lab: Session, api: FakeApi, log: RecordingLog
    ) -> None:
        with pytest.raises(ProviderError) as refused:
            create(lab, context(INSTALLATION), INSTALL)
        assert str(refused.value) == (
            "creation of resource "
            '"urn:pulumi:dev::lab::kubernetes:operator.tigera.io/v1:Installation::thing" with kind '
            "operator.tigera.io/v1/Installation failed because the Kubernetes API server reported that the "
            "apiVersion for this resource does not exist. Verify that any required CRDs have been created: "
            'no matches for kind "Installation" in version "operator.tigera.io/v1"'
        )
        assert len(log.statuses) == 5
        assert log.statuses[0] == (
            'Retry #0; creation failed: no matches for kind "Installation" in version "operator.tigera.io/v1"'
        )

    def test_a_kind_that_comes_late_is_created(self, lab: Session, api: FakeApi) -> None:
        asked: list[object] = []

        def appear(body: object) -> None:
            asked.append(body)
            if len(asked) == 3:
                api.kinds |= OPERATOR

        api.on("GET", "^/apis/operator.tigera.io/v1$", appear)
        assert create(lab, context(INSTALLATION), INSTALL)[0] == "default"

    def test_a_namespace_that_comes_late_is_waited_for(self, lab: Session, api: FakeApi) -> None:
        tries: list[object] = []

        def appear(body: object) -> None:
            tries.append(body)
            if len(tries) == 3:
                api.put("/api/v1/namespaces/apps", {"apiVersion": "v1", "kind": "Namespace"})

        api.on("POST", "configmaps", appear)
        body = {**CM, "metadata": {"name": "cm", "namespace": "apps"}}
        assert create(lab, context(CONFIG_MAP), body)[0] == "apps/cm"

    def test_ctrl_c_ends_the_tries(self, lab: Session, api: FakeApi) -> None:
        lab.cancelled.set()
        with pytest.raises(ProviderError) as refused:
            create(lab, context(INSTALLATION), INSTALL)
        assert str(refused.value).endswith("Installation::thing was cancelled")

    def test_an_unreachable_cluster_is_said_with_the_reason(
        self, make_session: Callable[..., Session]
    ) -> None:
        with pytest.raises(ProviderError) as refused:
            create(make_session(kubeconfig=""), context(CONFIG_MAP), CM)
        assert str(refused.value) == (
            "configured Kubernetes cluster is unreachable: failed to parse kubeconfig data in "
            "`kubernetes:config:kubeconfig`- kubeconfig is not set but the sandbox never reads "
            "~/.kube/config; set kubeconfig on the Provider (otherwise a real cluster could be changed by "
            "accident)"
        )

    def test_a_wrong_wait_leaves_no_object_behind(self, lab: Session, api: FakeApi) -> None:
        with pytest.raises(ProviderError) as refused:
            create(lab, context(CONFIG_MAP), _annotated(CM, waitFor="Ready"))
        assert str(refused.value) == 'expected a "jsonpath=" or "condition=" prefix, got "Ready"'
        assert api.sent("POST") == []


class TestWaiting:
    """The object stays in the state even if it does not become ready."""

    def test_an_object_that_does_not_become_ready_is_kept_with_all_that_is_known(
        self, lab: Session, api: FakeApi
    ) -> None:
        api.kinds |= OPERATOR
        api.put(
            "/apis/operator.tigera.io/v1/tigerastatuses/calico",
            {
                "apiVersion": "operator.tigera.io/v1",
                "kind": "TigeraStatus",
                "status": {
                    "conditions": [
                        {"type": "Available", "status": "False", "reason": "x"},
                        {
                            "type": "Degraded",
                            "status": "True",
                            "reason": "InvalidConfigurationError",
                            "message": "IPIP encapsulation requires that BGP is enabled",
                        },
                        {"type": "Progressing", "status": "False"},
                    ]
                },
            },
        )
        inputs = _annotated(INSTALL, waitFor="condition=Ready", timeoutSeconds="0")
        with pytest.raises(InitFailedError) as failed:
            create(lab, context(INSTALLATION), inputs)
        urn = "urn:pulumi:dev::lab::kubernetes:operator.tigera.io/v1:Installation::thing"
        assert failed.value.id == "default"
        assert failed.value.inputs == inputs
        assert failed.value.outputs["metadata"]["name"] == "default"
        assert failed.value.reasons == [
            (
                f'resource "{urn}" was successfully created, but the Kubernetes API server reported that it failed '
                "to fully initialize or become live: timed out waiting for the condition"
            ),
            "waited 0 s for condition=Ready of Installation default; last seen: no status yet",
            "TigeraStatus calico: Available=False (x)",
            (
                "TigeraStatus calico: Degraded=True (InvalidConfigurationError): IPIP encapsulation requires that BGP "
                "is enabled"
            ),
        ]

    def test_the_outputs_are_those_of_the_ready_object(self, lab: Session, api: FakeApi) -> None:
        api.kinds |= OPERATOR
        ready = {**INSTALL, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
        api.on("GET", "installations/default$", lambda _: ready)
        _, outputs = create(lab, context(INSTALLATION), _annotated(INSTALL, waitFor="condition=Ready"))
        assert outputs["status"] == ready["status"]

    def test_skip_await_waits_for_nothing(self, lab: Session, api: FakeApi) -> None:
        api.kinds |= OPERATOR
        create(lab, context(INSTALLATION), _annotated(INSTALL, waitFor="condition=Ready", skipAwait="true"))
        assert api.sent("GET", "installations/default") == []

    def test_a_kind_with_a_wait_of_its_own_is_waited_for(self, lab: Session, api: FakeApi) -> None:
        deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
        with pytest.raises(InitFailedError) as failed:
            create(lab, context(DEPLOYMENT, timeout=0.01), deployment)
        assert failed.value.reasons[0].endswith("become live: 'web' timed out waiting to be Ready")

    def test_a_custom_resource_without_annotation_is_ready_at_once(self, lab: Session, api: FakeApi) -> None:
        api.kinds |= OPERATOR
        create(lab, context(INSTALLATION), INSTALL)
        assert api.sent("GET", "installations/default") == []


class TestPreview:
    """A dry run where the server can do one; otherwise the inputs."""

    def test_a_preview_is_a_dry_run_without_id_and_status(self, lab: Session, api: FakeApi) -> None:
        api.on("POST", "namespaces$", lambda body: {**(body or {}), "status": {"phase": "Active"}})
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "apps"}}
        id, outputs = create(lab, context(NAMESPACE, preview=True), body)
        assert api.sent("POST")[0][0]["dryRun"] == "All"
        assert (id, "status" in outputs) == ("", False)

    @pytest.mark.parametrize(
        ("token", "inputs"),
        [
            pytest.param(CONFIG_MAP, {**CM, "data": {"a": UNKNOWN}}, id="a value is not known yet"),
            pytest.param(INSTALLATION, INSTALL, id="the kind is not served"),
            pytest.param("kubernetes:core/v1:ConfigMapPatch", CM, id="a patch"),
        ],
    )
    def test_what_cannot_be_tried_is_shown_as_written(
        self, lab: Session, api: FakeApi, token: str, inputs: Body
    ) -> None:
        assert create(lab, context(token, preview=True), inputs) == ("", inputs)
        assert api.sent("POST") == api.sent("PATCH") == []

    def test_an_unreachable_cluster_does_not_stop_a_preview(
        self, make_session: Callable[..., Session]
    ) -> None:
        assert create(make_session(kubeconfig=""), context(CONFIG_MAP, preview=True), CM) == ("", CM)

    @pytest.mark.parametrize(
        "error",
        [
            pytest.param(ApiError("no", 403, "Forbidden"), id="not allowed"),
            pytest.param(ApiError("is there", 409, "AlreadyExists"), id="replaced under its name"),
            pytest.param(not_found("/api/v1/namespaces/apps"), id="its namespace comes with the update"),
            pytest.param(ApiError("it does not support dry run", 400, "BadRequest"), id="no dry run"),
        ],
    )
    def test_a_dry_run_that_says_nothing_of_the_update_is_passed_over(
        self, lab: Session, api: FakeApi, error: ApiError
    ) -> None:
        def refuse(body: object) -> None:
            raise error

        api.on("POST", "configmaps", refuse)
        assert create(lab, context(CONFIG_MAP, preview=True), CM) == ("", CM)
        assert len(api.sent("POST")) == 1

    def test_a_mistake_shows_in_the_preview(self, lab: Session, api: FakeApi) -> None:
        def refuse(body: object) -> None:
            raise ApiError("spec.x: Unsupported value", 422, "Invalid")

        api.on("POST", "configmaps", refuse)
        with pytest.raises(ProviderError) as refused:
            create(lab, context(CONFIG_MAP, preview=True), CM)
        assert str(refused.value).endswith("spec.x: Unsupported value")
