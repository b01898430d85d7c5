"""A kubeconfig in every form in which programs hand it over, and none that nobody named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.plugins.kubernetes.kubeconfig import MISSING, KubeconfigError, parse
from tests.sandbox.kubernetes.conftest import KUBECONFIG

TEXT = yaml.safe_dump(KUBECONFIG)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(KUBECONFIG, id="object"),
        pytest.param(TEXT, id="yaml"),
        pytest.param(json.dumps(KUBECONFIG), id="json"),
        pytest.param(json.dumps(TEXT), id="quoted yaml"),
        pytest.param(json.dumps(json.dumps(KUBECONFIG)), id="quoted json"),
    ],
)
def test_every_form_is_the_same_kubeconfig(value: Any) -> None:
    assert parse(value).effective() == KUBECONFIG


def test_a_path_is_read_and_its_folder_is_where_relative_paths_start(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(TEXT)
    found = parse(str(path))
    assert (found.effective(), found.folder) == (KUBECONFIG, str(tmp_path))


def test_a_path_may_start_at_the_home_directory_if_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lab.yaml").write_text(TEXT)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parse("~/lab.yaml").effective() == KUBECONFIG


@pytest.mark.parametrize("value", [None, "", "  ", 7], ids=["absent", "empty", "blank", "number"])
def test_no_kubeconfig_never_falls_back_to_the_home_directory(
    value: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(TEXT)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(KubeconfigError) as refused:
        parse(value)
    assert str(refused.value) == MISSING
    assert str(refused.value) == (
        "kubeconfig is not set but the sandbox never reads ~/.kube/config; set kubeconfig on the Provider "
        "(otherwise a real cluster could be changed by accident)"
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(
            "/no/such/file",
            "kubeconfig is neither a kubeconfig (no list of clusters) nor the path of a file",
            id="missing file",
        ),
        pytest.param(
            "users:\n- token: {SECRET\n", "kubeconfig is not YAML or JSON at line 3", id="broken yaml"
        ),
        pytest.param('{"users": SECRET', "kubeconfig is not YAML or JSON at line 1", id="broken json"),
    ],
)
def test_a_broken_kubeconfig_is_refused_without_quoting_it(value: str, message: str) -> None:
    with pytest.raises(KubeconfigError) as refused:
        parse(value)
    assert str(refused.value) == message


def test_context_and_cluster_of_the_provider_win_over_those_of_the_file() -> None:
    two = {
        **KUBECONFIG,
        "contexts": [
            *KUBECONFIG["contexts"],
            {"name": "other", "context": {"cluster": "lab", "user": "admin", "namespace": "apps"}},
        ],
        "clusters": [
            *KUBECONFIG["clusters"],
            {"name": "second", "cluster": {"server": "https://127.0.0.1:2"}},
        ],
    }
    found = parse(two, context="other", cluster="second")
    assert found.namespace() == "apps"
    assert found.active_cluster() == {"server": "https://127.0.0.1:2"}
    assert found.effective()["current-context"] == "other"
    assert two["contexts"][1]["context"]["cluster"] == "lab"


def test_the_content_does_not_show_in_a_traceback() -> None:
    assert "token" not in repr(parse(KUBECONFIG))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("a: 2026-13-45\nclusters: []", id="a date that there is not"),
        pytest.param("a: !!bool x\nclusters: []", id="a tag that its value does not fit"),
        pytest.param("a: &a [x]\nclusters: *a", id="alias"),
        pytest.param("[" * 1000, id="deep"),
        pytest.param("~nobody-here", id="home of nobody"),
        pytest.param("a\0b", id="NUL"),
    ],
)
def test_text_that_other_readers_choke_on_is_one_message(value: str) -> None:
    with pytest.raises(KubeconfigError) as refused:
        parse(value)
    assert str(refused.value).isprintable()


def test_parts_of_another_kind_are_as_good_as_missing() -> None:
    found = parse({"clusters": [1], "contexts": ["x", {"name": "c", "context": "y"}], "current-context": "c"})
    assert found.namespace() == ""
    assert found.active_cluster() is None
    assert parse(found.content, cluster="other").active_cluster() is None
