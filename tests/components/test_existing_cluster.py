"""A cluster of the user's own: the one context that was named, and nothing else of the file."""

from __future__ import annotations

from pathlib import Path

from components.existing_cluster import ExistingCluster
from tests.components.conftest import resolved, run
from tests.components.recorder import Recorder
from tests.labs.test_kubeconfig import kubeconfig, written


class TestTheInterface:
    """Everything above the cluster treats it as it treats AKS."""

    def test_it_offers_a_provider_and_a_secret_kubeconfig(self, tmp_path: Path, recorder: Recorder) -> None:
        path = str(written(tmp_path, kubeconfig()))
        cluster = run(
            lambda: ExistingCluster("nke", {"kubeconfig_path": path, "context": "lab", "allow_exec": False})
        )
        provider = recorder.one("pulumi:providers:kubernetes")
        assert provider.parent == recorder.one("calico-labs:kubernetes:ExistingCluster").urn
        assert provider.secret_inputs == {"kubeconfig"}
        assert provider.inputs["clusterIdentifier"] == "lab"
        assert (provider.inputs["enableConfigMapMutable"], provider.inputs["enableSecretMutable"]) == (
            "true",
            "true",
        )
        found = resolved({"name": cluster.cluster_name, "kubeconfig": cluster.kubeconfig})
        assert found["name"] == ("lab", False)
        assert found["kubeconfig"][1]

    def test_nothing_goes_away_with_a_cluster_that_stays(self, tmp_path: Path) -> None:
        path = str(written(tmp_path, kubeconfig()))
        cluster = run(
            lambda: ExistingCluster("nke", {"kubeconfig_path": path, "context": "lab", "allow_exec": False})
        )
        assert cluster.deleted_with is None
