"""Every other stack: its checks pass, and each that byocni has not is shown to fail when its subject is broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.lab import Lab
from checks.result import Status
from sandbox import plain_clusters
from sandbox.home import Home, write_private
from sandbox.tools import Toolbox
from tests.e2e import harness
from tests.e2e.check.breaking import (
    Break,
    added,
    container_changed,
    edited,
    first,
    found_by,
    must_find,
    patch,
    removed,
    settle,
)
from tests.e2e.check.test_breaks import BREAKS as BREAKS_OF_BYOCNI
from tests.e2e.checking import failing, lab_of, run, told
from tests.e2e.labs import running

_OPERATOR = "/apis/operator.tigera.io/v1"
_V3 = "/apis/projectcalico.org/v3"
_FELIX = f"{_V3}/felixconfigurations/default"
_INSTALLATION = f"{_OPERATOR}/installations/default"
_ENDPOINT = "/api/v1/namespaces/tigera-operator/configmaps/kubernetes-services-endpoint"
_CALICO_NODE = "/apis/apps/v1/namespaces/calico-system/daemonsets/calico-node"
_PLAIN = "checked"


def _second_first(body: Any) -> Any:
    return {"metadata": {"labels": {"node": "first"}}}, {"metadata": {"labels": {"node": "second"}}}


def _old_windows(body: Any) -> Any:
    def build(version: str) -> Any:
        return {"status": {"nodeInfo": {"kernelVersion": version}}}

    return build("10.0.17763.2803"), build(body["status"]["nodeInfo"]["kernelVersion"])


def _with_scheme(body: Any) -> Any:
    def host(name: str) -> Any:
        return {"data": {"KUBERNETES_SERVICE_HOST": name}}

    bare = body["data"]["KUBERNETES_SERVICE_HOST"]
    return host(f"https://{bare}"), host(bare)


def _no_bpf(container: Any) -> None:
    container["env"] = [item for item in container["env"] if item["name"] != "FELIX_BPFENABLED"]


def _pool(name: str) -> dict[str, Any]:
    spec = {"cidr": "192.168.0.0/16", "ipipMode": "Always"}
    return {"apiVersion": "projectcalico.org/v3", "kind": "IPPool", "metadata": {"name": name}, "spec": spec}


_NO_MESH = {
    "apiVersion": "projectcalico.org/v3",
    "kind": "BGPConfiguration",
    "metadata": {"name": "default"},
    "spec": {"nodeToNodeMeshEnabled": False},
}
_SECOND_FIRST = Break(
    *first("/api/v1/nodes", "node=second", _second_first), found_by("node-labels"), frozen=True
)

BREAKS: dict[str, dict[str, Break]] = {
    "azurecni": {
        "two first nodes": _SECOND_FIRST,
        "pool of Calico's where Azure hands out addresses": Break(
            *added(f"{_V3}/ippools", _pool("by-hand")), found_by("ip-pool"), frozen=True
        ),
        "no global default deny": Break(
            *removed(f"{_V3}/globalnetworkpolicies/default-deny"), found_by("policy/91-global-default-deny")
        ),
    },
    "wireguard": {
        "two first nodes": _SECOND_FIRST,
        "encryption switched off by hand": Break(
            *patch(_FELIX, {"spec": {"wireguardEnabled": False}}, {"spec": {"wireguardEnabled": True}}),
            found_by("felix"),
        ),
    },
    "windows": {
        "image of another Windows": Break(
            *first("/api/v1/nodes", "kubernetes.io/os=windows", _old_windows, status=True),
            found_by("windows-build"),
            frozen=True,
        ),
        "Windows without Calico": Break(
            *patch(
                _INSTALLATION,
                {"spec": {"calicoNetwork": {"windowsDataplane": "Disabled"}}},
                {"spec": {"calicoNetwork": {"windowsDataplane": "HNS"}}},
            ),
            found_by("windows-nodes", "installation"),
            frozen=True,
        ),
        "no services endpoint": Break(*removed(_ENDPOINT), found_by("services-endpoint"), frozen=True),
    },
    "ebpf": {
        "eBPF switched off by hand": Break(
            *container_changed(_CALICO_NODE, _no_bpf),
            found_by("bpf-switch"),
            frozen=True,
            may_follow=found_by("calico-node"),
        ),
        "Felix takes kube-proxy's rules away": Break(
            *patch(
                _FELIX,
                {"spec": {"bpfKubeProxyIptablesCleanupEnabled": True}},
                {"spec": {"bpfKubeProxyIptablesCleanupEnabled": False}},
            ),
            found_by("felix"),
        ),
        "services endpoint as the course writes it": Break(
            *edited(_ENDPOINT, _with_scheme), found_by("services-endpoint"), frozen=True
        ),
    },
    "nke": {
        "node that nobody asks": Break(
            *removed(f"{_V3}/caliconodestatuses/{_PLAIN}-worker-0-status"), found_by("node-status-requests")
        ),
        "no mesh and no reflector": Break(
            *added(f"{_V3}/bgpconfigurations", _NO_MESH), found_by("bgp-mesh"), frozen=True
        ),
        "deny that is gone": Break(
            *removed(f"{_V3}/namespaces/guestbook/networkpolicies/custom-deny-egress"),
            found_by("policy/11-custom-deny-egress"),
        ),
        "deny that comes too late": Break(
            *patch(
                f"{_V3}/namespaces/guestbook/networkpolicies/custom-deny-egress",
                {"spec": {"order": 30}},
                {"spec": {"order": 10}},
            ),
            found_by("policy/11-custom-deny-egress"),
        ),
    },
    "dev": {},
}


@pytest.fixture(scope="module", params=list(BREAKS))
def theirs(
    request: pytest.FixtureRequest, home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[harness.Lab, Lab]]:
    """A stack of that name, up, and as the checks see it."""
    stack: str = request.param
    folder = tmp_path_factory.mktemp(stack)
    plain = stack == "nke"
    for lab in running(home, toolbox, folder, stack):
        for key, value in _needed(home, lab.project, stack):
            secret = ("--secret",) if "Password" in key else ()
            assert lab.pulumi("config", "set", *secret, key, value).returncode == 0
        lab.must_up()
        kubeconfig = (lab.project / f"kubeconfig-{_PLAIN}").read_text("utf-8") if plain else lab.kubeconfig()
        yield lab, lab_of(lab, kubeconfig)
    if plain:
        plain_clusters.remove(home, _PLAIN)


def _needed(home: Home, project: Path, stack: str) -> list[tuple[str, str]]:
    """Return the settings without which a stack cannot be brought up."""
    if stack == "windows":
        return [("windowsAdminUsername", "azureuser"), ("windowsAdminPassword", "Correct-Horse-9-Battery")]
    if stack == "nke":
        write_private(project / f"kubeconfig-{_PLAIN}", plain_clusters.start(home, _PLAIN, 3, False))
        return [("kubeconfig", f"kubeconfig-{_PLAIN}"), ("context", _PLAIN)]
    return []


def test_every_check_passes_or_skips_with_its_reason(theirs: tuple[harness.Lab, Lab]) -> None:
    up, admin = theirs
    settle(admin, up, 240)
    report = run(admin, patience=20)
    assert failing(report) == set(), told(report)
    assert report.exit_code == 0
    skipped = {result.name: result.reason for result in report.results if result.status is Status.SKIPPED}
    assert skipped
    assert all("nodes are simulated: no kubelet answers for" in reason for reason in skipped.values())


def test_every_check_that_passes_here_is_shown_to_fail_somewhere(theirs: tuple[harness.Lab, Lab]) -> None:
    up, admin = theirs
    tables = (BREAKS_OF_BYOCNI, BREAKS[up.stack])
    covered = {name for table in tables for broken in table.values() for name in broken.found_by}
    able = {
        result.name
        for result in run(admin).results
        if result.status is Status.PASSED and not result.name.startswith("policy/")
    }
    assert able
    assert able - covered == set()


def test_every_break_is_found(theirs: tuple[harness.Lab, Lab]) -> None:
    """One test a stack: bringing one up takes a minute, each break a few seconds."""
    up, admin = theirs
    for name, broken in BREAKS[up.stack].items():
        try:
            must_find(broken, admin, up)
            settle(admin, up, 240)
        except AssertionError as error:
            raise AssertionError(f"{up.stack}, {name}: {error}") from error
