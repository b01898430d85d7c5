"""Kinds are asked for one group and version at a time, and again while they are missing."""

from __future__ import annotations

import pytest

from sandbox.plugins.kubernetes.discovery import Discovery
from sandbox.plugins.kubernetes.errors import ApiError, NoMatchError
from sandbox.plugins.kubernetes.kinds import Gvk
from tests.sandbox.kubernetes.fake_api import OPERATOR, FakeApi

INSTALLATION = Gvk("operator.tigera.io", "v1", "Installation")
POD = Gvk("", "v1", "Pod")


@pytest.fixture
def kinds(api: FakeApi) -> Discovery:
    return Discovery(api)  # type: ignore[arg-type]


def test_a_kind_is_found_once_and_then_known(kinds: Discovery, api: FakeApi) -> None:
    assert kinds.find(POD).path("apps", "a") == "/api/v1/namespaces/apps/pods/a"
    assert kinds.find(Gvk("", "v1", "Namespace")).path("ignored", "a") == "/api/v1/namespaces/a"
    assert [path for _, path, _, _ in api.requests] == ["/api/v1"]


def test_an_object_without_namespace_is_in_default(kinds: Discovery) -> None:
    assert kinds.find(POD).path() == "/api/v1/namespaces/default/pods"


def test_names_are_quoted(kinds: Discovery) -> None:
    assert kinds.find(POD).path("apps", "a/b?c") == "/api/v1/namespaces/apps/pods/a%2Fb%3Fc"


def test_a_kind_that_is_not_served_is_named_in_the_clients_words(kinds: Discovery) -> None:
    with pytest.raises(NoMatchError) as missing:
        kinds.find(INSTALLATION)
    assert str(missing.value) == 'no matches for kind "Installation" in version "operator.tigera.io/v1"'


def test_a_kind_is_found_as_soon_as_its_definition_is_there(kinds: Discovery, api: FakeApi) -> None:
    assert kinds.namespaced(INSTALLATION) is None
    api.kinds |= OPERATOR
    assert kinds.namespaced(INSTALLATION) is False


def test_an_aggregated_api_that_is_down_is_not_served_yet(kinds: Discovery, api: FakeApi) -> None:
    def down(body: object) -> None:
        raise ApiError("service unavailable", 503, "ServiceUnavailable")

    api.on("GET", "^/apis/projectcalico.org/v3$", down)
    with pytest.raises(NoMatchError):
        kinds.find(Gvk("projectcalico.org", "v3", "GlobalNetworkPolicy"))


def test_what_is_forgotten_is_asked_again(kinds: Discovery, api: FakeApi) -> None:
    kinds.find(POD)
    kinds.forget()
    kinds.find(POD)
    assert len(api.requests) == 2


def test_a_declared_scope_needs_no_server(kinds: Discovery, api: FakeApi) -> None:
    kinds.declare("operator.tigera.io", "Installation", namespaced=False)
    assert kinds.namespaced(INSTALLATION) is False
    assert api.requests == []
