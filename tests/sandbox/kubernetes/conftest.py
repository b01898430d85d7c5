"""Fixtures: a provider over an API in memory, and one over a real control plane for the e2e tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.plugins.kubernetes import create, session
from sandbox.plugins.kubernetes.config import settings
from sandbox.plugins.kubernetes.engine_log import EngineLog
from sandbox.plugins.kubernetes.provider import KubernetesProvider
from sandbox.plugins.kubernetes.waits import until
from sandbox.plugins.server import Context
from tests.sandbox.kubernetes.control_plane import ControlPlane
from tests.sandbox.kubernetes.fake_api import FakeApi

KUBECONFIG: dict[str, Any] = {
    "current-context": "lab",
    "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "admin"}}],
    "clusters": [{"name": "lab", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "admin", "user": {"token": "t"}}],
}

NAMESPACE = "kubernetes:core/v1:Namespace"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"
SERVICE = "kubernetes:core/v1:Service"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
INSTALLATION = "kubernetes:operator.tigera.io/v1:Installation"
RELEASE = "kubernetes:helm.sh/v3:Release"


class RecordingLog(EngineLog):
    """Keeps the lines instead of sending them."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: list[str] = []
        self.warnings: list[str] = []

    def status(self, urn: str, message: str) -> None:
        self.statuses.append(message)

    def warning(self, urn: str, message: str) -> None:
        self.warnings.append(message)


def context(type: str, name: str = "thing", **fields: Any) -> Context:
    return Context(urn=f"urn:pulumi:dev::lab::{type}::{name}", type=type, name=name, **fields)


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def log() -> RecordingLog:
    return RecordingLog()


@pytest.fixture
def make_session(api: FakeApi, log: RecordingLog) -> Callable[..., session.Session]:
    """Return a function that makes a session over the fake API, with provider inputs of the test's own."""

    def make(**config: Any) -> session.Session:
        values = {"kubeconfig": KUBECONFIG, **config}
        return session.Session(settings(values, {}), log, threading.Event(), lambda _: api)  # type: ignore[arg-type, return-value]

    return make


@pytest.fixture
def lab(make_session: Callable[..., session.Session]) -> session.Session:
    return make_session()


@pytest.fixture(autouse=True)
def _no_pauses(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the time out of waits and retries; against a real server they keep it."""
    if "e2e" not in request.keywords:
        monkeypatch.setattr(until, "_PAUSES", ())
        monkeypatch.setattr(until, "_PAUSE", 0.001)
        monkeypatch.setattr(create, "_FIRST_PAUSE", 0.001)


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """Run etcd, an API server and the controller manager for the e2e tests; end them whatever happens."""
    plane = ControlPlane(tmp_path_factory.mktemp("control-plane"))
    try:
        plane.start()
        yield plane
    finally:
        plane.stop()


@pytest.fixture
def provider(control_plane: ControlPlane) -> KubernetesProvider:
    """A provider configured for the real API server, as a program configures it."""
    provider = KubernetesProvider(RecordingLog())
    provider.configure(
        {
            "kubeconfig": control_plane.kubeconfig,
            "enableConfigMapMutable": "true",
            "enableSecretMutable": "true",
        }
    )
    return provider
