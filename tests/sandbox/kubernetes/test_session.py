"""Whether the cluster can be reached: found out once, and said in the real provider's words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.plugins.kubernetes.errors import ApiError, UnreachableError
from sandbox.plugins.kubernetes.kinds import Gvk
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.server import ProviderError
from tests.sandbox.kubernetes.fake_api import FakeApi

POD = Gvk("", "v1", "Pod")
INSTALLATION = Gvk("operator.tigera.io", "v1", "Installation")


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        pytest.param(
            UnreachableError("Connection refused"),
            "unable to load schema information from the API server: Connection refused",
            id="no answer",
        ),
        pytest.param(
            ApiError("Unauthorized", 401),
            "unable to load schema information from the API server: Unauthorized",
            id="wrong credentials",
        ),
        pytest.param(ApiError("forbidden", 403), "", id="version not shown to everybody"),
    ],
)
def test_the_version_is_asked_once(lab: Session, api: FakeApi, error: Exception, problem: str) -> None:
    def fail(body: object) -> None:
        raise error

    api.on("GET", "^/version$", fail)
    assert (lab.problem, lab.problem) == (problem, problem)
    assert len(api.sent("GET", "^/version$")) == 1


def test_an_unreachable_cluster_serves_nothing_and_is_named_by_what_needs_it(
    make_session: Callable[..., Session],
) -> None:
    session = make_session(kubeconfig="{")
    assert not session.serves(POD)
    assert session.is_namespaced(INSTALLATION)
    for needed in ("api", "kinds"):
        with pytest.raises(ProviderError) as refused:
            getattr(session, needed)
        assert str(refused.value).startswith("configured Kubernetes cluster is unreachable: failed to parse")


def test_a_server_that_fails_meanwhile_does_not_stop_a_preview(lab: Session, api: FakeApi) -> None:
    def fail(body: object) -> None:
        raise ApiError("internal error", 500)

    assert lab.problem == ""
    api.on("GET", "^/apis/operator.tigera.io/v1$", fail)
    assert not lab.serves(INSTALLATION)
    assert lab.is_namespaced(INSTALLATION)
