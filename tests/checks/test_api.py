"""Why an API server cannot be asked, over real sockets."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from checks.api import Api
from checks.errors import ApiError


def asked(server: str) -> str:
    config: dict[str, Any] = {
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab"}}],
        "clusters": [{"name": "lab", "cluster": {"server": server}}],
        "users": [{"name": "lab", "user": {"token": "t"}}],
    }
    with pytest.raises(ApiError) as refused:
        Api(config, "lab").call("GET", "/version")
    where = f"no answer from the API server at {server} to GET /version: "
    assert str(refused.value).startswith(where)
    return str(refused.value).removeprefix(where)


def test_nobody_listens_there() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        why = asked(f"https://127.0.0.1:{closed.getsockname()[1]}")
    assert why == "Failed to establish a new connection: [Errno 111] Connection refused"


def test_it_speaks_no_tls() -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as plain:
        threading.Thread(target=plain.handle_request, daemon=True).start()
        assert "SSL" in asked(f"https://127.0.0.1:{plain.server_port}")
