"""A command in a pod: what the server's last word was decides, not how the connection happened to end.

A server of ours on the loopback speaks the few words of a websocket that an API server does, and hangs up as it likes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.api import Api
from checks.errors import ApiError
from sandbox.pki import Authority
from tests.tls import NOT_THE_SERVER, server_context, trusting, user_of

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
Act = Callable[[socket.socket], None]
PLACE = "no command can be run in pod x/p"


def frame(payload: bytes, opcode: int = 2) -> bytes:
    length = len(payload)
    head = struct.pack("!BB", 0x80 | opcode, length) if length < 126 else b""
    return (head or struct.pack("!BBH", 0x80 | opcode, 126, length)) + payload


CLOSE = frame(b"\x03\xe8", 8)


def status(**fields: object) -> bytes:
    return frame(b"\x03" + json.dumps(fields).encode())


SUCCESS = status(status="Success")
EXIT_1 = status(status="Failure", reason="NonZeroExitCode", message="exit code 1", code=500)
NO_KUBELET = status(
    status="Failure", reason="InternalError", code=500, message="error dialing backend: no route"
)


def hang_up(connection: socket.socket) -> None:
    """Close at once: whoever still writes gets a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def sends(*frames: bytes, then: Act = hang_up, pause: float = 0.0) -> Act:
    def act(connection: socket.socket) -> None:
        for item in frames:
            connection.sendall(item)
            time.sleep(pause)
        then(connection)

    return act


def upgraded(act: Act) -> Act:
    """Answer the handshake, then do something."""

    def answer(connection: socket.socket) -> None:
        lines = _request(connection)
        key = next(line.split(b": ")[1] for line in lines if line.lower().startswith(b"sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Protocol: v5.channel.k8s.io\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        act(connection)

    return answer


def _request(connection: socket.socket) -> list[bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(4096)
    return data.split(b"\r\n")


def forbids(connection: socket.socket) -> None:
    _request(connection)
    body = json.dumps({"message": 'pods "p" is forbidden: User "x" cannot get resource "pods/exec"'}).encode()
    head = f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    connection.sendall(head + body)
    connection.close()


def secured(context: ssl.SSLContext, act: Act) -> Act:
    """Do something with a client that likes the server's certificate."""

    def answer(connection: socket.socket) -> None:
        try:
            inside = context.wrap_socket(connection, server_side=True)
        except OSError:
            return
        with inside:
            act(inside)

    return answer


@contextmanager
def server(
    act: Act, user: dict[str, str] | None = None, cluster: dict[str, str] | None = None
) -> Iterator[Api]:
    """Serve one connection, by TLS if the cluster names its authority."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                act(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        address = f"{'https' if cluster else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        config = {
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": address, **(cluster or {})}}],
            "users": [{"name": "u", "user": user or {"token": "t"}}],
        }
        yield Api(config, "c")
        thread.join(30)
        assert not thread.is_alive()


def ask(act: Act, seconds: float = 20, stop: Callable[[], bool] = lambda: False) -> str:
    with server(act) as api:
        return api.execute("x", "p", "probe", ["sh", "-c", "true"], seconds, stop)


def out(text: str) -> bytes:
    return frame(b"\x01" + text.encode())


def err(text: str) -> bytes:
    return frame(b"\x02" + text.encode())


def test_both_streams_come_back_in_the_order_in_which_they_came() -> None:
    assert (
        ask(upgraded(sends(out("a\n"), err("b\n"), out("c" * 300), SUCCESS, CLOSE))) == "a\nb\n" + "c" * 300
    )


@pytest.mark.parametrize("turn", range(20))
def test_a_server_that_hangs_up_before_the_goodbye_is_heard_changes_nothing(turn: int) -> None:
    """The client's goodbye then meets a closed connection; what the server had said is there all the same."""
    pause = 0.0 if turn % 2 else 0.005
    assert ask(upgraded(sends(out("complete 0\n"), SUCCESS, CLOSE, pause=pause))) == "complete 0\n"
    with pytest.raises(ApiError, match=f"{PLACE}: error dialing backend: no route"):
        ask(upgraded(sends(NO_KUBELET, CLOSE, pause=pause)))


def test_a_refusal_is_told_without_the_address_that_holds_the_whole_command() -> None:
    message = (
        'error sending request: Post "https://node:10250/exec/x/p/probe?command=sh": dial tcp: no such host'
    )
    refusal = status(status="Failure", reason="InternalError", code=500, message=message)
    with pytest.raises(ApiError) as raised:
        ask(upgraded(sends(refusal, CLOSE)))
    assert str(raised.value) == f"{PLACE}: error sending request: dial tcp: no such host"


def test_an_exit_status_is_no_refusal() -> None:
    assert ask(upgraded(sends(out("probe 0 1 TIMEOUT\n"), EXIT_1, CLOSE))) == "probe 0 1 TIMEOUT\n"


def test_output_without_a_last_word_is_given_to_whoever_reads_it() -> None:
    assert ask(upgraded(sends(out("probe 0 0\n"), then=lambda c: c.close()))) == "probe 0 0\n"


@pytest.mark.parametrize("frames", [(), (CLOSE,), (frame(b""), CLOSE)], ids=["gone", "closed", "empty"])
def test_a_connection_that_ends_without_a_word_has_run_no_command(frames: tuple[bytes, ...]) -> None:
    with pytest.raises(ApiError, match=f"{PLACE}: the connection was closed without a word"):
        ask(upgraded(sends(*frames, then=lambda c: c.close())))


def test_a_right_that_is_missing_is_told_in_the_servers_words() -> None:
    with pytest.raises(ApiError, match=f'{PLACE}: pods "p" is forbidden') as raised:
        ask(forbids)
    assert raised.value.status == 403
    assert not raised.value.passing


def until_closed(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def test_a_command_that_does_not_end_is_given_up() -> None:
    with pytest.raises(ApiError, match="the command in pod x/p was given up: it has not ended in 1 s"):
        ask(upgraded(sends(out("probe 0 0\n"), then=until_closed)), seconds=1)


def test_nobody_waits_for_a_command_after_an_interrupt() -> None:
    began = time.monotonic()
    with pytest.raises(ApiError, match="was given up: the run was interrupted"):
        ask(upgraded(sends(then=until_closed)), seconds=300, stop=lambda: time.monotonic() - began > 0.2)
    assert time.monotonic() - began < 60


def test_a_server_that_does_not_answer_the_handshake_is_given_up_too() -> None:
    with pytest.raises(ApiError, match=PLACE):
        ask(until_closed, seconds=1)


def test_nobody_listening_is_no_command_either() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    config = {
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": {}}],
    }
    with pytest.raises(ApiError, match=PLACE) as raised:
        Api(config, "c").execute("x", "p", "probe", ["true"], 5)
    assert raised.value.passing


class TestTls:
    """What a command is, and who asks for it, is for the cluster's own server only."""

    def test_a_server_of_the_clusters_authority_is_taken(self, tmp_path: Path) -> None:
        authority = Authority("lab")
        act = upgraded(sends(out("a\n"), SUCCESS, CLOSE, then=lambda c: c.close()))
        secure = secured(server_context(authority, tmp_path), act)
        with server(secure, user_of(authority), trusting(authority)) as api:
            assert api.execute("x", "p", "probe", ["true"], 20) == "a\n"

    @NOT_THE_SERVER
    def test_a_server_that_cannot_show_whose_it_is_is_asked_nothing(
        self, tmp_path: Path, trusted: str, name: str
    ) -> None:
        authorities = {known: Authority(known) for known in ("lab", "other")}
        asked: list[socket.socket] = []
        secure = secured(server_context(authorities["lab"], tmp_path, name), asked.append)
        with (
            server(secure, user_of(authorities["lab"]), trusting(authorities[trusted])) as api,
            pytest.raises(ApiError, match=f"{PLACE}: .*certificate verify failed"),
        ):
            api.execute("x", "p", "probe", ["true"], 20)
        assert asked == []
