"""One throw-away sandbox for all tests of the real engine; nothing of it is left when they end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import daemon, engine
from sandbox.home import Home
from sandbox.status import programs
from sandbox.tools import Toolbox, ensure
from tests.e2e.harness import Lab, make_project


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def toolbox() -> Toolbox:
    return ensure()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, toolbox: Toolbox) -> Iterator[Home]:
    """A running sandbox of its own."""
    home = Home(tmp_path_factory.mktemp("sandbox"))
    home.create()
    daemon.start(home)
    yield home
    daemon.stop(home)
    assert programs(home) == []


@pytest.fixture(scope="module")
def lab(home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The byocni stack of the real program, destroyed at the end whatever happened."""
    project = make_project(tmp_path_factory.mktemp("project") / "calico-labs")
    engine.prepare(home, toolbox, project)
    lab = Lab(home, project, "byocni")
    yield lab
    lab.run("destroy")
