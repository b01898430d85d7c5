"""Type tokens, and what is known of a kind without a server."""

from __future__ import annotations

import pytest

from sandbox.plugins.kubernetes import kinds
from sandbox.plugins.kubernetes.kinds import Gvk


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("kubernetes:core/v1:Namespace", Gvk("", "v1", "Namespace")),
        ("kubernetes:apps/v1:Deployment", Gvk("apps", "v1", "Deployment")),
        ("kubernetes:apps/v1:DaemonSetPatch", Gvk("apps", "v1", "DaemonSet")),
        (
            "kubernetes:projectcalico.org/v3:GlobalNetworkPolicy",
            Gvk("projectcalico.org", "v3", "GlobalNetworkPolicy"),
        ),
        ("kubernetes:example.com/v1:DogPatch", Gvk("example.com", "v1", "DogPatch")),
    ],
)
def test_a_token_names_a_kind(token: str, expected: Gvk) -> None:
    assert kinds.of_token(token) == expected


def test_the_body_says_more_than_the_token() -> None:
    token = "kubernetes:projectcalico.org/v3:FelixConfigurationPatch"
    body = {"apiVersion": "projectcalico.org/v3", "kind": "FelixConfiguration"}
    assert kinds.of_body(body, token) == Gvk("projectcalico.org", "v3", "FelixConfiguration")
    assert kinds.of_body({}, "kubernetes:core/v1:Pod") == Gvk("", "v1", "Pod")
    assert (
        kinds.of_body({"apiVersion": "core/v1", "kind": "Pod"}, "kubernetes:core/v1:Pod").api_version == "v1"
    )


def test_a_patch_is_told_from_a_kind_that_is_named_like_one() -> None:
    assert kinds.is_patch("kubernetes:core/v1:NamespacePatch", "Namespace")
    assert not kinds.is_patch("kubernetes:example.com/v1:DogPatch", "DogPatch")


@pytest.mark.parametrize(
    ("gvk", "namespaced"),
    [
        (Gvk("", "v1", "ConfigMap"), True),
        (Gvk("", "v1", "Namespace"), False),
        (Gvk("networking.k8s.io", "v1", "NetworkPolicy"), True),
        (Gvk("rbac.authorization.k8s.io", "v1", "ClusterRole"), False),
        (Gvk("operator.tigera.io", "v1", "Installation"), None),
        (Gvk("policy.networking.k8s.io", "v1alpha2", "ClusterNetworkPolicy"), None),
    ],
)
def test_the_scope_of_built_in_kinds_is_known_and_that_of_custom_kinds_is_not(
    gvk: Gvk, namespaced: bool | None
) -> None:
    assert gvk.namespaced is namespaced


def test_lists_are_told_from_kinds_that_end_like_them() -> None:
    assert kinds.is_list("kubernetes:core/v1:ConfigMapList")
    assert not kinds.is_list("kubernetes:example.com/v1:ShoppingList")
