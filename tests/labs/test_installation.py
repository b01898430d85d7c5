"""The bodies that the operator gets, compared whole: what a preview shows is decided here.

The golden files are rewritten by `CALICO_LABS_UPDATE_GOLDEN=1 python -m pytest
tests/labs/test_installation.py`; read the difference before committing it. Without the variable the tests
only ever compare.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labs.enums import Dataplane, KubeProxy, Switch
from labs.installation import render_api_server, render_felix, render_installation
from labs.settings import LabSettings
from tests.labs.cases import AZURE, BYOCNI, NKE, WINDOWS
from tests.labs.operator_rules import installation_violations

GOLDEN = Path(__file__).parent / "golden"


def compare_with_golden(name: str, body: dict[str, Any]) -> None:
    """Compare a body with its golden file, or write that file if the reader has asked for it."""
    path = GOLDEN / f"{name}.json"
    if os.environ.get("CALICO_LABS_UPDATE_GOLDEN") == "1":
        path.write_text(json.dumps(body, indent=2) + "\n")
    assert body == json.loads(path.read_text())


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        pytest.param("installation-byocni", BYOCNI, id="byocni"),
        pytest.param("installation-azure-cni", AZURE, id="azure-cni"),
        pytest.param("installation-windows", WINDOWS, id="windows"),
        pytest.param("installation-ebpf", replace(BYOCNI, dataplane=Dataplane.BPF), id="ebpf"),
        pytest.param("installation-nke", NKE, id="nke"),
    ],
)
def test_an_installation_is_rendered_whole(name: str, settings: LabSettings) -> None:
    body = render_installation(settings)
    compare_with_golden(name, body)
    assert installation_violations(body) == []


def test_an_api_server_is_rendered_whole() -> None:
    compare_with_golden("api-server", render_api_server(BYOCNI))


@pytest.mark.parametrize("render", [render_installation, render_api_server])
def test_pulumi_waits_for_ready_and_deletes_in_the_background(render: Any) -> None:
    assert render(BYOCNI)["metadata"]["annotations"] == {
        "pulumi.com/waitFor": "condition=Ready",
        "pulumi.com/deletionPropagationPolicy": "background",
    }


@pytest.mark.parametrize(
    ("changes", "path", "expected"),
    [
        pytest.param({"pod_cidr": "10.100.0.0/16"}, "ipPools.0.cidr", "10.100.0.0/16", id="pod-cidr"),
        pytest.param({"block_size": 24}, "ipPools.0.blockSize", 24, id="block-size"),
        pytest.param({"nat_outgoing": Switch.DISABLED}, "ipPools.0.natOutgoing", "Disabled", id="nat"),
        pytest.param({"bgp": Switch.ENABLED}, "bgp", "Enabled", id="bgp"),
        pytest.param({"dataplane": Dataplane.NFTABLES}, "linuxDataplane", "Nftables", id="dataplane"),
        pytest.param({"mtu": 1340}, "mtu", 1340, id="mtu"),
        pytest.param(
            {"node_address_autodetection_v4": {"canReach": "1.1.1.1"}},
            "nodeAddressAutodetectionV4",
            {"canReach": "1.1.1.1"},
            id="autodetection",
        ),
    ],
)
def test_a_setting_reaches_its_field_and_no_other(
    changes: dict[str, Any], path: str, expected: object
) -> None:
    network = render_installation(replace(BYOCNI, **changes))["spec"]["calicoNetwork"]
    before = render_installation(BYOCNI)["spec"]["calicoNetwork"]
    assert at(network, path) == expected
    assert {name for name in network if network[name] != before.get(name)} == {path.split(".")[0]}


def at(value: Any, path: str) -> Any:
    """Return what is at a dotted path."""
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def test_replicas_reach_the_control_plane() -> None:
    assert render_installation(replace(BYOCNI, control_plane_replicas=2))["spec"]["controlPlaneReplicas"] == 2


def test_a_body_holds_plain_values_that_any_serialiser_takes() -> None:
    body = render_installation(replace(WINDOWS, mtu=1400))
    assert all(type(value) in (str, int, bool) for value in leaves(body))
    assert list(leaves(body))


def leaves(value: Any) -> Any:
    """Yield all values that hold no others."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if children is None:
        yield value
    else:
        for child in children:
            yield from leaves(child)


def test_changing_a_body_does_not_change_the_next_one() -> None:
    render_installation(BYOCNI)["metadata"]["annotations"].clear()
    assert render_installation(BYOCNI)["metadata"]["annotations"]


@pytest.mark.parametrize(
    ("settings", "spec"),
    [
        pytest.param(BYOCNI, {}, id="nothing-to-patch"),
        pytest.param(
            replace(BYOCNI, dataplane=Dataplane.BPF),
            {"bpfKubeProxyIptablesCleanupEnabled": False, "bpfKubeProxyHealthzPort": 0},
            id="ebpf-beside-kube-proxy",
        ),
        pytest.param(
            replace(BYOCNI, dataplane=Dataplane.BPF, kube_proxy=KubeProxy.DISABLED),
            {},
            id="ebpf-without-kube-proxy",
        ),
        pytest.param(replace(BYOCNI, wireguard=Switch.ENABLED), {"wireguardEnabled": True}, id="wireguard"),
        pytest.param(
            replace(BYOCNI, wireguard=Switch.ENABLED, dataplane=Dataplane.BPF),
            {
                "bpfKubeProxyIptablesCleanupEnabled": False,
                "bpfKubeProxyHealthzPort": 0,
                "wireguardEnabled": True,
            },
            id="both",
        ),
    ],
)
def test_felix_is_patched_with_what_the_operator_does_not_own(
    settings: LabSettings, spec: dict[str, Any]
) -> None:
    assert render_felix(settings) == spec
