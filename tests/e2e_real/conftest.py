"""Real nodes: one sandbox, and in it one lab at a time for all tests that only look at it or put back what they change.

Everything here is skipped, with its reason, where real nodes cannot run; with CALICO_LABS_MUST_RUN it fails there.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from sandbox import daemon, engine
from sandbox.errors import SandboxError
from sandbox.home import Home
from sandbox.kube_api import KubeApi
from sandbox.nodes.choice import NodesKind
from sandbox.nodes.real import preflight
from sandbox.nodes.real.prepare import prepare_images
from sandbox.status import programs
from sandbox.tools import Toolbox, ensure
from tests.e2e.harness import Lab, make_project
from tests.e2e_real import nke
from tests.e2e_real.kubectl import Kubectl, wait_for


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    lacking = preflight.missing() if here else []
    # Set by the workflow, where a skip would look like a pass.
    if lacking and os.environ.get("CALICO_LABS_MUST_RUN"):
        raise pytest.UsageError("real nodes cannot run here: " + "; ".join(item.what for item in lacking))
    for item in here:
        item.add_marker(pytest.mark.e2e)
        item.add_marker(pytest.mark.real)
        item.add_marker(pytest.mark.timeout(600))
        if lacking:
            item.add_marker(pytest.mark.skip(reason=f"real nodes cannot run here: {lacking[0]}"))


@dataclass
class Seen:
    """What the nodes said about themselves while the lab came up."""

    not_ready: dict[str, set[str]] = field(default_factory=dict)
    """Node -> messages of its Ready condition while that was not True."""


@dataclass(frozen=True)
class RealLab:
    """A lab on real nodes."""

    lab: Lab
    kubectl: Kubectl
    seen: Seen

    @property
    def home(self) -> Home:
        return self.lab.home


def on(*stacks: str) -> pytest.MarkDecorator:
    """Say which labs a test looks at; one is up at a time, and pytest puts the tests of one lab together."""
    return pytest.mark.parametrize("real", stacks, indirect=True)


@pytest.fixture(scope="session")
def toolbox() -> Toolbox:
    box = ensure(real=True)
    prepare_images(box.path)
    return box


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, toolbox: Toolbox) -> Iterator[Home]:
    """A running sandbox of its own, with real nodes."""
    home = Home(tmp_path_factory.mktemp("real"))
    home.create()
    daemon.start(home, nodes=NodesKind.REAL)
    yield home
    daemon.stop(home)
    assert programs(home) == []


@pytest.fixture(scope="session")
def real(
    request: pytest.FixtureRequest,
    home: Home,
    toolbox: Toolbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RealLab]:
    stack = str(request.param)
    project = make_project(tmp_path_factory.mktemp(stack) / "calico-labs")
    engine.prepare(home, toolbox, project)
    lab = Lab(home, project, stack)
    if stack == "nke":
        nke.make_ready(home, project)
    seen, ended = Seen(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(home, seen, ended), daemon=True)
    watcher.start()
    try:
        lab.must_up()
        ended.set()
        watcher.join()
        yield RealLab(lab, kubectl_of(home, toolbox), seen)
    finally:
        ended.set()
        lab.run("destroy")
        if stack == "nke":
            nke.take_away(home)


def kubectl_of(home: Home, toolbox: Toolbox) -> Kubectl:
    return Kubectl(toolbox.path("kubectl"), admin_of(home))


def admin_of(home: Home) -> Path:
    """Return the kubeconfig of the sandbox's only cluster."""
    return Path(str(wait_for("a cluster", lambda: next(home.clusters.glob("*/admin.kubeconfig"), None))))


def _watch(home: Home, seen: Seen, ended: threading.Event) -> None:
    api: KubeApi | None = None
    while not ended.wait(0.2):
        try:
            if api is None:
                text = admin_of(home).read_text(encoding="utf-8")
                api = KubeApi(text) if yaml.safe_load(text) else None
                continue
            for node in api.list("/api/v1/nodes"):
                for condition in node["status"].get("conditions") or []:
                    if condition["type"] == "Ready" and condition["status"] != "True":
                        seen.not_ready.setdefault(node["metadata"]["name"], set()).add(condition["message"])
        except (SandboxError, OSError):
            continue
    if api is not None:
        api.close()
