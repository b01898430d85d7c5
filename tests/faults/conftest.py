"""Everything here needs the sandbox's programs; what takes long runs by `make faults` only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import home, toolbox

__all__ = ["home", "toolbox"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            if item.get_closest_marker("short") is None:
                item.add_marker(pytest.mark.long)
