"""One running policy pack for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.guardrails.pack_server import Pack, serving


@pytest.fixture(scope="session")
def pack() -> Iterator[Pack]:
    with serving() as running:
        yield running
