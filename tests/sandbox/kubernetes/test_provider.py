"""The provider hands each request to the part that knows the resource."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.kubernetes.kubeconfig import MISSING
from sandbox.plugins.kubernetes.provider import KubernetesProvider
from sandbox.plugins.server import Change, Failure, ProviderError
from tests.sandbox.kubernetes.conftest import CONFIG_MAP, KUBECONFIG, RELEASE, context
from tests.sandbox.kubernetes.fake_api import FakeApi

OFF = {name: {"enabled": False} for name in ("installation", "apiServer", "goldmane", "whisker")}
INPUTS: dict[str, Any] = {
    "chart": "oci://quay.io/calico/charts/tigera-operator",
    "name": "calico",
    "namespace": "tigera-operator",
    "createNamespace": True,
    "skipAwait": True,
    "values": OFF,
}


@pytest.fixture
def provider(api: FakeApi) -> KubernetesProvider:
    provider = KubernetesProvider(connect=lambda _: api)  # type: ignore[arg-type, return-value]
    provider.configure({"kubeconfig": KUBECONFIG})
    return provider


def test_an_object_goes_through_its_whole_life(provider: KubernetesProvider) -> None:
    where = context(CONFIG_MAP)
    inputs, _ = provider.check(where, {}, {"data": {"a": "1"}})
    id, outputs = provider.create(where, inputs)
    assert provider.read(where, id, inputs, outputs)[1] == inputs
    changed = {**inputs, "data": {"a": "2"}}
    assert provider.diff(where, id, inputs, outputs, changed).changes == {"data.a": Change.UPDATE_REPLACE}
    outputs = provider.update(where, id, inputs, outputs, changed)
    provider.delete(where, id, changed, outputs)
    assert provider.read(where, id, changed, outputs)[0] == ""


def test_a_release_goes_through_its_whole_life(provider: KubernetesProvider) -> None:
    where = context(RELEASE)
    inputs, failures = provider.check(where, {}, INPUTS)
    assert failures == []
    id, outputs = provider.create(where, inputs)
    assert provider.read(where, id, inputs, outputs)[2]["status"]["revision"] == 1
    changed = {**inputs, "values": {**OFF, "dnsPolicy": "Default"}}
    assert provider.diff(where, id, inputs, outputs, changed).changes == {"values.dnsPolicy": Change.ADD}
    outputs = provider.update(where, id, inputs, outputs, changed)
    assert outputs["status"]["revision"] == 2
    provider.delete(where, id, changed, outputs)
    assert provider.read(where, id, changed, outputs)[0] == ""


def test_the_configuration_is_judged_by_its_own_rules(provider: KubernetesProvider) -> None:
    assert provider.check_config({}, {}) == [Failure("", MISSING)]
    added = provider.diff_config(
        {"kubeconfig": KUBECONFIG}, {"kubeconfig": KUBECONFIG, "clusterIdentifier": "a"}
    )
    assert added.changes == {"clusterIdentifier": Change.ADD}


@pytest.mark.parametrize("token", [CONFIG_MAP, RELEASE])
def test_before_it_is_configured_it_knows_no_cluster(token: str) -> None:
    with pytest.raises(ProviderError) as refused:
        KubernetesProvider().read(context(token), "a/b", {}, {})
    assert str(refused.value).startswith("failed to read resource state due to unreachable cluster.")
