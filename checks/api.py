"""The few requests that checks make, over the official client's own reading of kubeconfigs.

The client decides how to log in (certificates, tokens, programs); requests go through its connection pool as plain
REST, because checks read a handful of paths and want the objects as the server has them. The client is imported on
first use: it costs more than half a second.
"""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from checks import execution
from checks.errors import ApiError, EnvironmentUnusableError
from labs.errors import shown

Body = dict[str, Any]
CONNECTIONS = 24
"""As many as there are threads that may ask at once."""
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 30.0


def _why(error: Exception) -> str:
    """Return what the connection's error says, without the objects that urllib3 puts before it."""
    return re.sub(r"^\S*Connection(Pool)?\([^()]*\): ", "", str(error.args[-1] if error.args else error))


def _refuse_missing_program(kubeconfig: Mapping[str, Any], context: str) -> None:
    """Refuse a login by a program that is not there; the client would only log it, and go on without a login."""
    user = next(
        (item["context"].get("user") for item in kubeconfig["contexts"] if item.get("name") == context), None
    )
    login = next((item["user"] for item in kubeconfig.get("users") or [] if item.get("name") == user), None)
    command = ((login or {}).get("exec") or {}).get("command")
    if command and shutil.which(str(command)) is None:
        raise EnvironmentUnusableError(
            f"the kubeconfig's user logs in by running '{shown(command)}', which cannot be found; install it, or name "
            "another kubeconfig"
        )


class Api:
    """A connection to one API server. Safe to use from several threads."""

    def __init__(self, kubeconfig: Mapping[str, Any], context: str) -> None:
        """Read the kubeconfig; nothing is asked yet.

        Raises:
            EnvironmentUnusableError: the client cannot log in with it.
        """
        import urllib3
        from kubernetes import client, config

        _refuse_missing_program(kubeconfig, context)
        configuration = client.Configuration()
        configuration.connection_pool_maxsize = CONNECTIONS
        try:
            config.load_kube_config_from_dict(
                dict(kubeconfig), context=context, client_configuration=configuration, persist_config=False
            )
        except (config.ConfigException, KeyError, TypeError, ValueError) as error:
            raise EnvironmentUnusableError(f"the kubeconfig cannot be used: {error}") from error
        self.server = str(configuration.host)
        self._configuration = configuration
        self._client = client.ApiClient(configuration)
        self._timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connections."""
        self._client.rest_client.pool_manager.clear()

    def _headers(self) -> dict[str, str]:
        with self._lock:  # a hook may renew the token
            settings = self._configuration.auth_settings()
        return {item["key"]: item["value"] for item in settings.values() if item.get("in") == "header"}

    def call(
        self, method: str, path: str, body: Body | None = None, query: Mapping[str, str] | None = None
    ) -> bytes:
        """Do one request and return the answer as it came.

        Raises:
            ApiError: the server refused, or there was no answer.
        """
        import urllib3

        try:
            answer = self._client.rest_client.pool_manager.request(
                method,
                f"{self.server}{path}" + (f"?{urlencode(query)}" if query else ""),
                body=None if body is None else json.dumps(body),
                headers={"Accept": "application/json", "Content-Type": "application/json", **self._headers()},
                timeout=self._timeout,
                retries=False,
            )
        except urllib3.exceptions.HTTPError as error:
            where = f"no answer from the API server at {self.server} to {method} {path}"
            raise ApiError(0, f"{where}: {_why(error)}") from error
        if answer.status >= 400:
            raise ApiError(answer.status, f"{method} {path}: {_message(answer.data, answer.status)}")
        return bytes(answer.data)

    def greet(self) -> None:
        """Find out whether the server can be asked at all.

        Raises:
            EnvironmentUnusableError: it cannot; the message says why and what to look at.
        """
        try:
            version = json.loads(self.call("GET", "/version"))
        except ApiError as error:
            where = "" if error.status == 0 else f"the API server at {self.server} refuses "
            raise EnvironmentUnusableError(
                f"{where}{error}; look at the kubeconfig's server and credentials, or name another kubeconfig"
            ) from error
        except ValueError:
            version = None
        if not isinstance(version, dict) or "gitVersion" not in version:
            raise EnvironmentUnusableError(
                f"{self.server} answers GET /version, but not as an API server; look at the kubeconfig's server, "
                "which may lead to a proxy or its login page"
            )

    def get(self, path: str) -> Body | None:
        """Return the object, or None if there is none of that name, or no such kind."""
        try:
            return dict(json.loads(self.call("GET", path)))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list(self, path: str, **query: str) -> list[Body]:
        """Return the items of a list; none if the kind is not served."""
        try:
            return list(json.loads(self.call("GET", path, query=query)).get("items") or [])
        except ApiError as error:
            if error.status == 404:
                return []
            raise

    def create(self, path: str, body: Body) -> Body:
        """Create an object and return it."""
        return dict(json.loads(self.call("POST", path, body)))

    def delete(self, path: str) -> None:
        """Delete an object at once, its dependants in the background; harmless if it is gone."""
        try:
            self.call("DELETE", path, {"propagationPolicy": "Background", "gracePeriodSeconds": 0})
        except ApiError as error:
            if error.status != 404:
                raise

    def logs(self, namespace: str, pod: str, container: str, lines: int) -> str:
        """Return the last lines that a container wrote."""
        query = {"container": container, "tailLines": str(lines)}
        return self.call("GET", f"/api/v1/namespaces/{namespace}/pods/{pod}/log", query=query).decode(
            errors="replace"
        )

    def execute(
        self,
        namespace: str,
        pod: str,
        container: str,
        command: Sequence[str],
        seconds: float,
        stop: Callable[[], bool] = lambda: False,
    ) -> str:
        """Run a command in a container and return everything it wrote.

        Raises:
            ApiError: the command could not be started, has not ended in time, or `stop` says that nobody waits. What
                it answered is not judged here, and neither is its exit status: both can be lost on the way (cilium-cli
                calls such an answer inconclusive), so whoever runs a command makes it say when it is done.
        """
        from websocket import WebSocketBadStatusException, WebSocketException

        place = f"no command can be run in pod {namespace}/{pod}"
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/exec"
        url = f"{self.server}{path}?{execution.query(container, command)}"
        try:
            ended = execution.execute(self._configuration, url, self._headers(), seconds, stop)
        except WebSocketBadStatusException as error:
            said = _message(bytes(error.resp_body or b""), error.status_code)
            raise ApiError(error.status_code, f"{place}: {said}") from error
        except TimeoutError as error:
            raise ApiError(0, f"the command in pod {namespace}/{pod} was given up: {error}") from error
        except (WebSocketException, OSError, ValueError) as error:
            raise ApiError(0, f"{place}: {_first_line(error)}") from error
        if ended.refused:
            raise ApiError(int((ended.status or {}).get("code") or 500), f"{place}: {ended.refused}")
        if ended.status is None and not ended.text:
            raise ApiError(0, f"{place}: the connection was closed without a word")
        return ended.text


def _message(data: bytes, status: int) -> str:
    try:
        return str(json.loads(data).get("message") or status)
    except (ValueError, AttributeError):
        return data.decode(errors="replace").strip()[:200] or str(status)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__
