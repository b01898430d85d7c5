"""A Release over the API in memory: its inputs, its record, its failures and its end."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

import pytest

from sandbox.plugins.kubernetes.errors import ApiError
from sandbox.plugins.kubernetes.release import release
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.rpc import UNKNOWN
from sandbox.plugins.server import Change, Failure, InitFailedError, ProviderError
from tests.sandbox.kubernetes.conftest import RELEASE, context
from tests.sandbox.kubernetes.fake_api import OPERATOR, FakeApi

Body = dict[str, Any]
OFF: Body = {name: {"enabled": False} for name in ("installation", "apiServer", "goldmane", "whisker")}
INPUTS: Body = {
    "name": "calico",
    "chart": "tigera-operator",
    "version": "v3.32.4",
    "namespace": "tigera-operator",
    "createNamespace": True,
    "repositoryOpts": {"repo": "https://docs.tigera.io/calico/charts"},
    "timeout": 300,
    "values": OFF,
}
DEPLOYMENT = "/apis/apps/v1/namespaces/tigera-operator/deployments/tigera-operator"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
AVAILABLE: Body = {
    "observedGeneration": 1,
    "updatedReplicas": 1,
    "availableReplicas": 1,
    "conditions": [{"type": "Available", "status": "True"}],
}
ID = "tigera-operator/calico"


def _operator_starts(api: FakeApi) -> None:
    """Play the part of the sandbox's daemon: the Deployment becomes available and its definitions appear."""

    def start(body: Any) -> None:
        if isinstance(body, dict) and body.get("kind") == "Deployment":
            api.put(DEPLOYMENT, {**body, "status": AVAILABLE})
            for name in ("installations", "apiservers"):
                established = {"conditions": [{"type": "Established", "status": "True"}]}
                api.put(f"{CRDS}/{name}.operator.tigera.io", {"status": established})

    api.on("PATCH", "deployments/tigera-operator$", start)


def _install(lab: Session, api: FakeApi, **changes: Any) -> Body:
    _operator_starts(api)
    id, outputs = release.create(lab, context(RELEASE), {**INPUTS, **changes})
    assert id == ID
    return outputs


def _record(api: FakeApi, revision: int) -> Body:
    secret = api.objects[f"/api/v1/namespaces/tigera-operator/secrets/sh.helm.release.v1.calico.v{revision}"]
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    document: Body = json.loads(gzip.decompress(packed))
    assert secret["metadata"]["labels"]["status"] == document["info"]["status"]
    return document


class TestCheck:
    """What is filled in, and what is refused before anything is installed."""

    def _check(self, lab: Session, news: Body, olds: Body | None = None) -> tuple[Body, list[Failure]]:
        return release.check(lab, context(RELEASE, "calico"), olds or {}, news)

    def test_complete_inputs_stay_as_they_are(self, lab: Session) -> None:
        assert self._check(lab, INPUTS) == (INPUTS, [])

    def test_name_namespace_time_limit_and_version_are_filled_in(self, lab: Session) -> None:
        bare = {"chart": INPUTS["chart"], "repositoryOpts": INPUTS["repositoryOpts"]}
        inputs, failures = self._check(lab, bare)
        assert failures == []
        assert re.fullmatch(r"calico-[0-9a-f]{8}", inputs["name"])
        assert (inputs["namespace"], inputs["timeout"], inputs["version"]) == ("default", 300, "v3.33.1")
        assert self._check(lab, bare, inputs)[0]["name"] == inputs["name"]

    def test_no_time_limit_without_a_wait(self, lab: Session) -> None:
        news = {key: value for key, value in INPUTS.items() if key != "timeout"} | {"skipAwait": True}
        assert "timeout" not in self._check(lab, news)[0]

    def test_a_wrong_version_is_said_in_helm_s_words(self, lab: Session) -> None:
        _, failures = self._check(lab, {**INPUTS, "version": "v9.9.9"})
        assert failures == [
            Failure(
                "chart",
                'chart "tigera-operator" version "v9.9.9" not found in https://docs.tigera.io/calico/charts '
                "repository (the sandbox knows v3.31.7, v3.32.0, v3.32.1, v3.32.2, v3.32.3, v3.32.4, "
                "v3.33.0, v3.33.1); check the chart name and repository configuration.",
            )
        ]

    def test_a_wrong_value_is_named(self, lab: Session) -> None:
        _, failures = self._check(lab, {**INPUTS, "values": {"manageCRD": True}})
        assert failures == [
            Failure(
                "",
                "values.manageCRD is not a value of the chart; did you mean 'manageCRDs' (Helm would ignore "
                "it without a word)",
            )
        ]

    def test_a_wrong_version_does_not_hide_a_wrong_value(self, lab: Session) -> None:
        _, failures = self._check(lab, {**INPUTS, "version": "v9.9.9", "values": {"manageCRD": True}})
        assert [failure.property for failure in failures] == ["chart", ""]

    @pytest.mark.parametrize("key", ["chart", "version", "repositoryOpts"])
    def test_what_is_not_known_yet_is_not_judged(self, lab: Session, key: str) -> None:
        news = {**INPUTS, key: UNKNOWN}
        assert self._check(lab, news) == (news, [])

    def test_values_not_known_yet_are_not_judged(self, lab: Session) -> None:
        assert self._check(lab, {**INPUTS, "values": UNKNOWN})[1] == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param(
            {"values": {**OFF, "dnsPolicy": "Default"}}, {"values.dnsPolicy": Change.ADD}, id="a value"
        ),
        pytest.param({"version": "v3.33.1"}, {"version": Change.UPDATE}, id="the version"),
        pytest.param({"name": "other"}, {"name": Change.UPDATE_REPLACE}, id="the name"),
        pytest.param({"namespace": "other"}, {"namespace": Change.UPDATE_REPLACE}, id="the namespace"),
    ],
)
def test_only_another_name_or_namespace_replaces(changes: Body, expected: dict[str, Change]) -> None:
    assert release.diff(context(RELEASE), INPUTS, {**INPUTS, **changes}).changes == expected


def test_ignored_values_do_not_count() -> None:
    news = {**INPUTS, "version": "v3.33.1"}
    assert release.diff(context(RELEASE, ignore_changes=("version",)), INPUTS, news).changes == {}


class TestInstall:
    """The chart's objects, marked as Helm's, and the wait for them."""

    def test_the_outputs_are_those_of_helm(self, lab: Session, api: FakeApi) -> None:
        outputs = _install(lab, api)
        assert outputs["status"] == {
            "appVersion": "v3.32.4",
            "chart": "tigera-operator",
            "name": "calico",
            "namespace": "tigera-operator",
            "revision": 1,
            "status": "deployed",
            "version": "v3.32.4",
        }
        assert outputs["resourceNames"] == {
            "ClusterRole.rbac.authorization.k8s.io/rbac.authorization.k8s.io/v1": [
                "tigera-operator",
                "tigera-operator-secrets",
            ],
            "ClusterRoleBinding.rbac.authorization.k8s.io/rbac.authorization.k8s.io/v1": ["tigera-operator"],
            "Deployment.apps/apps/v1": ["tigera-operator/tigera-operator"],
            "RoleBinding.rbac.authorization.k8s.io/rbac.authorization.k8s.io/v1": [
                "tigera-operator/tigera-operator-secrets"
            ],
            "ServiceAccount/v1": ["tigera-operator/tigera-operator"],
        }
        assert {key: outputs[key] for key in INPUTS} == INPUTS

    def test_every_object_carries_helm_s_marks(self, lab: Session, api: FakeApi) -> None:
        _install(lab, api)
        metadata = api.objects[DEPLOYMENT]["metadata"]
        assert metadata["labels"] == {"k8s-app": "tigera-operator", "app.kubernetes.io/managed-by": "Helm"}
        assert metadata["annotations"] == {
            "meta.helm.sh/release-name": "calico",
            "meta.helm.sh/release-namespace": "tigera-operator",
        }

    def test_the_record_is_in_helm_s_format(self, lab: Session, api: FakeApi) -> None:
        _install(lab, api)
        document = _record(api, 1)
        assert (document["name"], document["version"], document["config"]) == ("calico", 1, OFF)
        assert document["chart"]["metadata"]["version"] == "v3.32.4"
        assert "kind: Deployment" in document["manifest"]

    def test_a_missing_namespace_is_only_made_on_request(self, lab: Session, api: FakeApi) -> None:
        with pytest.raises(ProviderError) as refused:
            release.create(lab, context(RELEASE), {**INPUTS, "createNamespace": False})
        assert str(refused.value) == (
            'create: failed to create: namespaces "tigera-operator" not found; set createNamespace on the '
            "Release"
        )
        assert api.sent("POST") == api.sent("PATCH") == []

    def test_custom_resources_of_a_chart_without_definitions_are_refused_in_helm_s_words(
        self, lab: Session, api: FakeApi
    ) -> None:
        values = {**OFF, "installation": {"enabled": True}}
        with pytest.raises(ProviderError) as refused:
            release.create(lab, context(RELEASE), {**INPUTS, "values": values})
        assert str(refused.value) == (
            "unable to build kubernetes objects from release manifest: resource mapping not found for name: "
            '"default" namespace: "" from "": no matches for kind "Installation" in version '
            '"operator.tigera.io/v1"\nensure CRDs are installed first'
        )
        assert api.sent("POST") == api.sent("PATCH") == []

    def test_they_are_created_where_the_definitions_are_there(self, lab: Session, api: FakeApi) -> None:
        api.kinds |= OPERATOR
        values = {**OFF, "installation": {"enabled": True, "kubernetesProvider": "AKS"}}
        _install(lab, api, values=values)
        created = api.objects["/apis/operator.tigera.io/v1/installations/default"]
        assert created["spec"]["kubernetesProvider"] == "AKS"

    def test_a_name_is_used_once(self, lab: Session, api: FakeApi) -> None:
        _install(lab, api)
        with pytest.raises(ProviderError) as refused:
            release.create(lab, context(RELEASE), INPUTS)
        assert str(refused.value) == "cannot re-use a name that is still in use"

    def test_objects_of_others_are_not_taken_over(self, lab: Session, api: FakeApi) -> None:
        api.put(DEPLOYMENT, {"apiVersion": "apps/v1", "kind": "Deployment"})
        with pytest.raises(ProviderError) as refused:
            release.create(lab, context(RELEASE), INPUTS)
        assert str(refused.value) == (
            'Unable to continue with install: Deployment "tigera-operator" in namespace "tigera-operator" '
            "exists and cannot be imported into the current release: invalid ownership metadata; annotation "
            'validation error: key "meta.helm.sh/release-name" must equal "calico": current value is ""'
        )

    def test_an_operator_that_does_not_start_is_kept_with_the_reason(
        self, lab: Session, api: FakeApi
    ) -> None:
        with pytest.raises(InitFailedError) as failed:
            release.create(lab, context(RELEASE), {**INPUTS, "timeout": 0.01})
        assert failed.value.id == ID
        assert failed.value.outputs["status"]["status"] == "failed"
        assert failed.value.reasons == [
            (
                'Helm release "tigera-operator/calico" was created, but failed to initialize completely. Use Helm CLI '
                "to investigate: failed to become available within allocated timeout. Error: Helm Release "
                "tigera-operator/calico: context deadline exceeded"
            ),
            (
                "waited 0 s for the rollout of Deployment tigera-operator/tigera-operator; last seen: no status "
                "yet"
            ),
            "Minimum number of Pods to consider the application live was not attained",
            "no pod matches its selector name=tigera-operator",
        ]
        assert _record(api, 1)["info"]["status"] == "failed"

    def test_definitions_that_do_not_come_are_named(self, lab: Session, api: FakeApi) -> None:
        _operator_starts(api)
        api.on(
            "GET",
            f"^{CRDS}/apiservers",
            lambda _: {"kind": "CustomResourceDefinition", "metadata": {"name": "x"}},
        )
        with pytest.raises(InitFailedError) as failed:
            release.create(lab, context(RELEASE), {**INPUTS, "timeout": 0.05})
        assert failed.value.reasons[1:] == [
            "waited 0 s for condition=Established of CustomResourceDefinition x; last seen: no status yet"
        ]

    def test_without_a_wait_nothing_is_waited_for(self, lab: Session, api: FakeApi) -> None:
        _, outputs = release.create(lab, context(RELEASE), {**INPUTS, "skipAwait": True})
        assert outputs["status"]["status"] == "deployed"

    def test_an_atomic_release_leaves_nothing_of_a_failed_install(self, lab: Session, api: FakeApi) -> None:
        with pytest.raises(ProviderError) as refused:
            release.create(lab, context(RELEASE), {**INPUTS, "timeout": 0.01, "atomic": True})
        assert not isinstance(refused.value, InitFailedError)
        assert str(refused.value) == (
            "release calico failed, and has been uninstalled due to atomic being set: 'tigera-operator' "
            "timed out waiting to be Ready"
        )
        assert DEPLOYMENT not in api.objects
        assert not [path for path in api.objects if "sh.helm.release" in path]

    def test_a_server_that_refuses_an_object_fails_the_release(self, lab: Session, api: FakeApi) -> None:
        def refuse(body: object) -> None:
            raise ApiError("quota exceeded", 403, "Forbidden")

        api.on("PATCH", "deployments", refuse)
        with pytest.raises(InitFailedError) as failed:
            release.create(lab, context(RELEASE), INPUTS)
        assert failed.value.reasons[0].endswith("Helm Release tigera-operator/calico: quota exceeded")

    def test_a_preview_installs_nothing(self, lab: Session, api: FakeApi) -> None:
        id, outputs = release.create(lab, context(RELEASE, preview=True), INPUTS)
        assert (id, outputs) == ("", {**INPUTS, "status": UNKNOWN, "resourceNames": UNKNOWN})
        assert api.requests == []


class TestLater:
    """Upgrade, refresh, import and uninstall."""

    def test_an_upgrade_is_a_new_revision(self, lab: Session, api: FakeApi) -> None:
        outputs = _install(lab, api)
        news = {**INPUTS, "values": {**OFF, "dnsPolicy": "Default"}}
        upgraded = release.update(lab, context(RELEASE), outputs, news)
        assert (upgraded["status"]["revision"], upgraded["status"]["status"]) == (2, "deployed")
        assert api.objects[DEPLOYMENT]["spec"]["template"]["spec"]["dnsPolicy"] == "Default"
        assert _record(api, 1)["info"]["status"] == "superseded"
        assert _record(api, 2)["info"]["first_deployed"] == _record(api, 1)["info"]["first_deployed"]

    def test_objects_that_the_values_no_longer_make_are_deleted(self, lab: Session, api: FakeApi) -> None:
        endpoint = {"host": "lab.example", "port": "443"}
        outputs = _install(lab, api, values={**OFF, "kubernetesServiceEndpoint": endpoint})
        path = "/api/v1/namespaces/tigera-operator/configmaps/kubernetes-services-endpoint"
        assert path in api.objects
        release.update(lab, context(RELEASE), outputs, INPUTS)
        assert path not in api.objects

    def test_a_failed_install_is_taken_up_by_the_next_update(self, lab: Session, api: FakeApi) -> None:
        with pytest.raises(InitFailedError) as failed:
            release.create(lab, context(RELEASE), {**INPUTS, "timeout": 0.01})
        _operator_starts(api)
        upgraded = release.update(lab, context(RELEASE), dict(failed.value.outputs), INPUTS)
        assert (upgraded["status"]["revision"], upgraded["status"]["status"]) == (2, "deployed")

    def test_an_upgrade_needs_a_release(self, lab: Session) -> None:
        with pytest.raises(ProviderError) as refused:
            release.update(lab, context(RELEASE), {}, INPUTS)
        assert str(refused.value) == '"calico" has no deployed releases'

    def test_a_refresh_finds_the_release_unchanged(self, lab: Session, api: FakeApi) -> None:
        outputs = _install(lab, api)
        assert release.read(lab, ID, INPUTS, outputs) == (ID, INPUTS, outputs)

    def test_an_import_finds_what_helm_records(self, lab: Session, api: FakeApi) -> None:
        _install(lab, api)
        id, inputs, _ = release.read(lab, ID, {}, {})
        assert (id, inputs["name"], inputs["version"], inputs["values"]) == (ID, "calico", "v3.32.4", OFF)

    def test_a_release_that_is_gone_is_gone(self, lab: Session) -> None:
        assert release.read(lab, ID, INPUTS, {}) == ("", {}, {})

    def test_uninstalling_removes_all_that_was_made_in_reverse_and_leaves_definitions_and_namespace(
        self, lab: Session, api: FakeApi
    ) -> None:
        before = set(api.objects)
        _install(lab, api)
        release.delete(lab, context(RELEASE), ID, INPUTS)
        assert set(api.objects) - before == {
            "/api/v1/namespaces/tigera-operator",
            f"{CRDS}/installations.operator.tigera.io",
            f"{CRDS}/apiservers.operator.tigera.io",
        }
        deleted = [path for verb, path, _, _ in api.requests if verb == "DELETE"]
        assert deleted[0] == DEPLOYMENT
        assert deleted[-2].endswith("serviceaccounts/tigera-operator")
        assert deleted[-1].endswith("sh.helm.release.v1.calico.v1")

    def test_uninstalling_first_removes_the_operator_s_own_resources_as_the_hook_does(
        self, lab: Session, api: FakeApi
    ) -> None:
        api.kinds |= OPERATOR
        _install(lab, api)
        for path in ("installations", "apiservers"):
            api.put(f"/apis/operator.tigera.io/v1/{path}/default", {"kind": path})
        release.delete(lab, context(RELEASE), ID, INPUTS)
        deleted = [path for verb, path, _, _ in api.requests if verb == "DELETE"]
        assert deleted[:3] == [
            "/apis/operator.tigera.io/v1/apiservers/default",
            "/apis/operator.tigera.io/v1/installations/default",
            DEPLOYMENT,
        ]

    def test_an_uninstall_that_hangs_says_what_it_waits_for(self, lab: Session, api: FakeApi) -> None:
        _install(lab, api)
        api.objects[DEPLOYMENT]["metadata"]["finalizers"] = ["example.com/stay"]
        with pytest.raises(InitFailedError) as failed:
            release.delete(lab, context(RELEASE), ID, {**INPUTS, "timeout": 0.01})
        assert failed.value.reasons == [
            "uninstallation of tigera-operator/calico did not complete: timed out waiting for the condition",
            (
                "waited 0 s for Deployment tigera-operator/tigera-operator to be deleted; finalizers still there: "
                "example.com/stay"
            ),
        ]
        assert failed.value.outputs["status"]["status"] == "uninstalling"

    def test_without_a_wait_an_uninstall_does_not_wait(self, lab: Session, api: FakeApi) -> None:
        _install(lab, api)
        api.objects[DEPLOYMENT]["metadata"]["finalizers"] = ["example.com/stay"]
        release.delete(lab, context(RELEASE), ID, {**INPUTS, "skipAwait": True})
        assert release.read(lab, ID, INPUTS, {})[0] == ""

    def test_the_tenth_revision_comes_after_the_second(self, lab: Session, api: FakeApi) -> None:
        outputs = _install(lab, api)
        for _ in range(10):
            outputs = release.update(lab, context(RELEASE), outputs, INPUTS)
        assert release.read(lab, ID, INPUTS, outputs)[2]["status"]["revision"] == 11

    def test_a_release_that_is_not_there_cannot_be_uninstalled(self, lab: Session) -> None:
        with pytest.raises(ProviderError) as refused:
            release.delete(lab, context(RELEASE), ID, INPUTS)
        assert str(refused.value) == "uninstall: Release not loaded: calico: release: not found"


@pytest.mark.parametrize("flag", ["deleteUnreachable", "skipUpdateUnreachable"])
def test_a_release_on_an_unreachable_cluster_fails_whatever_the_flags_say(
    make_session: Any, flag: str
) -> None:
    session = make_session(kubeconfig="", **{flag: True})
    for operation, message in (
        (
            lambda: release.create(session, context(RELEASE), INPUTS),
            "can't create Helm Release with unreachable cluster:",
        ),
        (
            lambda: release.update(session, context(RELEASE), {}, INPUTS),
            "can't update Helm Release with unreachable",
        ),
        (
            lambda: release.delete(session, context(RELEASE), ID, INPUTS),
            "can't delete Helm Release with unreachable",
        ),
    ):
        with pytest.raises(ProviderError) as refused:
            operation()
        assert str(refused.value).startswith(message)
