"""Talks to the Azure stand-in: tried again as the real provider does, given up on Ctrl-C or when its time is over.

Owns the connection, what is sent again, and the wording of Azure's errors as azure-native prints them
(azure/client_azcore.go, and azcore's runtime/policy_retry.go below it, read 2026-11-27). Connects on first use only,
so that previews work without a running sandbox.
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


_RETRIED = (408, 429, 500, 502, 503, 504)
"""What azcore sends again; of all 409s only those with `_RETRIED_CONFLICT`."""
_RETRIED_CONFLICT = "AnotherOperationInProgress"
_PAUSES = (0.5, 1.5, 3.0)
"""Seconds before each further try. The real provider tries as often, after 20, 60 and 120 seconds."""
_LONGEST_PAUSE = 120.0
"""A longer Retry-After is not waited for; azcore gives up at once then."""


class AzureError(ProviderError):
    """Azure answered with an error."""

    def __init__(self, status: int, code: str, message: str, pause: float = 0.0) -> None:
        code_part = f' Code="{code}"' if code else ""
        super().__init__(f'Status={status}{code_part} Message="{message}"')
        self.status = status
        self.code = code
        self.pause = pause
        """Seconds of its Retry-After; 0 if it has none."""

    @property
    def accepted(self) -> bool:
        """Whether Azure had accepted the request and its operation failed; else it was refused, and nothing done."""
        return self.status < http.client.BAD_REQUEST

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed in a while."""
        return self.status in _RETRIED or (
            self.status == http.client.CONFLICT and self.code == _RETRIED_CONFLICT
        )


class LostError(ProviderError):
    """The connection broke before the answer: nobody knows whether the request was carried out."""


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
        """Send one request, again after trouble that may pass, and return the body of the answer.

        Raises:
            AzureError: Azure says no.
            GivenUpError: Ctrl-C, or `timeout` seconds are over.
            ProviderError: there is no Azure, or no answer came however often it was asked.
        """
        deadline = time.monotonic() + (timeout or DEFAULT_TIMEOUT)
        for pause in (*_PAUSES, None):
            try:
                return self._send(method, id, api_version, body, query, deadline, even_if_cancelled)
            except (AzureError, LostError) as error:
                asked = error.pause if isinstance(error, AzureError) else 0.0
                passing = isinstance(error, LostError) or error.passing
                if not passing or pause is None or asked > _LONGEST_PAUSE:
                    raise
                self._rest(asked or pause, deadline, even_if_cancelled)
        raise AssertionError("unreachable")

    def _rest(self, seconds: float, deadline: float, even_if_cancelled: bool) -> None:
        """Wait before the next try.

        Raises:
            GivenUpError: Ctrl-C, or the time would be over.
        """
        if time.monotonic() + seconds > deadline:
            raise GivenUpError("operation timed out")
        if even_if_cancelled:
            time.sleep(seconds)
        elif self.cancelled.wait(seconds):
            raise GivenUpError("operation cancelled")

    def _send(
        self,
        method: str,
        id: str,
        api_version: str,
        body: dict[str, Any] | None,
        query: dict[str, str] | None,
        deadline: float,
        even_if_cancelled: bool,
    ) -> dict[str, Any]:
        url, token = self._find()
        address = urlsplit(url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port)
        target = f"{quote(id, safe='/%')}?{urlencode({'api-version': api_version, **(query or {})})}"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body)
        answers: queue.Queue[tuple[int, bytes, str] | Exception] = queue.Queue(1)

        def exchange() -> None:
            try:
                connection.request(method, target, content, headers)
                response = connection.getresponse()
                answers.put((response.status, response.read(), response.getheader("Retry-After") or ""))
            except Exception as error:
                answers.put(error)
            finally:
                connection.close()

        threading.Thread(target=exchange, daemon=True).start()
        answer = self._wait(answers, deadline, even_if_cancelled)
        if isinstance(answer, Exception):
            self._endpoint = None
            if isinstance(answer, (ConnectionResetError, BrokenPipeError, http.client.HTTPException)):
                raise LostError(
                    f"{method} {id}: the connection broke before the answer ({answer}); whether Azure did it is not"
                    " known"
                ) from answer
            raise ProviderError(
                f"the Azure stand-in at {url} did not answer ({answer}); start it with 'labctl sandbox start'"
            ) from answer
        return _checked(*answer)

    def _wait(
        self,
        answers: queue.Queue[tuple[int, bytes, str] | Exception],
        deadline: float,
        even_if_cancelled: bool,
    ) -> tuple[int, bytes, str] | Exception:
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


def _checked(status: int, content: bytes, retry_after: str) -> dict[str, Any]:
    try:
        body = json.loads(content) if content else {}
    except ValueError:
        body = None
    failed = isinstance(body, dict) and body.get("status") == "Failed" and "error" in body
    if status >= http.client.BAD_REQUEST or failed or not isinstance(body, dict):
        error = body.get("error", body) if isinstance(body, dict) else {}
        # AKS's own errors come without the `error` around; the real provider prints such a body as it is.
        enveloped = isinstance(body, dict) and "error" in body
        text = content.decode(errors="replace")
        raise AzureError(
            status,
            str(error.get("code", "")),
            error.get("message", text) if enveloped else text,
            float(retry_after) if retry_after.replace(".", "", 1).isdigit() else 0.0,
        )
    return body
