"""The packages of real nodes: named as apt-get knows them, and installed only where that may be."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.errors import SandboxError
from sandbox.nodes.real import packages
from tests.sandbox.nodes_real.test_preflight import GOOD, without


def test_a_good_machine_wants_none() -> None:
    assert packages.wanted(GOOD) == []


@pytest.mark.parametrize(
    ("name", "package"),
    [("runc", "runc"), ("ctr", "containerd"), ("tcpdump", "tcpdump")],
    ids=lambda word: word,
)
def test_a_missing_program_wants_its_package(name: str, package: str) -> None:
    assert packages.wanted(without(name)) == [package]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What apt-get was asked; it agrees to everything."""
    found: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        found.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(packages.subprocess, "run", run)
    monkeypatch.setattr(packages.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(packages.os, "geteuid", lambda: 0)
    return found


def test_root_installs_them_without_a_question(asked: list[list[str]]) -> None:
    packages.install(["runc", "tcpdump"])
    assert asked == [
        ["apt-get", "--quiet", "update"],
        ["apt-get", "--quiet", "install", "--yes", "--no-install-recommends", "runc", "tcpdump"],
    ]


REFUSALS: list[Any] = [
    pytest.param("geteuid", lambda: 1000, r"needs root; run: sudo apt-get install runc", id="not root"),
    pytest.param("which", lambda name: None, r"has no apt-get; install what .* hold: runc", id="not Debian"),
]


@pytest.mark.parametrize(("what", "answer", "message"), REFUSALS)
def test_elsewhere_it_is_said_what_to_do(
    asked: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    answer: Callable[..., Any],
    message: str,
) -> None:
    monkeypatch.setattr(packages.os if what == "geteuid" else packages.shutil, what, answer)
    with pytest.raises(SandboxError, match=message):
        packages.install(["runc"])
    assert asked == []
