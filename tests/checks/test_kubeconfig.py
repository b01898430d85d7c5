"""Which cluster is meant is never a guess."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from checks.errors import UsageError
from checks.kubeconfig import choose, read_file


def config(*names: str, current: str = "") -> str:
    return yaml.safe_dump({"contexts": [{"name": name} for name in names], "current-context": current})


def test_the_only_context_needs_no_name() -> None:
    assert choose(config("one"), None)[1] == "one"


def test_several_contexts_need_a_name_even_if_one_is_current() -> None:
    with pytest.raises(UsageError) as caught:
        choose(config("two", "one", current="two"), None)
    assert str(caught.value) == "the kubeconfig has 2 contexts; name one with --context: one, two"


def test_a_named_context_is_taken_whatever_is_current() -> None:
    assert choose(config("one", "two", current="two"), "one")[1] == "one"


def test_an_unknown_context_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        choose(config("one"), "two")
    assert str(caught.value) == "--context is 'two' but the kubeconfig has only one; name one of them"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "a: b: c", "the kubeconfig is not YAML at line 1; name another with --kubeconfig", id="no yaml"
        ),
        pytest.param("[]", "the kubeconfig has no context", id="a list"),
        pytest.param("contexts:", "the kubeconfig has no context", id="none"),
        pytest.param("contexts: [1]", "the kubeconfig has no context", id="of another kind"),
    ],
)
def test_what_is_no_kubeconfig_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        choose(text, None)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--kubeconfig is '.*none' but it cannot be read"):
        read_file(tmp_path / "none")


def test_relative_paths_start_in_the_files_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    text = yaml.safe_dump(
        {
            "contexts": [{"name": "lab"}],
            "clusters": [{"name": "lab", "cluster": {"certificate-authority": "ca.crt"}}, "junk"],
            "users": [
                {"name": "a", "user": {"client-certificate": "x/a.crt", "client-key": "/keys/a.key"}},
                {"name": "b", "user": {"tokenFile": "token", "exec": {"command": "./login"}}},
                {"name": "c", "user": {"exec": {"command": "kubelogin"}}},
            ],
        }
    )
    found = choose(text, None, tmp_path)[0]
    assert found["clusters"][0]["cluster"] == {"certificate-authority": f"{tmp_path}/ca.crt"}
    assert [item["user"] for item in found["users"]] == [
        {"client-certificate": f"{tmp_path}/x/a.crt", "client-key": "/keys/a.key"},
        {"tokenFile": f"{tmp_path}/token", "exec": {"command": f"{tmp_path}/login"}},
        {"exec": {"command": "kubelogin"}},
    ]


def test_the_users_own_kubeconfig_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client library falls back to KUBECONFIG and ~/.kube/config; nothing here may let it."""
    from checks.api import Api

    trap = tmp_path / "config"
    trap.write_text(config("users-own"), encoding="utf-8")
    monkeypatch.setenv("KUBECONFIG", str(trap))
    named = {
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
        "clusters": [{"name": "lab", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "lab", "user": {"token": "t"}}],
    }
    before = trap.read_text(encoding="utf-8")
    api = Api(named, "lab")
    assert api.server == "https://127.0.0.1:1"
    assert trap.read_text(encoding="utf-8") == before
    api.close()
