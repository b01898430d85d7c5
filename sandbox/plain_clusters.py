"""The way to the daemon's plain clusters, for the command line and the tests."""

from __future__ import annotations

import json
from typing import Any

import urllib3

from sandbox import daemon
from sandbox.arm.plain_clusters import KUBECONFIG, PLAIN_TYPE, PLAIN_VERSION
from sandbox.errors import SandboxError
from sandbox.home import Home

_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
_SECONDS = 180.0


def start(home: Home, name: str, nodes: int = 3, calico: bool = False) -> str:
    """Start a plain cluster, harmless if it runs, and return its kubeconfig.

    Raises:
        SandboxError: the sandbox does not run, or the cluster does not start.
    """
    _call(home, "PUT", name, {"properties": {"nodes": nodes, "calico": calico}})
    return str(_call(home, "POST", f"{name}/{KUBECONFIG}")[KUBECONFIG])


def remove(home: Home, name: str) -> None:
    """Stop a plain cluster and delete what it kept; harmless if there is none.

    Raises:
        SandboxError: the sandbox does not run.
    """
    _call(home, "DELETE", name)


def _call(home: Home, method: str, what: str, body: Any = None) -> dict[str, Any]:
    door = daemon.endpoint(home)
    path = f"/subscriptions/{_SUBSCRIPTION}/resourceGroups/plain/providers/{PLAIN_TYPE}/{what}"
    with urllib3.PoolManager(retries=False, timeout=_SECONDS) as pool:
        answer = pool.request(
            method,
            f"{door['url']}{path}?api-version={PLAIN_VERSION}",
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"Bearer {door['token']}", "Content-Type": "application/json"},
        )
        data: dict[str, Any] = json.loads(answer.data) if answer.data else {}
    if answer.status >= 400:
        raise SandboxError(str(data.get("error", {}).get("message", answer.status)))
    return data
