"""What counts as a change: our fields, drift in them, and which of them replace the object."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plugins.kubernetes.differ import diff
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.rpc import UNKNOWN
from sandbox.plugins.server import Change, Diff
from tests.sandbox.kubernetes.conftest import CONFIG_MAP, DEPLOYMENT, INSTALLATION, SECRET, SERVICE, context
from tests.sandbox.kubernetes.fake_api import OPERATOR, FakeApi

Body = dict[str, Any]

CM: Body = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "cm", "namespace": "apps"},
    "data": {"a": "1"},
}
DEPLOY: Body = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "apps"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"spec": {"containers": [{"name": "c", "image": "nginx:1"}]}},
    },
}
INSTALL: Body = {
    "apiVersion": "operator.tigera.io/v1",
    "kind": "Installation",
    "metadata": {"name": "default"},
    "spec": {"calicoNetwork": {"ipPools": [{"cidr": "10.244.0.0/16"}]}},
}


def _live(inputs: Body, **changes: Any) -> Body:
    """Return outputs as the server answers them: the inputs and much more."""
    live = copy.deepcopy(inputs)
    live["metadata"] |= {"uid": "u", "resourceVersion": "7", "creationTimestamp": "t"}
    live["status"] = {"observedGeneration": 1}
    live["__fieldManager"] = "pulumi-kubernetes-1"
    for path, value in changes.items():
        _set(live, path.split("__"), value)
    return live


def _set(body: Any, keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        body = body[int(key)] if key.isdigit() else body[key]
    body[keys[-1]] = value


def _with(inputs: Body, path: str, value: Any) -> Body:
    changed = copy.deepcopy(inputs)
    _set(changed, path.split("."), value)
    return changed


def _diff(session: Session, token: str, old: Body, live: Body, new: Body, **fields: Any) -> Diff:
    return diff(session, context(token, **fields), old, live, new)


class TestWhatIsAChange:
    """The new inputs are compared with the live state in the shape of the old inputs."""

    def test_an_unchanged_program_changes_nothing_whatever_the_operator_added(
        self, lab: Session, api: FakeApi
    ) -> None:
        api.kinds |= OPERATOR
        live = _live(INSTALL, spec__variant="Calico", spec__calicoNetwork__ipPools__0__blockSize=26)
        assert _diff(lab, INSTALLATION, INSTALL, live, INSTALL) == Diff()

    def test_drift_in_a_field_of_ours_is_a_change(self, lab: Session) -> None:
        live = _live(DEPLOY, spec__replicas=5)
        assert _diff(lab, DEPLOYMENT, DEPLOY, live, DEPLOY).changes == {"spec.replicas": Change.UPDATE}

    def test_a_field_taken_out_of_the_program_is_a_deletion(self, lab: Session) -> None:
        old = _with(DEPLOY, "spec.minReadySeconds", 5)
        assert _diff(lab, DEPLOYMENT, old, _live(old), DEPLOY).changes == {
            "spec.minReadySeconds": Change.DELETE
        }

    def test_elements_of_lists_are_compared_one_by_one(self, lab: Session) -> None:
        new = _with(
            DEPLOY, "spec.template.spec.containers", [{"name": "c", "image": "nginx:2"}, {"name": "d"}]
        )
        assert _diff(lab, DEPLOYMENT, DEPLOY, _live(DEPLOY), new).changes == {
            "spec.template.spec.containers[0].image": Change.UPDATE,
            "spec.template.spec.containers[1]": Change.ADD,
        }

    def test_an_element_less_is_a_deletion(self, lab: Session) -> None:
        old = _with(DEPLOY, "spec.template.spec.containers", [{"name": "c"}, {"name": "d"}])
        new = _with(DEPLOY, "spec.template.spec.containers", [{"name": "c"}])
        assert _diff(lab, DEPLOYMENT, old, _live(old), new).changes == {
            "spec.template.spec.containers[1]": Change.DELETE
        }

    def test_a_value_not_known_yet_is_a_change(self, lab: Session) -> None:
        new = _with(CM, "data", {"a": UNKNOWN, "b": UNKNOWN})
        assert _diff(lab, CONFIG_MAP, CM, _live(CM), new).changes == {
            "data.a": Change.UPDATE_REPLACE,
            "data.b": Change.ADD_REPLACE,
        }

    @pytest.mark.parametrize("empty", [{}, [], "", None, False, 0], ids=repr)
    def test_an_empty_value_that_the_server_dropped_is_no_change(self, lab: Session, empty: Any) -> None:
        inputs = _with(DEPLOY, "spec.template.metadata", empty)
        assert _diff(lab, DEPLOYMENT, inputs, _live(DEPLOY), inputs) == Diff()

    def test_an_empty_value_new_in_the_program_is_a_change(self, lab: Session) -> None:
        new = _with(DEPLOY, "spec.strategy", {})
        assert _diff(lab, DEPLOYMENT, DEPLOY, _live(DEPLOY), new).changes == {"spec.strategy": Change.ADD}

    def test_the_server_s_spelling_of_a_quantity_is_no_change(self, lab: Session) -> None:
        path = "spec.template.spec.containers"
        mine = _with(
            DEPLOY, path, [{"name": "c", "resources": {"limits": {"cpu": "0.1", "memory": "1024Mi"}}}]
        )
        theirs = _with(
            DEPLOY, path, [{"name": "c", "resources": {"limits": {"cpu": "100m", "memory": "1Gi"}}}]
        )
        assert _diff(lab, DEPLOYMENT, mine, _live(theirs), mine) == Diff()

    def test_a_version_is_not_compared_like_a_quantity(self, lab: Session) -> None:
        old, new = _with(CM, "data", {"v": "1.0"}), _with(CM, "data", {"v": "1"})
        assert list(_diff(lab, CONFIG_MAP, old, _live(old), new).changes) == ["data.v"]

    def test_a_truth_value_is_no_number(self, lab: Session) -> None:
        old, new = _with(DEPLOY, "spec.paused", 1), _with(DEPLOY, "spec.paused", True)
        assert _diff(lab, DEPLOYMENT, old, _live(old), new).changes == {"spec.paused": Change.UPDATE}

    def test_the_plain_text_of_a_secret_is_compared_with_its_stored_form(self, lab: Session) -> None:
        old = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "cGFzcw=="}}
        live = _live(old, metadata__namespace="default")
        new = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "pass"}}
        assert _diff(lab, SECRET, old, live, new) == Diff()

    def test_without_a_recorded_live_state_the_old_inputs_stand_in(self, lab: Session) -> None:
        assert list(_diff(lab, CONFIG_MAP, CM, {}, _with(CM, "data.a", "2")).changes) == ["data.a"]

    def test_ignored_fields_do_not_count(self, lab: Session) -> None:
        live = _live(DEPLOY, spec__replicas=5)
        found = _diff(lab, DEPLOYMENT, DEPLOY, live, DEPLOY, ignore_changes=("spec.replicas",))
        assert found == Diff()


class TestNamespaces:
    """The namespace is what the server makes of it."""

    def test_no_namespace_is_the_namespace_default(self, lab: Session) -> None:
        inputs = {**CM, "metadata": {"name": "cm"}}
        live = _live(inputs, metadata__namespace="default")
        assert _diff(lab, CONFIG_MAP, inputs, live, inputs) == Diff()
        assert _diff(lab, CONFIG_MAP, inputs, live, _with(inputs, "metadata.namespace", "default")) == Diff()

    def test_a_namespace_given_to_a_cluster_scoped_object_is_dropped(
        self, lab: Session, api: FakeApi
    ) -> None:
        api.kinds |= OPERATOR
        assumed = _with(INSTALL, "metadata.namespace", "default")
        assert _diff(lab, INSTALLATION, assumed, _live(INSTALL), INSTALL) == Diff()

    def test_a_kind_that_nobody_serves_is_taken_for_namespaced(self, lab: Session) -> None:
        assumed = _with(INSTALL, "metadata.namespace", "default")
        assert _diff(lab, INSTALLATION, assumed, _live(INSTALL), INSTALL) == Diff()


class TestReplacement:
    """Fields whose change replaces the object, as in the real provider."""

    @pytest.mark.parametrize(
        ("token", "inputs", "path", "value", "changes"),
        [
            pytest.param(
                CONFIG_MAP, CM, "metadata.name", "other", {"metadata.name": Change.UPDATE_REPLACE}, id="name"
            ),
            pytest.param(
                CONFIG_MAP,
                CM,
                "metadata.namespace",
                "other",
                {"metadata.namespace": Change.UPDATE_REPLACE},
                id="namespace",
            ),
            pytest.param(
                CONFIG_MAP, CM, "data.a", "2", {"data.a": Change.UPDATE_REPLACE}, id="ConfigMap data"
            ),
            pytest.param(
                DEPLOYMENT,
                DEPLOY,
                "spec.selector",
                {"matchLabels": {"app": "web", "tier": "x"}},
                {"spec.selector.matchLabels.tier": Change.ADD_REPLACE},
                id="Deployment selector",
            ),
            pytest.param(
                "kubernetes:batch/v1:Job",
                {**DEPLOY, "apiVersion": "batch/v1", "kind": "Job"},
                "spec.template.spec.restartPolicy",
                "Never",
                {"spec.template.spec.restartPolicy": Change.ADD_REPLACE},
                id="Job template",
            ),
            pytest.param(
                SERVICE,
                {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "apps"}},
                "spec",
                {"clusterIP": "None"},
                {"spec": Change.ADD_REPLACE},
                id="Service clusterIP inside a new spec",
            ),
            pytest.param(
                "kubernetes:core/v1:Pod",
                {**DEPLOY["spec"]["template"], "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}},
                "spec.containers.0.image",
                "nginx:2",
                {"spec.containers[0].image": Change.UPDATE_REPLACE},
                id="image of a bare Pod",
            ),
            pytest.param(
                DEPLOYMENT, DEPLOY, "spec.replicas", 2, {"spec.replicas": Change.UPDATE}, id="replicas"
            ),
        ],
    )
    def test_replaces_only_for_these(
        self, lab: Session, token: str, inputs: Body, path: str, value: Any, changes: dict[str, Change]
    ) -> None:
        new = copy.deepcopy(inputs)
        target: Any = new
        *parents, last = path.split(".")
        for key in parents:
            target = target[int(key)] if key.isdigit() else target.setdefault(key, {})
        target[last] = value
        assert _diff(lab, token, inputs, _live(inputs), new).changes == changes

    @pytest.mark.parametrize(
        ("flag", "token", "kind"),
        [("enableConfigMapMutable", CONFIG_MAP, "ConfigMap"), ("enableSecretMutable", SECRET, "Secret")],
    )
    def test_mutable_data_is_updated_in_place_unless_the_object_says_immutable(
        self, make_session: Callable[..., Session], flag: str, token: str, kind: str
    ) -> None:
        old: Body = {**CM, "kind": kind, "data": {"a": "MQ=="}}
        new = _with(old, "data.a", "Mg==")
        mutable = make_session(**{flag: True})
        assert _diff(mutable, token, old, _live(old), new).changes == {"data.a": Change.UPDATE}
        sealed_old, sealed_new = {**old, "immutable": True}, {**new, "immutable": True}
        assert _diff(mutable, token, sealed_old, _live(sealed_old), sealed_new).changes == {
            "data.a": Change.UPDATE_REPLACE
        }

    def test_the_type_of_a_secret_replaces_it_even_if_its_data_is_mutable(
        self, make_session: Callable[..., Session]
    ) -> None:
        old: Body = {**CM, "kind": "Secret", "data": {"a": "MQ=="}, "type": "Opaque"}
        new = {**old, "type": "kubernetes.io/tls"}
        session = make_session(enableSecretMutable=True)
        assert _diff(session, SECRET, old, _live(old), new).changes == {"type": Change.UPDATE_REPLACE}

    def test_a_patch_changes_everything_but_its_target_in_place(self, lab: Session) -> None:
        token = "kubernetes:core/v1:ConfigMapPatch"
        assert _diff(lab, token, CM, _live(CM), _with(CM, "data.a", "2")).changes == {"data.a": Change.UPDATE}
        assert _diff(lab, token, CM, _live(CM), _with(CM, "metadata.name", "x")).changes == {
            "metadata.name": Change.UPDATE_REPLACE
        }

    def test_an_object_that_keeps_its_given_name_is_deleted_first(self, lab: Session) -> None:
        assert _diff(lab, CONFIG_MAP, CM, _live(CM), _with(CM, "data.a", "2")).delete_before_replace

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("metadata.name", "other"),
            ("metadata.namespace", "other"),
            ("metadata.annotations", {"pulumi.com/autonamed": "true"}),
        ],
        ids=["renamed", "moved", "named by the provider"],
    )
    def test_an_object_whose_name_changes_is_created_first(self, lab: Session, path: str, value: Any) -> None:
        new = _with(_with(CM, "data.a", "2"), path, value)
        assert not _diff(lab, CONFIG_MAP, CM, _live(CM), new).delete_before_replace
