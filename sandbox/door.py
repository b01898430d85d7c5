"""The way to the daemon's Azure stand-in, for the command line and the tests; the plugin has a client of its own."""

from __future__ import annotations

import json
from typing import Any

import urllib3

from sandbox import daemon
from sandbox.errors import SandboxError
from sandbox.home import Home

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
_SECONDS = 180.0


def call(home: Home, method: str, path: str, api_version: str, body: Any = None) -> dict[str, Any]:
    """Send one request about something in the sandbox's subscription and return the answer.

    Raises:
        SandboxError: the sandbox does not run, or it refuses.
    """
    where = daemon.endpoint(home)
    with urllib3.PoolManager(retries=False, timeout=_SECONDS) as pool:
        try:
            answer = pool.request(
                method,
                f"{where['url']}{SUBSCRIPTION}{path}?api-version={api_version}",
                body=None if body is None else json.dumps(body),
                headers={"Authorization": f"Bearer {where['token']}", "Content-Type": "application/json"},
            )
        except urllib3.exceptions.HTTPError as error:
            raise SandboxError(
                f"the sandbox does not answer ({error}); start it again with `bin/labctl sandbox start`"
            ) from error
        data: dict[str, Any] = json.loads(answer.data) if answer.data else {}
    if answer.status >= 400:
        raise SandboxError(str(data.get("error", {}).get("message", answer.status)))
    return data
