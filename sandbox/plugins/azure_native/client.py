"""Talks to the Azure stand-in: one request at a time, given up on Ctrl-C or when its time is over.

Owns the connection and the wording of Azure's errors as azure-native prints them (azure/client_azcore.go).
Connects on first use only, so that previews work without a running sandbox.
"""

from __future__ import annotations

import http.client
import json
import queue
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sandbox.home import Home
from sandbox.plugins.server import ProviderError

DEFAULT_TIMEOUT = 2 * 60 * 60.0
"""Seconds an operation may take when the user says nothing, as in the real provider."""


class AzureError(ProviderError):
    """Azure answered with an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        code_part = f' Code="{code}"' if code else ""
        super().__init__(f'Status={status}{code_part} Message="{message}"')
        self.status = status


class GivenUpError(ProviderError):
    """The request was sent, and not waited for to the end."""


@dataclass
class ArmClient:
    """One plugin's connection to Azure."""

    cancelled: threading.Event
    _endpoint: tuple[str, str] | None = field(default=None, init=False)

    def get(self, id: str, api_version: str) -> dict[str, Any]:
        return self.call("GET", id, api_version)

    def exists(self, id: str, api_version: str) -> bool:
        """Tell whether Azure has the resource.

        Raises:
            AzureError: Azure says neither yes nor no.
        """
        try:
            self.get(id, api_version)
        except AzureError as error:
            if error.status == http.client.NOT_FOUND:
                return False
            raise
        return True

    def call(
        self,
        method: str,
        id: str,
        api_version: str,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
        timeout: float = 0.0,
        even_if_cancelled: bool = False,
    ) -> dict[str, Any]:
        """Send one request and return the body of the answer.

        Raises:
            AzureError: Azure says no.
            GivenUpError: Ctrl-C, or `timeout` seconds are over.
            ProviderError: there is no Azure.
        """
        url, token = self._find()
        address = urlsplit(url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port)
        target = f"{quote(id, safe='/%')}?{urlencode({'api-version': api_version, **(query or {})})}"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body)
        answers: queue.Queue[tuple[int, bytes] | Exception] = queue.Queue(1)

        def exchange() -> None:
            try:
                connection.request(method, target, content, headers)
                response = connection.getresponse()
                answers.put((response.status, response.read()))
            except Exception as error:
                answers.put(error)
            finally:
                connection.close()

        threading.Thread(target=exchange, daemon=True).start()
        answer = self._wait(answers, timeout or DEFAULT_TIMEOUT, even_if_cancelled)
        if isinstance(answer, Exception):
            self._endpoint = None
            raise ProviderError(
                f"the Azure stand-in at {url} did not answer ({answer}); start it with 'labctl sandbox start'"
            ) from answer
        return _checked(*answer)

    def _wait(
        self, answers: queue.Queue[tuple[int, bytes] | Exception], timeout: float, even_if_cancelled: bool
    ) -> tuple[int, bytes] | Exception:
        deadline = time.monotonic() + timeout
        while True:
            try:
                return answers.get(timeout=0.1)
            except queue.Empty:
                if self.cancelled.is_set() and not even_if_cancelled:
                    raise GivenUpError("operation cancelled; Azure carries on with it") from None
                if time.monotonic() > deadline:
                    raise GivenUpError("operation timed out") from None

    def _find(self) -> tuple[str, str]:
        if self._endpoint is None:
            path = Home.default().arm_endpoint
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
                self._endpoint = (found["url"], found["token"])
            except (OSError, ValueError, KeyError) as error:
                raise ProviderError(
                    f"there is no Azure to talk to: {path} is not there or not readable; start the sandbox"
                    " with 'labctl sandbox start'"
                ) from error
        return self._endpoint


def _checked(status: int, content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content) if content else {}
    except ValueError:
        body = None
    if status >= http.client.BAD_REQUEST or not isinstance(body, dict):
        error = body.get("error", body) if isinstance(body, dict) else {}
        # AKS's own errors come without the `error` around; the real provider prints such a body as it is.
        enveloped = isinstance(body, dict) and "error" in body
        text = content.decode(errors="replace")
        raise AzureError(
            status, str(error.get("code", "")), error.get("message", text) if enveloped else text
        )
    return body
