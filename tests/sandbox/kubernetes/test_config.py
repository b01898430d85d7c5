"""Provider inputs: defaults and environment, and when a changed provider replaces all that stands on it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sandbox.plugins.kubernetes import config
from sandbox.plugins.kubernetes.kubeconfig import MISSING
from sandbox.plugins.rpc import UNKNOWN
from sandbox.plugins.server import Change, Failure
from tests.sandbox.kubernetes.conftest import KUBECONFIG


def _other_cluster() -> dict[str, Any]:
    other = copy.deepcopy(KUBECONFIG)
    other["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:2"
    return other


def _new_token() -> dict[str, Any]:
    other = copy.deepcopy(KUBECONFIG)
    other["users"][0]["user"]["token"] = "u"
    return other


class TestSettings:
    """The flags are those of the real provider, with its defaults."""

    def test_defaults(self) -> None:
        found = config.settings({"kubeconfig": KUBECONFIG}, {})
        assert (found.server_side_apply, found.namespace, found.kubeconfig_problem) == (True, "default", "")
        assert not any(
            (
                found.delete_unreachable,
                found.skip_update_unreachable,
                found.patch_force,
                found.upsert_existing,
                found.config_map_mutable,
                found.secret_mutable,
            )
        )

    @pytest.mark.parametrize(
        ("key", "variable", "field"),
        [
            ("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE", "delete_unreachable"),
            ("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", "skip_update_unreachable"),
            ("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE", "patch_force"),
            ("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS", "upsert_existing"),
            ("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", "config_map_mutable"),
            ("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE", "secret_mutable"),
            ("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", "server_side_apply"),
        ],
    )
    def test_a_flag_is_read_from_the_input_then_from_the_environment(
        self, key: str, variable: str, field: str
    ) -> None:
        assert getattr(config.settings({key: True}, {}), field) is True
        assert getattr(config.settings({key: "true"}, {}), field) is True
        assert getattr(config.settings({}, {variable: "true"}), field) is True
        assert getattr(config.settings({key: "false"}, {variable: "true"}), field) is False
        assert getattr(config.settings({}, {variable: "1"}), field) is False

    def test_the_namespace_is_the_inputs_then_the_contexts(self) -> None:
        kubeconfig = copy.deepcopy(KUBECONFIG)
        kubeconfig["contexts"][0]["context"]["namespace"] = "apps"
        assert config.settings({"kubeconfig": kubeconfig}, {}).namespace == "apps"
        assert config.settings({"kubeconfig": kubeconfig, "namespace": "mine"}, {}).namespace == "mine"

    def test_a_broken_kubeconfig_is_a_problem_of_the_operations_that_need_it(self) -> None:
        found = config.settings({"kubeconfig": "{"}, {})
        assert found.kubeconfig is None
        assert found.kubeconfig_problem == (
            "failed to parse kubeconfig data in `kubernetes:config:kubeconfig`- kubeconfig is not YAML or "
            "JSON at line 1"
        )


class TestCheck:
    """A provider without a cluster is refused before any resource."""

    def test_a_provider_without_kubeconfig_is_refused(self) -> None:
        assert config.check({}) == [Failure("", MISSING)]

    def test_a_broken_kubeconfig_is_refused_without_a_property_whose_value_the_engine_would_show(
        self,
    ) -> None:
        assert config.check({"kubeconfig": "users: {"}) == [
            Failure("", "kubeconfig is not YAML or JSON at line 1")
        ]

    @pytest.mark.parametrize("value", [KUBECONFIG, UNKNOWN], ids=["known", "not known yet"])
    def test_a_kubeconfig_passes(self, value: Any) -> None:
        assert config.check({"kubeconfig": value}) == []


class TestDiff:
    """Which change of the provider means another cluster."""

    @pytest.mark.parametrize(
        ("olds", "news", "expected"),
        [
            pytest.param({"kubeconfig": KUBECONFIG}, {"kubeconfig": KUBECONFIG}, {}, id="nothing changed"),
            pytest.param(
                {"kubeconfig": KUBECONFIG},
                {"kubeconfig": _new_token()},
                {"kubeconfig": Change.UPDATE},
                id="new credentials for the same cluster",
            ),
            pytest.param(
                {"kubeconfig": KUBECONFIG},
                {"kubeconfig": _other_cluster()},
                {"kubeconfig": Change.UPDATE_REPLACE},
                id="another cluster",
            ),
            pytest.param(
                {"kubeconfig": KUBECONFIG, "clusterIdentifier": "a"},
                {"kubeconfig": _other_cluster(), "clusterIdentifier": "a"},
                {"kubeconfig": Change.UPDATE},
                id="another address of the identified cluster",
            ),
            pytest.param(
                {"kubeconfig": KUBECONFIG},
                {"kubeconfig": UNKNOWN},
                {"kubeconfig": Change.UPDATE_REPLACE},
                id="kubeconfig not known yet",
            ),
            pytest.param(
                {"kubeconfig": KUBECONFIG, "clusterIdentifier": "a"},
                {"kubeconfig": UNKNOWN, "clusterIdentifier": "a"},
                {"kubeconfig": Change.UPDATE},
                id="kubeconfig of the identified cluster not known yet",
            ),
            pytest.param(
                {"kubeconfig": KUBECONFIG, "clusterIdentifier": "a"},
                {"kubeconfig": KUBECONFIG, "clusterIdentifier": "b"},
                {"clusterIdentifier": Change.UPDATE_REPLACE},
                id="another identifier",
            ),
            pytest.param(
                {"kubeconfig": KUBECONFIG, "clusterIdentifier": "a"},
                {"kubeconfig": KUBECONFIG, "clusterIdentifier": UNKNOWN},
                {"clusterIdentifier": Change.UPDATE_REPLACE},
                id="identifier not known yet",
            ),
            pytest.param(
                {"kubeconfig": KUBECONFIG},
                {"kubeconfig": KUBECONFIG, "clusterIdentifier": "a"},
                {"clusterIdentifier": Change.ADD},
                id="identifier added",
            ),
            pytest.param(
                {"kubeconfig": KUBECONFIG, "clusterIdentifier": "a"},
                {"kubeconfig": KUBECONFIG},
                {"clusterIdentifier": Change.DELETE},
                id="identifier removed",
            ),
            pytest.param(
                {"kubeconfig": KUBECONFIG},
                {"kubeconfig": KUBECONFIG, "enablePatchForce": "true"},
                {"enablePatchForce": Change.ADD},
                id="a flag",
            ),
        ],
    )
    def test_replaces_only_for_another_cluster(
        self, olds: dict[str, Any], news: dict[str, Any], expected: dict[str, Change]
    ) -> None:
        assert config.diff(olds, news).changes == expected
