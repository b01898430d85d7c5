"""The nodes of an existing cluster: asked for with the context's own login, or named by the reader."""

from __future__ import annotations

import json
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from components.cluster_nodes import NodesUnknownError, linux_nodes
from sandbox.pki import Authority
from tests.tls import NOT_THE_SERVER, server_context, trusting, user_of


class _Nodes(BaseHTTPRequestHandler):
    asked: list[tuple[str, str]]
    answer: bytes
    elsewhere: str
    """Where the server sends the client; empty: it answers."""

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization", "")))
        body = self.answer
        self.send_response(302 if self.elsewhere and self.path != "/elsewhere" else 200)
        if self.elsewhere:
            self.send_header("Location", self.elsewhere)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[ThreadingHTTPServer]:
    _Nodes.asked = []
    _Nodes.answer = json.dumps({"items": [{"metadata": {"name": name}} for name in ("b", "a")]}).encode()
    _Nodes.elsewhere = ""
    running = ThreadingHTTPServer(("127.0.0.1", 0), _Nodes)
    running.daemon_threads = False  # so that closing waits for answers that are still under way
    if context is not None:
        running.socket = context.wrap_socket(running.socket, server_side=True)
    thread = threading.Thread(target=running.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield running
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with serving() as running:
        yield running


def kubeconfig(port: int, cluster: dict[str, str] | None = None, **user: object) -> str:
    scheme = "http" if cluster is None else "https"
    return yaml.safe_dump(
        {
            "clusters": [
                {"name": "c", "cluster": {"server": f"{scheme}://127.0.0.1:{port}/", **(cluster or {})}}
            ],
            "users": [{"name": "u", "user": user}],
        }
    )


def test_linux_nodes_are_asked_for_with_the_contexts_token(server: ThreadingHTTPServer) -> None:
    assert linux_nodes(kubeconfig(server.server_address[1], token="t")) == ["a", "b"]
    assert _Nodes.asked == [("/api/v1/nodes?labelSelector=kubernetes.io%2Fos%3Dlinux", "Bearer t")]


def test_a_cluster_without_nodes_is_told_before_anything_is_asked_of_it(server: ThreadingHTTPServer) -> None:
    _Nodes.answer = b'{"items": []}'
    with pytest.raises(NodesUnknownError, match="has no Linux node yet; bring its nodes up first, or set"):
        linux_nodes(kubeconfig(server.server_address[1]))


def test_a_cluster_that_does_not_answer_is_told_with_the_remedy(server: ThreadingHTTPServer) -> None:
    port = server.server_address[1]
    server.server_close()
    with pytest.raises(NodesUnknownError) as refused:
        linux_nodes(kubeconfig(port))
    text = str(refused.value)
    assert text.startswith(
        f"calico-labs:nodeNames is '' but the cluster at http://127.0.0.1:{port} does not tell"
    )
    assert text.endswith(
        "; set calico-labs:nodeNames to the names that `kubectl get nodes` prints or mend the connection (a report is "
        "asked of each node by name)"
    )


def test_a_login_by_a_program_is_not_run_here() -> None:
    with pytest.raises(NodesUnknownError) as refused:
        linux_nodes(kubeconfig(1, exec={"command": "login"}))
    assert str(refused.value) == (
        "calico-labs:nodeNames is '' but the cluster at http://127.0.0.1:1 is logged into by a program; set "
        "calico-labs:nodeNames to the names that `kubectl get nodes` prints (the program is run by the provider only)"
    )


class TestAnybodysServer:
    """What answers may be anybody's server, and may answer anything."""

    def refusal(self, config: str) -> str:
        with pytest.raises(NodesUnknownError) as refused:
            linux_nodes(config)
        return str(refused.value)

    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"<html>", id="a page"),
            pytest.param(b"[]", id="a list"),
            pytest.param(b'{"items": {"metadata": 1}}', id="a mapping of items"),
            pytest.param(b'{"items": [1]}', id="a number for a node"),
            pytest.param(b'{"items": [{"metadata": {"name": 1}}]}', id="a number for a name"),
            pytest.param(
                b'{"items": [{"metadata": {"name": "$(touch ran)"}}]}', id="a name that no node has"
            ),
            pytest.param(b"[" * 200_000, id="nested without end"),
        ],
    )
    def test_an_answer_that_is_no_list_of_nodes_is_one_message(
        self, server: ThreadingHTTPServer, answer: bytes
    ) -> None:
        _Nodes.answer = answer
        message = self.refusal(kubeconfig(server.server_address[1]))
        assert "does not tell its nodes (" in message
        assert message.isprintable()

    def test_an_endless_answer_is_cut_off(
        self, server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("components.cluster_nodes._MOST_BYTES", 1000)
        _Nodes.answer = b"x" * 100_000
        assert "its answer is longer than 1000 bytes" in self.refusal(kubeconfig(server.server_address[1]))

    def test_a_redirection_does_not_get_the_token(self, server: ThreadingHTTPServer) -> None:
        _Nodes.elsewhere = f"http://127.0.0.1:{server.server_address[1]}/elsewhere"
        assert "(HTTP Error 302" in self.refusal(kubeconfig(server.server_address[1], token="t"))
        assert [path for path, _ in _Nodes.asked] == [
            "/api/v1/nodes?labelSelector=kubernetes.io%2Fos%3Dlinux"
        ]

    @pytest.mark.parametrize("token", ["secret\r\nX: y", "secret\u00e4"])
    def test_a_token_that_no_header_holds_is_not_shown(self, token: str) -> None:
        message = self.refusal(kubeconfig(1, token=token))
        assert "its token has characters that no header can hold" in message
        assert "secret" not in message

    def test_a_token_file_that_is_not_there_is_one_message(self) -> None:
        assert "(cannot be read: No such file or directory)" in self.refusal(
            kubeconfig(1, tokenFile="/nowhere")
        )


class TestTls:
    """The server gets a login only once it has shown whose it is."""

    def test_a_client_certificate_opens_the_server_and_its_key_does_not_stay_on_the_disk(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "temporary"
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        authority = Authority("lab")
        with serving(server_context(authority, tmp_path)) as secure:
            config = kubeconfig(secure.server_address[1], trusting(authority), **user_of(authority))
            assert linux_nodes(config) == ["a", "b"]
        assert list(folder.iterdir()) == []

    @NOT_THE_SERVER
    def test_a_server_that_cannot_show_whose_it_is_is_asked_nothing(
        self, tmp_path: Path, trusted: str, name: str
    ) -> None:
        authorities = {known: Authority(known) for known in ("lab", "other")}
        with serving(server_context(authorities["lab"], tmp_path, name)) as secure:
            config = kubeconfig(
                secure.server_address[1], trusting(authorities[trusted]), **user_of(authorities["lab"])
            )
            with pytest.raises(NodesUnknownError, match="certificate verify failed"):
                linux_nodes(config)
        assert _Nodes.asked == []
