"""A command in a pod, over the websocket that `kubectl exec` uses, and the API server's own word about its end.

The Kubernetes client has a stream of its own, but that one sets no time limit to the connection, does not tell the
server's last word, and fails if the server has hung up before it could say goodbye: then a command that ran looks like
one that was refused, and one that was refused like one that ran and said nothing (client 37.0.2, 2026-11-27).
"""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

_PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
"""v5 is asked for by newer clients, and all that answers before v1.30 is v4; both end with a Status on channel 3."""
_OUTPUT, _ERRORS, _STATUS = 1, 2, 3
_REQUEST = re.compile(r'\b(?:Get|Post) "[^"]*": ')
"""How Go begins an error of HTTP; the address holds the whole command, which buries the reason."""
_SLICE = 0.5
"""Seconds after which a silent connection looks whether it is still wanted."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, as far as the API server told."""

    text: str
    """What it wrote, both streams in the order in which they came."""

    status: Mapping[str, Any] | None
    """Kubernetes' Status; None if the connection ended without one, so that the text may be cut off."""

    @property
    def refused(self) -> str:
        """Why the command did not run to its end; empty if it did, whatever its exit status, or if nobody said."""
        if self.status is None or self.status.get("status") == "Success":
            return ""
        if self.status.get("reason") == "NonZeroExitCode":
            return ""
        said = str(self.status.get("message") or self.status.get("reason") or "the server did not say why")
        return _REQUEST.sub("", said)


def query(container: str, command: Sequence[str]) -> str:
    """Return the query of a request for a command without input."""
    return urlencode(
        [
            ("container", container),
            ("stdout", "true"),
            ("stderr", "true"),
            *(("command", word) for word in command),
        ]
    )


def execute(
    configuration: Any,
    url: str,
    headers: Mapping[str, str],
    seconds: float,
    stop: Callable[[], bool] = lambda: False,
) -> Ended:
    """Run the command that a URL of the API server names, with the Kubernetes client's own settings.

    Raises:
        TimeoutError: it has not ended in time, or nobody waits for it any more.
        WebSocketException, OSError: there is no connection; a refusal has `status_code` and `resp_body`.
    """
    import websocket

    deadline = time.monotonic() + seconds
    connection = websocket.create_connection(
        url.replace("http", "ws", 1),
        timeout=seconds,
        sslopt=_tls(configuration),
        header=[f"{key}: {value}" for key, value in headers.items()],
        subprotocols=list(_PROTOCOLS),
        **_proxy(configuration, url),
    )
    text, status = bytearray(), bytearray()
    try:
        while True:
            if stop():
                raise TimeoutError("the run was interrupted")
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"it has not ended in {seconds:.0f} s")
            connection.settimeout(min(left, _SLICE))
            try:
                opcode, frame = connection.recv_data_frame(True)
            except websocket.WebSocketTimeoutException:
                continue
            except (websocket.WebSocketException, OSError):
                break  # the other side is gone; whether it had said everything, the status tells
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                break
            data = bytes(frame.data)
            if opcode in (websocket.ABNF.OPCODE_BINARY, websocket.ABNF.OPCODE_TEXT) and data:
                if data[0] in (_OUTPUT, _ERRORS):
                    text += data[1:]
                elif data[0] == _STATUS:
                    status += data[1:]
    finally:
        connection.shutdown()
    return Ended(text.decode(errors="replace"), _read(bytes(status)))


def _read(status: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(status)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _tls(configuration: Any) -> dict[str, Any]:
    """Return the client's settings of TLS in the websocket's words."""
    options: dict[str, Any] = {
        "cert_reqs": ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE,
        "check_hostname": configuration.verify_ssl and configuration.assert_hostname is not False,
    }
    for option, value in (
        ("ca_certs", configuration.ssl_ca_cert),
        ("certfile", configuration.cert_file),
        ("keyfile", configuration.key_file),
        ("server_hostname", configuration.tls_server_name),
    ):
        if value:
            options[option] = value
    return options


def _proxy(configuration: Any, url: str) -> dict[str, Any]:
    if not configuration.proxy and not configuration.proxy_headers:
        return {}
    from kubernetes.stream.ws_client import websocket_proxycare

    return dict(websocket_proxycare({}, configuration, url, None))
