"""One byocni stack for all tests of this folder; what a test breaks it mends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checks.lab import Lab
from sandbox.home import Home
from sandbox.tools import Toolbox
from tests.e2e import harness
from tests.e2e.checking import lab_of
from tests.e2e.labs import running


@pytest.fixture(scope="package")
def up(home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[harness.Lab]:
    """The stack, up; destroyed at the end whatever happened."""
    for lab in running(home, toolbox, tmp_path_factory.mktemp("checked"), "byocni"):
        lab.must_up()
        yield lab


@pytest.fixture(scope="package")
def admin(up: harness.Lab) -> Lab:
    """The stack as the checks see it, with all rights."""
    return lab_of(up, up.kubeconfig())
