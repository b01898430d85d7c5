"""Fixtures of the Azure stand-in's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.arm.arm_fakes import Azure


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Azure]:
    """A running stand-in with nothing in it."""
    running = Azure(tmp_path)
    yield running
    if running.clusters.gate is not None:
        running.clusters.gate.set()
    running.server.stop()
