"""The provider as a package of a preview API: what it becomes, what it knows then, and what it asks Azure by."""

from __future__ import annotations

import base64
import json

import pytest

from sandbox.plugins.azure_native import previews, schema
from sandbox.plugins.azure_native.resources import kind_of
from sandbox.plugins.azure_native.validate import check_inputs
from sandbox.plugins.server import ProviderError
from tests.sandbox.azure_native.native_inputs import CLUSTER, cluster

PACKAGE = "azure-native_containerservice_v20260502preview"
PREVIEW = f"{PACKAGE}:containerservice:ManagedCluster"


def parameter(module: str = "containerservice", version: str = "v20260502preview") -> bytes:
    return base64.b64encode(json.dumps({"module": module, "version": version}).encode())


def test_the_parameter_of_a_generated_sdk_names_the_package() -> None:
    assert previews.package_of(parameter()) == PACKAGE


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(parameter(version="v20240101"), "no resources found for module", id="no-such-version"),
        pytest.param(
            parameter(module="storage"), "no resources found for module storage", id="no-such-module"
        ),
        pytest.param(b"not base64!", "failed to deserialize", id="no-base64"),
        pytest.param(base64.b64encode(b"[]"), "failed to deserialize", id="no-object"),
    ],
)
def test_any_other_parameter_is_refused(value: bytes, message: str) -> None:
    with pytest.raises(ProviderError, match=message):
        previews.package_of(value)


def test_a_preview_is_the_same_kind_asked_for_by_another_version() -> None:
    preview, stable = kind_of(PREVIEW), kind_of(CLUSTER)
    assert preview.api_version == "2026-05-02-preview"
    assert (preview.path, preview.replaces, preview.type) == (stable.path, stable.replaces, stable.type)


def test_a_package_that_is_not_offered_is_no_kind() -> None:
    with pytest.raises(ProviderError, match="not found"):
        kind_of("azure-native_containerservice_v20240101:containerservice:ManagedCluster")


class TestKubeProxy:
    """The one property for which the labs need a preview."""

    def failures(self, token: str, config: object) -> list[str]:
        kind = kind_of(token)
        inputs = cluster(networkProfile={"networkPlugin": "none", "kubeProxyConfig": config})
        return [failure.reason for failure in check_inputs(previews.schema_of(kind), kind.type, inputs)]

    def test_the_preview_knows_it(self) -> None:
        assert self.failures(PREVIEW, {"enabled": False}) == []

    def test_the_stable_version_does_not(self) -> None:
        assert self.failures(CLUSTER, {"enabled": False}) == [
            "'networkProfile.kubeProxyConfig' is not a property of ContainerServiceNetworkProfile"
        ]
        assert previews.schema_of(kind_of(CLUSTER)) is schema.load()

    def test_it_is_checked_like_any_other(self) -> None:
        assert self.failures(PREVIEW, {"enabled": "no"}) == [
            "'networkProfile.kubeProxyConfig.enabled' should be of type 'boolean' but got a string"
        ]
        (reason,) = self.failures(PREVIEW, {"mode": "NFTABLES"})
        assert (
            "'networkProfile.kubeProxyConfig.mode' is 'NFTABLES' but must be one of 'IPTABLES', 'IPVS'"
            in reason
        )
