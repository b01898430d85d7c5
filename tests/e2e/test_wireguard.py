"""The story of the wireguard lab: 0 up with encryption, 1 off, 2 on again, 3 destroy.

What the nodes do with it cannot be seen on simulated ones; what is asked of Calico can.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.home import Home
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab
from tests.e2e.labs import operations, running

_FELIX = "/apis/projectcalico.org/v3/felixconfigurations/default"


@pytest.fixture(scope="module")
def lab(home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from running(home, toolbox, tmp_path_factory.mktemp("wireguard"), "wireguard")


def encrypted(lab: Lab) -> object:
    felix = lab.api().get(_FELIX)
    assert felix is not None
    return felix["spec"].get("wireguardEnabled")


class TestStep0Up:
    def test_up_asks_calico_to_encrypt(self, lab: Lab) -> None:
        assert set(lab.must_up().changes) == {"create"}
        assert encrypted(lab) is True

    def test_the_two_tiers_are_on_two_nodes_or_nothing_would_be_encrypted(self, lab: Lab) -> None:
        pods = lab.api().list("/api/v1/namespaces/yaobank/pods")
        placed = {pod["metadata"]["labels"]["app"]: pod["spec"]["nodeName"] for pod in pods}
        assert placed["customer"] != placed["summary"]

    def test_second_up_changes_nothing(self, lab: Lab) -> None:
        assert set(lab.must_up().changes) == {"same"}


class TestStep1Off:
    def test_off_takes_one_patch_back(self, lab: Lab) -> None:
        assert operations(lab.must_up("--config", "wireguard=Disabled")) == {"calico-felix": "delete"}
        assert encrypted(lab) is None


class TestStep2On:
    def test_on_again(self, lab: Lab) -> None:
        assert operations(lab.must_up("--config", "wireguard=Enabled")) == {"calico-felix": "create"}
        assert encrypted(lab) is True


class TestStep3Destroy:
    def test_destroy_leaves_nothing(self, lab: Lab) -> None:
        outcome = lab.run("destroy")
        assert outcome.exit_code == 0, outcome.errors
        assert lab.resources() == []


class TestWithoutAzuresCni:
    """On byocni nothing but `mtu` is different: it has to be there before the first pod."""

    @pytest.fixture(scope="class")
    @classmethod
    def byocni(cls, home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
        yield from running(home, toolbox, tmp_path_factory.mktemp("wireguard-byocni"), "byocni")

    def test_0_encryption_without_the_mtu_is_refused_before_anything_exists(self, byocni: Lab) -> None:
        outcome = byocni.up("--config", "wireguard=Enabled")
        assert outcome.exit_code != 0
        assert "calico-labs:mtu" in outcome.errors
        assert "1340" in outcome.errors
        assert byocni.azure() == {}

    def test_1_with_it_calico_is_asked_for_both(self, byocni: Lab) -> None:
        byocni.must_up("--config", "wireguard=Enabled", "--config", "mtu=1340")
        installation = byocni.api().get("/apis/operator.tigera.io/v1/installations/default")
        assert installation is not None
        assert installation["spec"]["calicoNetwork"]["mtu"] == 1340
        assert encrypted(byocni) is True

    def test_2_off_is_one_patch_and_the_mtu_stays(self, byocni: Lab) -> None:
        outcome = byocni.must_up("--config", "wireguard=Disabled")
        assert operations(outcome) == {"calico-felix": "delete"}
        assert encrypted(byocni) is None
