"""Inputs as they are recorded: names, namespaces, and what is refused at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plugins.kubernetes.check import check
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.rpc import UNKNOWN, Secret
from sandbox.plugins.server import ProviderError
from tests.sandbox.kubernetes.conftest import (
    CONFIG_MAP,
    DEPLOYMENT,
    INSTALLATION,
    NAMESPACE,
    SECRET,
    RecordingLog,
    context,
)
from tests.sandbox.kubernetes.fake_api import OPERATOR, FakeApi

Body = dict[str, Any]


def _check(session: Session, token: str, news: Body, olds: Body | None = None) -> Body:
    inputs, failures = check(session, context(token, "web"), olds or {}, news)
    assert failures == []
    return inputs


class TestNames:
    """A name is the program's, or the resource's name with eight hexadecimal digits."""

    def test_an_unnamed_object_is_named_after_its_resource_and_marked(self, lab: Session) -> None:
        inputs = _check(lab, NAMESPACE, {})
        assert re.fullmatch(r"web-[0-9a-f]{8}", inputs["metadata"]["name"])
        assert inputs["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}

    def test_the_same_seed_of_the_engine_gives_the_same_name(self, lab: Session) -> None:
        names = {
            check(lab, context(NAMESPACE, random_seed=seed), {}, {})[0]["metadata"]["name"]
            for seed in (b"one", b"one", b"two")
        }
        assert len(names) == 2

    def test_a_given_name_is_kept(self, lab: Session) -> None:
        assert _check(lab, NAMESPACE, {"metadata": {"name": "apps"}})["metadata"] == {"name": "apps"}

    def test_the_name_of_the_first_time_is_kept_with_its_mark(self, lab: Session) -> None:
        first = _check(lab, NAMESPACE, {"metadata": {"labels": {"a": "b"}}})
        assert _check(lab, NAMESPACE, {"metadata": {"labels": {"a": "b"}}}, first) == first

    def test_a_name_not_known_yet_is_a_name(self, lab: Session) -> None:
        assert _check(lab, NAMESPACE, {"metadata": {"name": UNKNOWN}})["metadata"] == {"name": UNKNOWN}

    def test_metadata_not_known_yet_is_left_alone(self, lab: Session) -> None:
        assert _check(lab, NAMESPACE, {"metadata": UNKNOWN})["metadata"] is UNKNOWN

    def test_generate_name_is_refused_with_server_side_apply(self, lab: Session) -> None:
        with pytest.raises(ProviderError) as refused:
            _check(lab, NAMESPACE, {"metadata": {"generateName": "a-"}})
        assert str(refused.value) == (
            "the `.metadata.generateName` field is not supported in Server-Side Apply mode"
        )


class TestNamespaces:
    """Namespaced objects get the provider's namespace."""

    def test_a_namespaced_object_gets_the_default_namespace(self, lab: Session) -> None:
        assert _check(lab, CONFIG_MAP, {"metadata": {"name": "a"}})["metadata"]["namespace"] == "default"

    def test_the_provider_s_namespace_comes_before_default(
        self, make_session: Callable[..., Session]
    ) -> None:
        inputs = _check(make_session(namespace="apps"), CONFIG_MAP, {"metadata": {"name": "a"}})
        assert inputs["metadata"]["namespace"] == "apps"

    def test_a_cluster_scoped_object_gets_none(self, lab: Session) -> None:
        assert "namespace" not in _check(lab, NAMESPACE, {"metadata": {"name": "a"}})["metadata"]

    def test_the_scope_of_a_custom_kind_is_asked_of_the_server(self, lab: Session, api: FakeApi) -> None:
        api.kinds |= OPERATOR
        news = {
            "apiVersion": "operator.tigera.io/v1",
            "kind": "Installation",
            "metadata": {"name": "default"},
        }
        assert "namespace" not in _check(lab, INSTALLATION, news)["metadata"]

    def test_a_custom_kind_that_is_not_served_is_taken_for_namespaced(self, lab: Session) -> None:
        news = {
            "apiVersion": "operator.tigera.io/v1",
            "kind": "Installation",
            "metadata": {"name": "default"},
        }
        assert _check(lab, INSTALLATION, news)["metadata"]["namespace"] == "default"

    def test_a_definition_in_the_program_tells_the_scope_before_it_is_installed(self, lab: Session) -> None:
        crd = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "installations.operator.tigera.io"},
            "spec": {"group": "operator.tigera.io", "scope": "Cluster", "names": {"kind": "Installation"}},
        }
        _check(lab, "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", crd)
        news = {
            "apiVersion": "operator.tigera.io/v1",
            "kind": "Installation",
            "metadata": {"name": "default"},
        }
        assert "namespace" not in _check(lab, INSTALLATION, news)["metadata"]

    def test_built_in_kinds_need_no_server(self, lab: Session, api: FakeApi) -> None:
        _check(lab, CONFIG_MAP, {"metadata": {"name": "a"}})
        assert api.requests == []


class TestTheRest:
    """Version, kind, labels, secrets and refusals."""

    def test_version_and_kind_come_from_the_type_where_the_program_is_silent(self, lab: Session) -> None:
        inputs = _check(lab, DEPLOYMENT, {"metadata": {"name": "a"}})
        assert (inputs["apiVersion"], inputs["kind"]) == ("apps/v1", "Deployment")

    def test_no_managed_by_label_with_server_side_apply(self, lab: Session) -> None:
        assert "labels" not in _check(lab, NAMESPACE, {"metadata": {"name": "a"}})["metadata"]

    def test_the_older_mode_labels_what_it_manages(self, make_session: Callable[..., Session]) -> None:
        older = make_session(enableServerSideApply=False)
        labels = {"app.kubernetes.io/managed-by": "pulumi"}
        assert _check(older, NAMESPACE, {"metadata": {"name": "a"}})["metadata"]["labels"] == labels

    def test_the_data_of_a_secret_is_recorded_as_stored_and_as_secret(self, lab: Session) -> None:
        inputs = _check(lab, SECRET, {"metadata": {"name": "a"}, "stringData": {"p": "pass"}})
        assert inputs["data"] == Secret({"p": "cGFzcw=="})
        assert "stringData" not in inputs

    def test_lists_cannot_be_created(self, lab: Session) -> None:
        with pytest.raises(ProviderError) as refused:
            _check(lab, "kubernetes:core/v1:ConfigMapList", {})
        assert str(refused.value) == (
            "list resources exist for compatibility with YAML manifests and Helm charts, and cannot be "
            "created directly. Use the underlying resource type instead"
        )

    def test_a_patch_needs_a_name(self, lab: Session) -> None:
        with pytest.raises(ProviderError) as refused:
            _check(lab, "kubernetes:core/v1:NamespacePatch", {"apiVersion": "v1", "kind": "Namespace"})
        assert str(refused.value) == "patch resources require the `.metadata.name` field to be set"

    def test_a_patch_needs_server_side_apply(self, make_session: Callable[..., Session]) -> None:
        news = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}
        with pytest.raises(ProviderError) as refused:
            _check(make_session(enableServerSideApply=False), "kubernetes:core/v1:NamespacePatch", news)
        assert str(refused.value) == (
            "patch resources require Server-Side Apply mode, which is enabled using the "
            "`enableServerSideApply` Provider config"
        )

    def test_an_unreachable_cluster_can_be_skipped_by_keeping_the_old_inputs(
        self, make_session: Callable[..., Session], log: RecordingLog
    ) -> None:
        session = make_session(kubeconfig="", skipUpdateUnreachable=True)
        olds = {"metadata": {"name": "old"}}
        assert _check(session, NAMESPACE, {"metadata": {"name": "new"}}, olds) == olds
        assert log.warnings == [
            "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping..."
        ]
