"""Calico's own objects: their order, their waits, and what is patched instead of owned."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from components.calico_installation import CalicoInstallation, CalicoInstallationArgs
from tests.components.conftest import run
from tests.components.recorder import Recorder

_INSTALLATION = ":Installation"
_API_SERVER = ":APIServer"
_FELIX = ":FelixConfigurationPatch"
_ENDPOINT = ":ConfigMap"


def body(kind: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "operator.tigera.io/v1",
        "kind": kind,
        "metadata": {"name": "default", "annotations": {"pulumi.com/waitFor": "condition=Ready"}},
        "spec": spec,
    }


def baseline() -> CalicoInstallationArgs:
    return {
        "installation": body(
            "Installation", calicoNetwork={"bgp": "Disabled", "ipPools": [{"blockSize": 26}]}
        ),
        "api_server": body("APIServer"),
        "felix": {},
        "api_server_host": None,
        "wait_minutes": 7,
    }


def everything() -> CalicoInstallationArgs:
    return {**baseline(), "felix": {"bpfKubeProxyHealthzPort": 0}, "api_server_host": "lab.example"}


def test_the_bodies_are_sent_as_they_were_rendered(recorder: Recorder) -> None:
    run(lambda: CalicoInstallation("calico", baseline()))
    assert recorder.one(_INSTALLATION).inputs == baseline()["installation"]
    assert recorder.one(_API_SERVER).inputs == baseline()["api_server"]


def test_without_ebpf_and_wireguard_there_are_two_objects(recorder: Recorder) -> None:
    run(lambda: CalicoInstallation("calico", baseline()))
    assert [r.name for r in recorder.registrations if r.custom] == [
        "calico-installation",
        "calico-api-server",
    ]


def test_each_object_waits_for_the_one_before(recorder: Recorder) -> None:
    run(lambda: CalicoInstallation("calico", everything()))
    order = [recorder.one(kind) for kind in (_ENDPOINT, _INSTALLATION, _API_SERVER, _FELIX)]
    for earlier, later in pairwise(order):
        assert earlier.urn in later.dependencies


def test_felix_is_patched_and_never_owned(recorder: Recorder) -> None:
    run(lambda: CalicoInstallation("calico", everything()))
    patch = recorder.one(_FELIX)
    assert patch.type == "kubernetes:projectcalico.org/v3:FelixConfigurationPatch"
    assert patch.inputs == {
        "apiVersion": "projectcalico.org/v3",
        "kind": "FelixConfiguration",
        "metadata": {"name": "default"},
        "spec": {"bpfKubeProxyHealthzPort": 0},
    }
    assert recorder.all(":FelixConfiguration") == []


def test_the_services_endpoint_is_where_the_operator_reads_it_and_has_no_scheme(recorder: Recorder) -> None:
    run(lambda: CalicoInstallation("calico", everything()))
    assert recorder.one(_ENDPOINT).inputs == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "kubernetes-services-endpoint", "namespace": "tigera-operator"},
        "data": {"KUBERNETES_SERVICE_HOST": "lab.example", "KUBERNETES_SERVICE_PORT": "443"},
    }


@pytest.mark.parametrize("kind", [_ENDPOINT, _INSTALLATION, _API_SERVER, _FELIX], ids=lambda kind: kind[1:])
def test_every_wait_ends_after_the_given_minutes(recorder: Recorder, kind: str) -> None:
    run(lambda: CalicoInstallation("calico", everything()))
    assert recorder.one(kind).timeouts == ("7m", "7m", "7m")


def test_all_objects_are_children_of_the_component(recorder: Recorder) -> None:
    run(lambda: CalicoInstallation("calico", everything()))
    component = recorder.one("calico-labs:calico:CalicoInstallation")
    assert [r.parent for r in recorder.registrations if r.custom] == [component.urn] * 4
