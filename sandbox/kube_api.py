"""A few REST calls to a sandbox cluster's API server, for the daemon and the tests.

Does not discover, cache or watch: the daemon knows the paths of the handful of kinds it reads, and asks again each
round. The stand-in for Pulumi's provider has its own, full client.
"""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
import yaml

from sandbox.errors import SandboxError
from sandbox.retry_after import when_asked

Body = dict[str, Any]


class ApiError(SandboxError):
    """The API server refused; `status` is the HTTP status, `reason` its own word for it."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class KubeApi:
    """A connection to one API server."""

    def __init__(self, kubeconfig: str) -> None:
        config = yaml.safe_load(kubeconfig)
        cluster = config["clusters"][0]["cluster"]
        user = config["users"][0]["user"]
        self.server: str = cluster["server"]
        self._pool = urllib3.PoolManager(
            ssl_context=_context(cluster["certificate-authority-data"], user),
            maxsize=8,  # the CRDs are applied four at a time
            retries=False,
            timeout=urllib3.Timeout(connect=2.0, read=30.0),
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> Body:
        """Do one request, again if the server asks for that, and return the answer.

        Raises:
            ApiError: the server answered with an error.
            SandboxError: there was no answer.
        """
        url = f"{self.server}{path}" + (f"?{urlencode(query)}" if query else "")

        def ask() -> urllib3.BaseHTTPResponse:
            return self._pool.request(
                method,
                url,
                body=None if body is None else json.dumps(body),
                headers={"Content-Type": content_type, "Accept": "application/json"},
            )

        try:
            answer = when_asked(ask)
        except urllib3.exceptions.HTTPError as error:
            raise SandboxError(f"no answer from the API server at {self.server}: {error}") from error
        try:
            data = json.loads(answer.data) if answer.data else {}
        except ValueError:
            data = {"message": answer.data.decode(errors="replace").strip()}
        if answer.status >= 400:
            raise ApiError(
                answer.status, str(data.get("reason", "")), str(data.get("message", answer.status))
            )
        return dict(data)

    def get(self, path: str) -> Body | None:
        """Return the object, or None if it (or its kind) is not there."""
        try:
            return self.call("GET", path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list(self, path: str, query: Mapping[str, str] | None = None) -> list[Body]:
        """Return the items of a list; none if the kind is not served."""
        try:
            return list(self.call("GET", path, query=query).get("items") or [])
        except ApiError as error:
            if error.status == 404:
                return []
            raise

    def create(self, path: str, body: Body) -> Body | None:
        """Create the object; None if it exists already."""
        try:
            return self.call("POST", path, body)
        except ApiError as error:
            if error.reason == "AlreadyExists":
                return None
            raise

    def merge(self, path: str, body: Body) -> Body:
        return self.call("PATCH", path, body, "application/merge-patch+json")

    def apply(self, path: str, body: Body, manager: str) -> Body:
        """Apply server-side, forced: the caller owns these fields."""
        return self.call(
            "PATCH", path, body, "application/apply-patch+yaml", {"fieldManager": manager, "force": "true"}
        )

    def delete(self, path: str, options: Body | None = None) -> None:
        """Delete the object; harmless if it is gone. `options` are the API's DeleteOptions."""
        try:
            self.call("DELETE", path, options)
        except ApiError as error:
            if error.status != 404:
                raise


def _context(authority: str, user: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=base64.b64decode(authority).decode())
    # Python loads a client certificate from files only; these live for the length of the call.
    with tempfile.TemporaryDirectory(prefix="calico-labs-") as folder:
        files = {name: Path(folder) / name for name in ("client-certificate-data", "client-key-data")}
        for name, path in files.items():
            path.touch(mode=0o600)
            path.write_bytes(base64.b64decode(user[name]))
        context.load_cert_chain(files["client-certificate-data"], files["client-key-data"])
    return context
