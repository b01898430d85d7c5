"""The way to the daemon's plain clusters, for the command line and the tests."""

from __future__ import annotations

from typing import Any

from sandbox import door
from sandbox.arm.plain_clusters import KUBECONFIG, PLAIN_TYPE, PLAIN_VERSION, ROTATE
from sandbox.home import Home


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


def rotate(home: Home, name: str) -> str:
    """Make every kubeconfig of a plain cluster worthless, as when it expires, and return a new one.

    Raises:
        SandboxError: the sandbox does not run, or has no such cluster.
    """
    _call(home, "POST", f"{name}/{ROTATE}")
    return str(_call(home, "POST", f"{name}/{KUBECONFIG}")[KUBECONFIG])


def _call(home: Home, method: str, what: str, body: Any = None) -> dict[str, Any]:
    return door.call(
        home, method, f"/resourceGroups/plain/providers/{PLAIN_TYPE}/{what}", PLAIN_VERSION, body
    )
