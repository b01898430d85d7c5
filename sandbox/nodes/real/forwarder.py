"""A way from the host's loopback to a port inside a network namespace, so that Pulumi and kubectl reach the API server.

One thread enters the namespace; its listener was made before, on the host's side. Bytes pass unread in both
directions: TLS stays between the client and the API server.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import socket
import threading
from pathlib import Path

from sandbox.errors import ProcessError

_CLONE_NEWNET = 0x40000000
_CHUNK = 1 << 16
_SECONDS = 10.0


def enter_network(namespace: Path) -> None:
    """Move the calling thread, and no other, into a network namespace.

    Raises:
        ProcessError: the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(descriptor, _CLONE_NEWNET) != 0:
            raise ProcessError(f"cannot enter {namespace}: {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(descriptor)


class Forwarder:
    """Passes connections to 127.0.0.1:port on the host on to the same port inside the namespace."""

    def __init__(self, port: int, namespace: Path) -> None:
        self._port = port
        self._namespace = namespace
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._listener: socket.socket | None = None
        self._error: BaseException | None = None

    def start(self) -> None:
        """Listen; connections are refused by the far end until something serves there.

        Raises:
            ProcessError: the port is taken, or the namespace cannot be entered.
        """
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._port))
        except OSError as error:
            listener.close()
            raise ProcessError(
                f"port {self._port} of the cluster's kubeconfig is taken: {error.strerror}"
            ) from error
        listener.listen(64)
        self._listener = listener
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="forwarder", daemon=True)
        self._thread.start()
        ready.wait(_SECONDS)
        if self._error is not None:
            self.stop()
            raise ProcessError(str(self._error)) from self._error

    def stop(self) -> None:
        """End every connection and stop listening."""
        if self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_SECONDS)
        self._thread = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            enter_network(self._namespace)
            server = self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._listener))
        except BaseException as error:
            self._error = error
            ready.set()
            return
        ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(_end_all())
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        except asyncio.CancelledError:
            pass  # the end of the forwarder; asyncio's streams would print it as an error
        finally:
            for end in (writer, far_writer):
                with contextlib.suppress(OSError, RuntimeError):
                    end.close()


async def _end_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while data := await source.read(_CHUNK):
            target.write(data)
            await target.drain()
    with contextlib.suppress(OSError, RuntimeError):
        if target.can_write_eof():
            target.write_eof()
