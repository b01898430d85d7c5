"""The names of an existing cluster's Linux nodes, asked for while the program runs.

They decide which resources exist, so they have to be known before any is declared; an output would come too late.
Only standard library, and only certificate or token logins: whoever logs in by a program names the nodes in the
stack file instead.
"""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from labs.errors import LabError

_SECONDS = 10
_REMEDY = "set calico-labs:nodeNames to the names that `kubectl get nodes` prints"


class NodesUnknownError(LabError):
    """Raised when the cluster does not tell its nodes."""


def linux_nodes(kubeconfig: str) -> list[str]:
    """Return the names of the Linux nodes of a kubeconfig's only context, in order.

    Raises:
        NodesUnknownError: the cluster does not answer, or the login is of a kind that is not spoken here.
    """
    config = yaml.safe_load(kubeconfig)
    cluster = config["clusters"][0]["cluster"]
    user = config["users"][0]["user"] or {}
    server = str(cluster["server"]).rstrip("/")
    if "exec" in user:
        raise NodesUnknownError(
            f"calico-labs:nodeNames is '' but the cluster at {server} is logged into by a program; {_REMEDY} "
            "(the program is run by the provider only)"
        )
    request = urllib.request.Request(  # noqa: S310 - the user's own cluster
        f"{server}/api/v1/nodes?labelSelector=kubernetes.io%2Fos%3Dlinux",
        headers={"Accept": "application/json", **_authorization(user)},
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS, context=_tls(cluster, user)) as answer:  # noqa: S310
            items = json.load(answer)["items"]
    except (OSError, ValueError, KeyError) as error:
        raise NodesUnknownError(
            f"calico-labs:nodeNames is '' but the cluster at {server} does not tell its nodes ({error}); {_REMEDY} "
            "or mend the connection (a report is asked of each node by name)"
        ) from error
    return sorted(str(item["metadata"]["name"]) for item in items)


def _authorization(user: Mapping[str, Any]) -> dict[str, str]:
    token = user.get("token")
    if not token and user.get("tokenFile"):
        token = Path(user["tokenFile"]).read_text(encoding="utf-8").strip()
    return {"Authorization": f"Bearer {token}"} if token else {}


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any]) -> ssl.SSLContext | None:
    if not str(cluster["server"]).startswith("https://"):
        return None
    authority = cluster.get("certificate-authority-data")
    context = ssl.create_default_context(
        cafile=cluster.get("certificate-authority"),
        cadata=base64.b64decode(authority).decode() if authority else None,
    )
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if user.get("client-certificate") and user.get("client-key"):
        context.load_cert_chain(user["client-certificate"], user["client-key"])
    elif user.get("client-certificate-data") and user.get("client-key-data"):
        _load_client(context, user)
    return context


def _load_client(context: ssl.SSLContext, user: Mapping[str, Any]) -> None:
    """Load a certificate that is in the text; Python reads files only, so two live for the length of this call."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for field in ("client-certificate-data", "client-key-data"):
            path = Path(folder) / field
            path.touch(mode=0o600)
            path.write_bytes(base64.b64decode(user[field]))
            paths.append(path)
        certificate, key = paths
        context.load_cert_chain(str(certificate), str(key))
