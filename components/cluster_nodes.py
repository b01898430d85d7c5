"""The names of an existing cluster's Linux nodes, asked for while the program runs.

They decide which resources exist, so they have to be known before any is declared; an output would come too late.
Only standard library, and only certificate or token logins: whoever logs in by a program names the nodes in the
stack file instead.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from labs.errors import LabError, shown
from labs.foreign_yaml import ForeignYamlError, read_text
from labs.node_names import is_name

_SECONDS = 10
_AT_ONCE = 65536
_MOST_BYTES = 64 * 1024 * 1024
"""A node is about 20 KB, and the largest clusters have thousands."""
_NO_ANSWER = (
    *(OSError, ValueError, LookupError, TypeError, ForeignYamlError),
    http.client.HTTPException,  # an answer that is no HTTP
    RecursionError,  # one that is nested without end
)
_REMEDY = "set calico-labs:nodeNames to the names that `kubectl get nodes` prints"


class NodesUnknownError(LabError):
    """Raised when the cluster does not tell its nodes."""


def linux_nodes(kubeconfig: str) -> list[str]:
    """Return the names of the Linux nodes of a kubeconfig's only context, in order; at least one.

    Raises:
        NodesUnknownError: the cluster does not answer, has no Linux node, or the login is of a kind that is not spoken.
    """
    config = yaml.safe_load(kubeconfig)
    cluster = config["clusters"][0]["cluster"]
    user = config["users"][0]["user"] or {}
    server = str(cluster["server"]).rstrip("/")
    if "exec" in user:
        raise NodesUnknownError(
            f"calico-labs:nodeNames is '' but the cluster at {shown(server)} is logged into by a program; {_REMEDY} "
            "(the program is run by the provider only)"
        )
    try:
        names = _names(json.loads(_asked(server, cluster, user)))
    except _NO_ANSWER as error:
        raise NodesUnknownError(
            f"calico-labs:nodeNames is '' but the cluster at {shown(server)} does not tell its nodes "
            f"({shown(error) or type(error).__name__}); {_REMEDY} or mend the connection (a report is asked of each "
            "node by name)"
        ) from error
    if not names:
        raise NodesUnknownError(
            f"calico-labs:nodeNames is '' but the cluster at {shown(server)} has no Linux node yet; bring its nodes up "
            f"first, or {_REMEDY} (a report is asked of each node by name)"
        )
    return names


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: urllib would send the token along, to whichever host the answer names."""

    def redirect_request(self, *_: object) -> None:
        return None


def _asked(server: str, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> bytes:
    """Return the API server's answer, read for so long and so far only: it may be anybody's server."""
    request = urllib.request.Request(  # noqa: S310 - the user's own cluster
        f"{server}/api/v1/nodes?labelSelector=kubernetes.io%2Fos%3Dlinux",
        headers={"Accept": "application/json", **_authorization(user)},
    )
    deadline = time.monotonic() + _SECONDS
    read = bytearray()
    opener = urllib.request.build_opener(_StayHere, urllib.request.HTTPSHandler(context=_tls(cluster, user)))
    try:
        opened = opener.open(request, timeout=_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()  # it is the answer too, and holds the connection
        raise
    with opened as answer:
        while part := answer.read1(_AT_ONCE):
            read += part
            if len(read) > _MOST_BYTES:
                raise ValueError(f"its answer is longer than {_MOST_BYTES} bytes")
            if time.monotonic() > deadline:
                raise TimeoutError(f"its answer took longer than {_SECONDS} s")
    return bytes(read)


def _names(answer: Any) -> list[str]:
    names = [item["metadata"]["name"] for item in answer["items"]]
    for name in names:
        if not isinstance(name, str) or not is_name(name):
            raise ValueError(f"'{shown(name)}' is no name of a node")
    return sorted(names)


def _authorization(user: Mapping[str, Any]) -> dict[str, str]:
    token = user.get("token")
    if not token and user.get("tokenFile"):
        token = read_text(Path(user["tokenFile"])).strip()
    if token and not (str(token).isascii() and str(token).isprintable()):
        raise ValueError(
            "its token has characters that no header can hold"
        )  # urllib's own message would show it
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
