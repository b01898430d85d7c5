"""A cluster of the user's own: the one context that was named, and nothing else of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.existing_cluster import ExistingCluster, KubeconfigError, single_context
from tests.components.conftest import resolved, run
from tests.components.recorder import Recorder


def kubeconfig() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "production",
        "contexts": [
            {"name": "lab", "context": {"cluster": "kind", "user": "admin"}},
            {"name": "production", "context": {"cluster": "bank", "user": "root"}},
        ],
        "clusters": [
            {
                "name": "kind",
                "cluster": {"server": "https://127.0.0.1:6443", "certificate-authority": "ca.crt"},
            },
            {"name": "bank", "cluster": {"server": "https://bank.example"}},
        ],
        "users": [
            {"name": "admin", "user": {"token": "lab-token", "client-key": "/etc/keys/lab.key"}},
            {"name": "root", "user": {"token": "production-token"}},
        ],
    }


def written(folder: Path, content: object) -> Path:
    path = folder / "config"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return path


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


class TestTheOneContext:
    """The user's other clusters must neither be touched nor leak into the state."""

    def test_it_is_current_whatever_was_current_before(self, tmp_path: Path) -> None:
        assert (
            yaml.safe_load(single_context(written(tmp_path, kubeconfig()), "lab"))["current-context"] == "lab"
        )

    def test_nothing_of_another_context_is_kept(self, tmp_path: Path) -> None:
        text = single_context(written(tmp_path, kubeconfig()), "lab")
        assert "lab-token" in text
        for foreign in ("production", "bank.example", "production-token"):
            assert foreign not in text

    def test_files_next_to_the_kubeconfig_are_named_in_full(self, tmp_path: Path) -> None:
        document = yaml.safe_load(single_context(written(tmp_path, kubeconfig()), "lab"))
        assert document["clusters"][0]["cluster"]["certificate-authority"] == str(tmp_path / "ca.crt")

    def test_files_that_were_named_in_full_stay_as_they_are(self, tmp_path: Path) -> None:
        document = yaml.safe_load(single_context(written(tmp_path, kubeconfig()), "lab"))
        assert document["users"][0]["user"]["client-key"] == "/etc/keys/lab.key"


class TestRefusals:
    """Each says what is wrong with which file and never quotes the file."""

    def test_a_context_that_is_not_there(self, tmp_path: Path) -> None:
        path = written(tmp_path, kubeconfig())
        with pytest.raises(KubeconfigError) as caught:
            single_context(path, "labb")
        assert str(caught.value) == (
            f"context is 'labb' but {path} has no such context; set it to one it has (lab, production)"
        )

    def test_a_context_whose_user_is_missing(self, tmp_path: Path) -> None:
        content = kubeconfig()
        del content["users"][0]
        path = written(tmp_path, content)
        with pytest.raises(KubeconfigError) as caught:
            single_context(path, "lab")
        assert str(caught.value) == (
            f"kubeconfig is '{path}' but its context wants 'admin' of users; "
            "name a complete kubeconfig (it has root)"
        )

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        path = tmp_path / "nowhere"
        with pytest.raises(KubeconfigError) as caught:
            single_context(path, "lab")
        assert str(caught.value) == (
            f"kubeconfig is '{path}' but it cannot be read; "
            "name a complete kubeconfig (No such file or directory)"
        )

    def test_a_file_that_is_not_yaml_is_refused_without_showing_its_text(self, tmp_path: Path) -> None:
        path = written(tmp_path, "token: [secret-token")
        with pytest.raises(KubeconfigError) as caught:
            single_context(path, "lab")
        assert str(caught.value) == (
            f"kubeconfig is '{path}' but it is not YAML; name a complete kubeconfig "
            "(its text is not shown, for it may hold keys)"
        )
        assert caught.value.__suppress_context__

    def test_a_file_that_is_a_list(self, tmp_path: Path) -> None:
        path = written(tmp_path, "- a\n")
        with pytest.raises(KubeconfigError) as caught:
            single_context(path, "lab")
        assert str(caught.value) == (
            f"kubeconfig is '{path}' but it is no mapping; name a complete kubeconfig "
            "(a kubeconfig has contexts, clusters and users)"
        )


class TestLoginByAProgram:
    """A kubeconfig can name any program, and whoever sent the file chose it."""

    def with_login(self, folder: Path, **login: object) -> Path:
        config = kubeconfig()
        config["users"][0]["user"] = login
        return written(folder, config)

    def test_it_is_refused_unless_it_is_allowed(self, tmp_path: Path) -> None:
        path = self.with_login(tmp_path, exec={"command": "cloud-login"})
        with pytest.raises(KubeconfigError) as refused:
            single_context(path, "lab")
        assert str(refused.value) == (
            f"context is 'lab' but in {path} its user logs in by running 'cloud-login'; set "
            "calico-labs:kubeconfigExec to 'Enabled' if you trust that program, or name a context that logs in by "
            "certificate or token (a kubeconfig can name any program)"
        )

    def test_allowed_it_is_passed_on(self, tmp_path: Path) -> None:
        path = self.with_login(tmp_path, exec={"command": "cloud-login"})
        found = yaml.safe_load(single_context(path, "lab", allow_exec=True))
        assert found["users"][0]["user"] == {"exec": {"command": "cloud-login"}}

    def test_another_contexts_program_is_no_reason(self, tmp_path: Path) -> None:
        config = kubeconfig()
        config["users"][1]["user"] = {"exec": {"command": "cloud-login"}}
        assert single_context(written(tmp_path, config), "lab")

    def test_an_auth_provider_is_refused_always(self, tmp_path: Path) -> None:
        path = self.with_login(tmp_path, **{"auth-provider": {"name": "gcp"}})
        with pytest.raises(KubeconfigError) as refused:
            single_context(path, "lab", allow_exec=True)
        assert str(refused.value) == (
            f"context is 'lab' but in {path} its user logs in by an auth-provider; name a context that logs in by "
            "certificate, token or exec (Kubernetes knows auth-providers no more)"
        )
