"""One context of a kubeconfig: nothing of the others, and nothing that its author could misuse."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from labs.kubeconfig import KubeconfigError, single_context


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
            f"kubeconfig is '{path}' but it is not YAML at line 2; name a complete kubeconfig "
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

    def test_a_path_is_relative_to_the_kubeconfig_which_the_provider_never_sees(self, tmp_path: Path) -> None:
        path = self.with_login(tmp_path, exec={"command": "./bin/login", "args": ["./as-it-is"]})
        found = yaml.safe_load(single_context(path, "lab", allow_exec=True))
        assert found["users"][0]["user"]["exec"] == {
            "command": f"{tmp_path}/bin/login",
            "args": ["./as-it-is"],
        }
        with pytest.raises(KubeconfigError, match=f"by running '{tmp_path}/bin/login'"):
            single_context(path, "lab")

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


class TestForeignFiles:
    """Whatever is in the file: one message, and none of its secrets in it."""

    def refusal(self, path: Path, **options: bool) -> str:
        with pytest.raises(KubeconfigError) as refused:
            single_context(path, "lab", **options)
        return str(refused.value)

    @pytest.mark.parametrize(
        ("path", "problem"),
        [
            pytest.param("/dev/zero", "is no regular file", id="a file without end"),
            pytest.param("a\0b", "cannot be read", id="NUL"),
            pytest.param("~nobody-here/config", "cannot be read", id="home of nobody"),
            pytest.param("x" * 5000, "cannot be read", id="a name too long"),
        ],
    )
    def test_a_path_that_is_no_file_is_refused_before_it_is_read(self, path: str, problem: str) -> None:
        assert f"but it {problem}; name a complete kubeconfig (" in self.refusal(Path(path))

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        assert "but it is no regular file;" in self.refusal(tmp_path / "pipe")

    def test_a_huge_file_is_not_read(self, tmp_path: Path) -> None:
        path = written(tmp_path, "#" * (1024 * 1024 + 1))
        assert "but it has 1048577 bytes, more than 1048576;" in self.refusal(path)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            pytest.param("a: &a [x]\nb: *a\n", "has an alias at line 2", id="alias"),
            pytest.param("[" * 5000, "is nested deeper than 64 levels", id="deep"),
            pytest.param("a: 2026-13-45\n", "holds a date or number that does not exist", id="date"),
            pytest.param("contexts: 3\n", "has no such context", id="a number for a list"),
            pytest.param("contexts: {lab: x}\n", "has no such context", id="a mapping for a list"),
        ],
    )
    def test_a_text_that_other_readers_choke_on_is_refused(
        self, tmp_path: Path, text: str, problem: str
    ) -> None:
        assert problem in self.refusal(written(tmp_path, text))

    @pytest.mark.parametrize(
        ("section", "key", "value", "problem"),
        [
            pytest.param("contexts", "context", "lab", "its context 'lab' is no mapping", id="context"),
            pytest.param("users", "user", "admin", "its user 'admin' is no mapping", id="user"),
            pytest.param("clusters", "cluster", [1], "its cluster 'kind' is no mapping", id="cluster"),
            pytest.param("users", "user", {"token": 1}, "token of its user 'admin' is no text", id="token"),
            pytest.param("users", "user", {"client-key": []}, "client-key of its user 'admin'", id="key"),
            pytest.param(
                "users", "user", {"exec": "login"}, "its context's exec names no command", id="exec"
            ),
            pytest.param(
                "users", "user", {"exec": None}, "its context's exec names no command", id="no exec"
            ),
        ],
    )
    def test_a_part_of_another_kind_is_named(
        self, tmp_path: Path, section: str, key: str, value: object, problem: str
    ) -> None:
        config = kubeconfig()
        config[section][0][key] = value
        assert f"but {problem}" in self.refusal(written(tmp_path, config), allow_exec=True)

    def test_a_name_cannot_write_to_the_terminal(self, tmp_path: Path) -> None:
        config = kubeconfig()
        config["contexts"][0]["name"] = "\x1b[2Jlab"
        assert self.refusal(written(tmp_path, config)).isprintable()


class TestServers:
    """The context's credentials go to the server that the file names."""

    def single(self, folder: Path, server: object) -> str:
        config = kubeconfig()
        config["clusters"][0]["cluster"]["server"] = server
        return single_context(written(folder, config), "lab")

    @pytest.mark.parametrize(
        "server",
        [
            *(
                "https://lab.example",
                "https://lab.example:6443/k8s/clusters/c-1",
                "https://10.0.0.1",
                "https://[::1]:6443",
            ),
            *("http://127.0.0.1:8001", "http://localhost:8001", "http://[::1]:8001", "HTTPS://LAB.EXAMPLE"),
        ],
    )
    def test_https_anywhere_and_http_on_this_machine_are_taken(self, tmp_path: Path, server: str) -> None:
        assert yaml.safe_load(self.single(tmp_path, server))["clusters"][0]["cluster"]["server"] == server

    @pytest.mark.parametrize(
        "server",
        [
            *(
                "",
                None,
                "lab.example",
                "//lab.example",
                "https://",
                "https://:6443",
                "https://lab.example:99999",
            ),
            *(
                "file:///etc/passwd",
                "ftp://lab.example",
                "https://[::1",
                "https://a b",
                "https://lab.example\nX: y",
            ),
            *(
                "https://-oProxyCommand=x",
                "https://$(touch ran)",
                "https://lab.example?x",
                "https://lab.example#x",
            ),
            *("https://lab.example\\@other.example", "https://l\u00e4b.example", "https://lab.example/`x`"),
        ],
    )
    def test_what_is_no_address_is_refused(self, tmp_path: Path, server: object) -> None:
        with pytest.raises(KubeconfigError) as refused:
            self.single(tmp_path, server)
        message = str(refused.value)
        assert "the server of its cluster 'kind' is '" in message
        assert message.isprintable()

    @pytest.mark.parametrize(
        "server", ["http://lab.example", "http://127.0.0.1.lab.example", "http://10.0.0.1"]
    )
    def test_credentials_do_not_travel_in_clear(self, tmp_path: Path, server: str) -> None:
        with pytest.raises(KubeconfigError) as refused:
            self.single(tmp_path, server)
        assert str(refused.value) == (
            f"kubeconfig is '{tmp_path / 'config'}' but the server of its cluster 'kind' is '{server}'; write https:// "
            "there (without TLS the context's credentials would travel in clear)"
        )

    def test_a_login_in_the_address_is_refused_and_not_shown(self, tmp_path: Path) -> None:
        with pytest.raises(KubeconfigError) as refused:
            self.single(tmp_path, "https://user:secret@lab.example")
        assert "secret" not in str(refused.value)
        assert "is '(hidden)'; write https://HOST:PORT there, without a login" in str(refused.value)


class TestTokenFiles:
    """A token file's content is sent to the server, so the kubeconfig's author must not choose just any."""

    def single(self, folder: Path, token: str) -> str:
        config = kubeconfig()
        config["users"][0]["user"] = {"tokenFile": token}
        return single_context(written(folder, config), "lab")

    def test_beside_the_kubeconfig_it_is_taken(self, tmp_path: Path) -> None:
        found = yaml.safe_load(self.single(tmp_path, "tokens/lab"))
        assert found["users"][0]["user"]["tokenFile"] == str(tmp_path / "tokens" / "lab")

    @pytest.mark.parametrize("token", ["/etc/passwd", "../id_rsa", "tokens/../../id_rsa", "link"])
    def test_elsewhere_it_is_refused(self, tmp_path: Path, token: str) -> None:
        (tmp_path / "lab").mkdir()
        (tmp_path / "lab" / "link").symlink_to("/etc/passwd")
        with pytest.raises(KubeconfigError) as refused:
            self.single(tmp_path / "lab", token)
        assert str(refused.value) == (
            f"context is 'lab' but in {tmp_path / 'lab' / 'config'} its user's tokenFile is '{token}'; put the token's "
            "file beside the kubeconfig (its content is sent to the server, and a kubeconfig can name any file)"
        )
