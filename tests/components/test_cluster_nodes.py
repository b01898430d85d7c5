"""The nodes of an existing cluster: asked for with the context's own login, or named by the reader."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from components.cluster_nodes import NodesUnknownError, linux_nodes


class _Nodes(BaseHTTPRequestHandler):
    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization", "")))
        body = json.dumps({"items": [{"metadata": {"name": name}} for name in ("b", "a")]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    _Nodes.asked = []
    running = ThreadingHTTPServer(("127.0.0.1", 0), _Nodes)
    thread = threading.Thread(target=running.serve_forever, args=(0.02,))
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def kubeconfig(port: int, **user: object) -> str:
    return yaml.safe_dump(
        {
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}/"}}],
            "users": [{"name": "u", "user": user}],
        }
    )


def test_linux_nodes_are_asked_for_with_the_contexts_token(server: ThreadingHTTPServer) -> None:
    assert linux_nodes(kubeconfig(server.server_address[1], token="t")) == ["a", "b"]
    assert _Nodes.asked == [("/api/v1/nodes?labelSelector=kubernetes.io%2Fos%3Dlinux", "Bearer t")]


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
