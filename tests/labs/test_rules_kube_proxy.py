"""Where kube-proxy can be switched off. One baseline, each case changes one thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from labs import versions
from labs.enums import Dataplane, KubeProxy, Lab
from labs.rules import kube_proxy
from labs.settings import LabSettings
from tests.labs.cases import AZURE, BASELINES, BYOCNI, NKE, Case, messages, rows, rules_without_a_case

EBPF = BASELINES[Lab.EBPF]

REFUSED = [
    Case(
        "a-cluster-of-yours",
        {"kube_proxy": KubeProxy.ENABLED},
        "calico-labs:kubeProxy is 'Enabled' but lab 'nke' runs on a cluster of yours; remove it (kube-proxy is "
        "switched where the cluster is made)",
        NKE,
    ),
    Case(
        "beside-akss-cni",
        {"kube_proxy": KubeProxy.ENABLED},
        "calico-labs:kubeProxy is 'Enabled' but the lab's network plugin is 'azure'; remove it, or use lab 'byocni' or "
        "'ebpf' (AKS answers KubeProxyConfigDisabledBYOCNIOnly where the CNI is its own)",
        AZURE,
    ),
    Case(
        "nobody-does-its-work",
        {"kube_proxy": KubeProxy.DISABLED},
        "calico-labs:kubeProxy is 'Disabled' but calico-labs:dataplane is 'Iptables'; set it to 'Enabled', or "
        "calico-labs:dataplane to 'BPF' (no Service would be reached, for nobody else does kube-proxy's work)",
        BYOCNI,
    ),
]


@pytest.mark.parametrize("case", rows(REFUSED))
def test_prevent(case: Case) -> None:
    assert messages(case.settings) == [case.message]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(replace(EBPF, kube_proxy=KubeProxy.DISABLED), id="ebpf-without-it"),
        pytest.param(
            replace(BYOCNI, dataplane=Dataplane.BPF, kube_proxy=KubeProxy.DISABLED), id="byocni-day-2"
        ),
        pytest.param(replace(BYOCNI, kube_proxy=KubeProxy.ENABLED), id="the-way-back"),
    ],
)
def test_allow(settings: LabSettings) -> None:
    assert messages(settings) == []


def test_every_rule_has_a_case_that_sets_it_off() -> None:
    assert rules_without_a_case(kube_proxy.RULES, REFUSED) == []


@pytest.mark.parametrize("settings", list(BASELINES.values()), ids=[str(lab) for lab in BASELINES])
def test_no_lab_asks_for_a_preview_of_azures_api_by_itself(settings: LabSettings) -> None:
    assert settings.kube_proxy is KubeProxy.DEFAULT


def test_the_preview_api_is_a_month_from_its_end_at_least() -> None:
    """Fails a month before Azure stops to answer it: take a newer one from the SDK's docstring of ManagedCluster."""
    assert date.today() < versions.AKS_PREVIEW_API_ENDS - timedelta(days=30)


def test_the_recorded_end_is_a_year_after_the_api() -> None:
    year, month, day = map(int, versions.AKS_PREVIEW_API.removesuffix("-preview").split("-"))
    assert date(year + 1, month, day) == versions.AKS_PREVIEW_API_ENDS
