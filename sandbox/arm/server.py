"""The HTTP side: authentication, routing, JSON. One request after the other goes through `ArmServer.answer`.

Owns the protocol. Does not know what any resource type means. `answer` is the place for trouble: `faults.py` stands
there in front of every authenticated request, so it can throttle, fail, delay or lose it without touching anything
else.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.arm.agent_pools import AgentPools
from sandbox.arm.catalog import REGIONS
from sandbox.arm.errors import ArmError, bad_request, not_found
from sandbox.arm.faults import Faults, LostAnswerError
from sandbox.arm.ids import parse
from sandbox.arm.managed_clusters import ManagedClusters
from sandbox.arm.operations import Operations, Pace
from sandbox.arm.plain_clusters import PlainClusters
from sandbox.arm.provider import Azure, ClusterHost, Request, ResourceType, Response
from sandbox.arm.resource_groups import ResourceGroups
from sandbox.arm.role_assignments import RoleAssignments
from sandbox.arm.store import Store
from sandbox.arm.virtual_networks import Subnets, VirtualNetworks
from sandbox.errors import SandboxError

_AT_ONCE = 4
"""Clusters that come back at the same time. Each is 8 to 10 s of work: with many at once no API server might be ready
within the 90 s that it is given."""
_log = logging.getLogger(__name__)


class ArmServer:
    """Azure Resource Manager on a free port of the loopback interface.

    `delay` is the seconds that creating a cluster takes longer than it must, the other operations in
    proportion.
    """

    def __init__(self, store_path: Path, clusters: ClusterHost, delay: float = 0.0) -> None:
        self._pace = Pace(delay)
        self._azure = Azure(Store(store_path), clusters, Operations(), self._pace)
        self._managed_clusters = ManagedClusters(self._azure)
        self._plain_clusters = PlainClusters(self._azure)
        self._groups = ResourceGroups(self._azure, self._managed_clusters.delete_cluster)
        types: list[ResourceType] = [
            self._plain_clusters,
            self._groups,
            self._managed_clusters,
            AgentPools(self._azure),
            VirtualNetworks(self._azure),
            Subnets(self._azure),
            RoleAssignments(self._azure),
        ]
        self._faults = Faults(self._azure.store, self._pace.wait)
        types.append(self._faults)
        self._types = {item.type.lower(): item for item in types}
        self._http: ThreadingHTTPServer | None = None
        self.token = secrets.token_urlsafe(32)

    @property
    def url(self) -> str:
        """Where it serves, without a slash at the end.

        Raises:
            SandboxError: it does not serve.
        """
        if self._http is None:
            raise SandboxError("the Azure stand-in is not running; call start() first")
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> None:
        """Bring the stored clusters back, several at once, then serve."""
        self._groups.resume()  # first, so that no cluster is started only to be deleted
        stored = [
            partial(kind.resume, parse(item["id"]))
            for kind in (self._managed_clusters, self._plain_clusters)
            for item in self._azure.store.of_type(kind.type)
        ]
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            list(pool.map(lambda resume: resume(), stored))
        self._pace.start()
        self._http = _Server(("127.0.0.1", 0), self)
        # The interval is how long `stop` may take to be noticed.
        threading.Thread(target=self._http.serve_forever, args=(0.02,), name="arm", daemon=True).start()

    def stop(self) -> None:
        """End serving. The clusters are left as they are: whoever gave them decides."""
        self._pace.stop()
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    def answer(self, request: Request) -> Response:
        """Answer one authenticated request.

        Raises:
            ArmError: the request is refused, or failed.
            LostAnswerError: it was carried out, and must not be answered.
        """
        return self._faults.around(request, self._carry_out)

    def _carry_out(self, request: Request) -> Response:
        kind = self._types.get(request.id.type.lower())
        if kind is None:
            message = (
                f"The resource type could not be found in the namespace '{request.id.namespace}' for api"
                f" version '{request.api_version}'."
            )
            raise not_found("InvalidResourceType", message)
        if request.api_version not in kind.api_versions:
            # https://github.com/Azure-Samples/aks-store-demo/issues/398 (2026-07)
            word = kind.type.partition("/")[2]
            message = (
                f"No registered resource provider found for location '{REGIONS[2]}' and API version"
                f" '{request.api_version}' for type '{word}'. The supported api-versions are"
                f" '{', '.join(kind.api_versions)}'. The supported locations are '{', '.join(REGIONS)}'."
            )
            raise bad_request("NoRegisteredProviderFound", message)
        operations = {"PUT": kind.put, "GET": kind.get, "DELETE": kind.delete, "POST": kind.post}
        if bool(request.id.action) != (request.method == "POST"):
            raise not_found("InvalidRequestUri", f"The request URI does not fit the method {request.method}.")
        return operations[request.method](request)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], arm: ArmServer) -> None:
        self.arm = arm
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        try:
            response = self.server.arm.answer(self._request())
        except ArmError as error:
            response = Response(error.status, error.body, error.headers)
        except LostAnswerError:
            self.close_connection = True
            return
        except Exception as error:
            # A SandboxError has words for the user; anything else is a mistake here, and must not look like an
            # Azure that hangs.
            if not isinstance(error, SandboxError):
                _log.exception("%s %s", self.command, urlsplit(self.path).path)
            body = {"error": {"code": "InternalServerError", "message": str(error) or type(error).__name__}}
            response = Response(HTTPStatus.INTERNAL_SERVER_ERROR, body)
        self._send(response)

    def _request(self) -> Request:
        """Read the request whole before judging it, so that the connection can be used again."""
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._authenticate()
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        api_version = query.pop("api-version", "")
        if not api_version:
            message = "The api-version query parameter (?api-version=) is required for all requests."
            raise bad_request("MissingApiVersionParameter", message)
        return Request(self.command, parse(unquote(url.path)), api_version, query, _json(content))

    def _authenticate(self) -> None:
        given = self.headers.get("Authorization") or ""
        if not secrets.compare_digest(given.encode(), f"Bearer {self.server.arm.token}".encode()):
            message = "Authentication failed. The 'Authorization' header is missing or has the wrong token."
            raise ArmError(HTTPStatus.UNAUTHORIZED, "AuthenticationFailed", message)

    def _send(self, response: Response) -> None:
        content = b"" if response.body is None else json.dumps(response.body).encode()
        try:
            self.send_response(response.status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            # The caller gave up waiting; its operation was carried out all the same, as in Azure.
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the default writes every request to standard error."""


def _json(content: bytes) -> dict[str, Any]:
    if not content:
        return {}
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise bad_request(
            "InvalidRequestContent", "The request content was invalid and could not be deserialized."
        )
    return body
