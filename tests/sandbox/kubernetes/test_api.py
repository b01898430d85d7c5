"""The REST client against a small server on loopback: headers, errors, TLS, and what it leaves on the disk."""

from __future__ import annotations

import json
import ssl
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from sandbox import pki
from sandbox.plugins.kubernetes.api import APPLY_PATCH, JSON_PATCH, Api
from sandbox.plugins.kubernetes.errors import ApiError, UnreachableError
from sandbox.plugins.kubernetes.kubeconfig import parse
from sandbox.retry_after import ATTEMPTS
from tests.sandbox.kubernetes.conftest import KUBECONFIG
from tests.tls import server_context, trusting, user_of


class _Server(ThreadingHTTPServer):
    requests: list[dict[str, Any]]
    answer: tuple[int, bytes]
    not_ready: int
    """How often to refuse first, as an API server does whose kinds are changing."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append(
            {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body.decode()}
        )
        code, answer = self.server.answer
        if self.server.not_ready:
            self.server.not_ready -= 1
            code, answer = 429, b'{"message": "storage is (re)initializing", "reason": "TooManyRequests"}'
        self.send_response(code)
        if code == 429:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815 - the base class's own names

    def log_message(self, format: str, *args: Any) -> None:
        return None


def _serve(context: ssl.SSLContext | None = None) -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.requests, server.answer, server.not_ready = [], (200, b"{}"), 0
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def server() -> Iterator[_Server]:
    yield from _serve()


def _kubeconfig(url: str, user: dict[str, Any], **cluster: Any) -> Any:
    return parse(
        {
            **KUBECONFIG,
            "clusters": [{"name": "lab", "cluster": {"server": url, **cluster}}],
            "users": [{"name": "admin", "user": user}],
        }
    )


def _api(server: _Server, user: dict[str, Any] | None = None) -> Api:
    return Api(_kubeconfig(f"http://127.0.0.1:{server.server_port}", user or {"token": "secret-token"}))


def test_a_request_carries_query_body_type_and_token(server: _Server) -> None:
    server.answer = (201, b'{"kind": "Pod"}')
    answer = _api(server).request(
        "PATCH",
        "/api/v1/pods/a",
        body={"a": 1},
        query={"force": "true", "by": "x y"},
        content_type=APPLY_PATCH,
    )
    assert answer == {"kind": "Pod"}
    request = server.requests[0]
    assert (request["method"], request["path"]) == ("PATCH", "/api/v1/pods/a?force=true&by=x%20y")
    assert request["headers"]["Content-Type"] == APPLY_PATCH
    assert request["headers"]["Accept"] == "application/json"
    assert request["headers"]["authorization"] == "Bearer secret-token"
    assert json.loads(request["body"]) == {"a": 1}


def test_a_json_patch_is_a_list(server: _Server) -> None:
    _api(server).request("PATCH", "/a", body=[{"op": "replace"}], content_type=JSON_PATCH)
    assert server.requests[0]["headers"]["Content-Type"] == JSON_PATCH
    assert json.loads(server.requests[0]["body"]) == [{"op": "replace"}]


def test_a_refusal_is_the_server_s_status(server: _Server) -> None:
    server.answer = (422, b'{"message": "spec: Required value", "reason": "Invalid"}')
    with pytest.raises(ApiError) as refused:
        _api(server).get("/a")
    assert (str(refused.value), refused.value.code, refused.value.reason) == (
        "spec: Required value",
        422,
        "Invalid",
    )


def test_an_answer_that_is_no_json_is_shown_as_text(server: _Server) -> None:
    server.answer = (503, b"apiserver not ready\n")
    with pytest.raises(ApiError, match="apiserver not ready"):
        _api(server).get("/a")


def test_a_server_that_is_not_there_is_unreachable_with_the_reason() -> None:
    with pytest.raises(UnreachableError) as failed:
        Api(parse(KUBECONFIG)).get("/version")
    assert str(failed.value).startswith("no answer from https://127.0.0.1:1: ")
    assert "Connection refused" in str(failed.value)


def test_a_kubeconfig_without_its_context_says_so() -> None:
    with pytest.raises(UnreachableError) as failed:
        Api(parse({**KUBECONFIG, "current-context": "none"})).get("/version")
    assert str(failed.value).startswith(
        "unable to load Kubernetes client configuration from kubeconfig file. Make sure you have: "
    )


class TestTls:
    """Client certificates, and no trace of them."""

    @pytest.fixture
    def authority(self) -> pki.Authority:
        return pki.Authority("lab")

    @pytest.fixture
    def secure(self, authority: pki.Authority, tmp_path: Path) -> Iterator[_Server]:
        yield from _serve(server_context(authority, tmp_path))

    def _config(self, secure: _Server, authority: pki.Authority, issuer: pki.Authority) -> Any:
        url = f"https://127.0.0.1:{secure.server_port}"
        return _kubeconfig(url, user_of(issuer), **trusting(authority))

    def test_a_client_certificate_opens_the_server_and_its_key_does_not_stay_on_the_disk(
        self, secure: _Server, authority: pki.Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "temporary"
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        api = Api(self._config(secure, authority, authority))
        assert api.get("/version") == {}
        assert list(folder.iterdir()) == []
        assert api.get("/version") == {}

    def test_a_server_of_another_authority_is_not_trusted(
        self, secure: _Server, authority: pki.Authority
    ) -> None:
        with pytest.raises(UnreachableError) as failed:
            Api(self._config(secure, pki.Authority("other"), authority)).get("/version")
        assert "certificate verify failed" in str(failed.value)
        assert secure.requests == []


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_a_server_whose_kinds_are_changing_is_asked_again(server: _Server, method: str) -> None:
    server.answer, server.not_ready = (200, b'{"kind": "IPPool"}'), 2
    assert _api(server).request(method, "/apis/projectcalico.org/v3/ippools", body={}) == {"kind": "IPPool"}
    assert [request["method"] for request in server.requests] == [method] * 3


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_server_that_stays_so_is_a_refusal_in_its_own_words(server: _Server, method: str) -> None:
    server.not_ready = 100
    with pytest.raises(ApiError, match=r"storage is \(re\)initializing"):
        _api(server).request(method, "/apis/projectcalico.org/v3/ippools")
    assert len(server.requests) == ATTEMPTS
