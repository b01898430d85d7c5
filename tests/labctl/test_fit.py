"""Which labs real nodes can run, and why not the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labctl.fit import unfit, why_not
from labs.enums import CalicoManagement, CalicoSource, Dataplane, Encapsulation, Switch
from labs.stack_files import settings_of
from sandbox.home import PROJECT
from sandbox.nodes.real.limits import LIMITS


def willing(script: str) -> None:
    """A kernel that has everything."""


def unwilling(script: str) -> str:
    return "Unknown device type"


@pytest.mark.parametrize(
    ("stack", "kernel"),
    [*((stack, unwilling) for stack in ("byocni", "dev", "azurecni", "nke")), ("wireguard", willing)],
)
def test_what_the_kernel_has_all_for_is_fit(stack: str, kernel: Callable[[str], str | None]) -> None:
    assert why_not(settings_of(PROJECT, stack), kernel) is None


UNFIT: list[Any] = [
    pytest.param(
        {"windows_node_count": 1},
        willing,
        "calico-labs:windowsNodeCount is '1' but a real Windows node needs Windows",
        id="windows",
    ),
    pytest.param(
        {"dataplane": Dataplane.BPF},
        willing,
        "calico-labs:dataplane is 'BPF' but Calico's Go module has no compiled eBPF programs",
        id="ebpf",
    ),
    pytest.param(
        {"calico_management": CalicoManagement.AKS},
        willing,
        "calico-labs:calicoManagement is 'aks' but AKS's own Calico can only be simulated",
        id="aks",
    ),
    pytest.param(
        {"calico": CalicoSource.EXISTING},
        willing,
        "calico-labs:calico is 'existing' but a plain cluster of real nodes comes without Calico",
        id="existing",
    ),
    pytest.param(
        {"wireguard": Switch.ENABLED},
        unwilling,
        "calico-labs:wireguard is 'Enabled' but this kernel has no WireGuard (Unknown device type)",
        id="wireguard",
    ),
    pytest.param(
        {"encapsulation": Encapsulation.IPIP},
        unwilling,
        "calico-labs:encapsulation is 'IPIP' but this kernel has no IPIP (Unknown device type)",
        id="ipip",
    ),
]


@pytest.mark.parametrize(("change", "kernel", "message"), UNFIT)
def test_what_they_cannot_run_is_named_with_its_key(
    change: dict[str, Any], kernel: Callable[[str], str | None], message: str
) -> None:
    assert why_not(replace(settings_of(PROJECT, "byocni"), **change), kernel) == message


def test_the_kernel_is_asked_here_what_it_is_asked_in_the_cluster() -> None:
    asked: list[str] = []
    for change in ({"wireguard": Switch.ENABLED}, {"encapsulation": Encapsulation.IPIP}):
        why_not(replace(settings_of(PROJECT, "byocni"), **change), asked.append)
    assert asked == [limit.kernel for limit in LIMITS if limit.kernel]


@pytest.mark.parametrize("stack", ["ebpf", "windows"])
def test_a_stack_is_judged_by_its_file(stack: str) -> None:
    assert unfit(PROJECT, stack)


def test_a_stack_with_an_error_is_left_to_pulumi(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.broken.yaml").write_text("config:\n  calico-labs:lab: nothing\n", encoding="utf-8")
    assert unfit(tmp_path, "broken") is None
