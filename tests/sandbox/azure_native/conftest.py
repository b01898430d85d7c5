"""Fixtures of the azure-native stand-in's tests: a running Azure, and a provider that finds it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.home import SANDBOX_VARIABLE, Home, write_private_json
from sandbox.plugins.azure_native.provider import AzureNative

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "arm"))

from tests.sandbox.arm.arm_fakes import Azure


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Azure]:
    """A running Azure stand-in, announced as the daemon does it."""
    monkeypatch.setenv(SANDBOX_VARIABLE, str(tmp_path))
    running = Azure(tmp_path)
    write_private_json(
        Home.default().arm_endpoint, {"url": running.server.url, "token": running.server.token}
    )
    yield running
    if running.clusters.gate is not None:
        running.clusters.gate.set()
    running.server.stop()


@pytest.fixture
def provider(azure: Azure) -> AzureNative:
    """A provider over that Azure."""
    made = AzureNative()
    made.configure({"location": "canadacentral"})
    return made


@pytest.fixture
def lonely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AzureNative:
    """A provider without any Azure, as in a preview without a sandbox."""
    monkeypatch.setenv(SANDBOX_VARIABLE, str(tmp_path / "nothing"))
    return AzureNative()
