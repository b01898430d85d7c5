"""Kubeconfigs: the one of lab `nke`, the one that `labctl check` is given, and the Kubernetes stand-in's reader.

Nothing is asked of any server here and no program is run: what gets so far is checked instead.
"""

from __future__ import annotations

import copy
import ipaddress
import random
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from hypothesis import strategies as st

from checks.errors import CheckError
from checks.kubeconfig import choose, read_file
from labs.errors import LabError
from labs.kubeconfig import single_context
from sandbox.plugins.kubernetes import kubeconfig as stand_in
from tests.fuzz.junk import damaged, edit_text, edited, values, words
from tests.fuzz.target import ACCEPTED, REFUSED, FindingError, Target, outcome, told_well
from tests.fuzz.targets.files import folder, written

_GOOD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "lab",
    "contexts": [{"name": "lab", "context": {"cluster": "kind", "user": "admin"}}],
    "clusters": [
        {"name": "kind", "cluster": {"server": "https://127.0.0.1:6443", "certificate-authority": "ca.crt"}}
    ],
    "users": [{"name": "admin", "user": {"token": "t", "client-key": "lab.key"}}],
}
SERVERS = (
    *(
        "https://127.0.0.1:6443",
        "http://127.0.0.1:8001",
        "http://localhost:8001",
        "http://lab.example",
        "lab.example",
    ),
    *(
        "file:///etc/passwd",
        "ftp://lab.example",
        "https://",
        "https://user:secret@lab.example",
        "https://a b",
    ),
    *(
        "https://lab.example/path?x#y",
        "https://lab.example:99999",
        "https://[::1",
        "https://[::1]:6443",
        "//x",
    ),
    *(
        "https://-oProxyCommand=touch ran",
        "https://$(touch ran)",
        "https://lab.example\r\nX: y",
        "HTTPS://LAB",
    ),
    *(
        "http://127.0.0.1.lab.example",
        "http://[::1]:1",
        "http://2130706433",
        "https://lab.example\\@other.example",
    ),
)


def _with(change: Any) -> dict[str, Any]:
    document = copy.deepcopy(_GOOD)
    change(document)
    return document


def _login(**login: object) -> dict[str, Any]:
    return _with(lambda document: document["users"][0].update(user=login))


SAMPLES = (
    _GOOD,
    _login(exec={"apiVersion": "client.authentication.k8s.io/v1", "command": "touch", "args": ["ran"]}),
    _login(exec="touch ran"),
    _login(**{"auth-provider": {"name": "gcp"}}),
    _login(tokenFile="/etc/passwd"),
    _login(tokenFile="../token", **{"as": "system:admin"}),
    _login(username="u", password="p"),
    *(
        _with(lambda d, server=server: d["clusters"][0]["cluster"].update(server=server))
        for server in SERVERS
    ),
)
TEXTS = (*(yaml.safe_dump(sample) for sample in SAMPLES), "a: &a [x]\nb: *a\n", "contexts: [{name: lab}]\n")
_documents = damaged(SAMPLES, lambda: values | st.sampled_from(SERVERS)).map(
    lambda value: yaml.safe_dump(value, allow_unicode=False)
)


def _judge(value: Any) -> str:
    text, context = value
    path = written("kubeconfig", text)
    results = [_program(path, context, allowed) for allowed in (False, True)]
    results.append(outcome(lambda: choose(read_file(path), context), CheckError))
    for given in (text, str(path)):
        try:
            parsed = stand_in.parse(given, context)
            parsed.namespace()
            parsed.active_cluster()
        except stand_in.KubeconfigError as error:
            if not str(error).isprintable():
                raise FindingError(f"the refusal cannot be read: {str(error)!r}") from error
    return ACCEPTED if ACCEPTED in results else REFUSED


def _program(path: Path, context: str, allowed: bool) -> str:
    try:
        found = single_context(path, context, allow_exec=allowed)
    except LabError as error:
        told_well(str(error))
        return REFUSED
    document = yaml.safe_load(found)
    login = document["users"][0]["user"]
    if "exec" in login and not allowed:
        raise FindingError("a login by a program was let through")
    server = urlsplit(document["clusters"][0]["cluster"]["server"])
    loopback = server.hostname == "localhost" or _is_loopback(server.hostname or "")
    if server.scheme != "https" and not (server.scheme == "http" and loopback):
        raise FindingError(f"the server {server.geturl()!r} was let through")
    token = login.get("tokenFile")
    if token and not Path(token).resolve().is_relative_to(folder().resolve()):
        raise FindingError(f"the token file {token!r} was let through")
    return ACCEPTED


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _vary(value: Any, chance: random.Random) -> Any:
    text, context = value
    return edit_text(text, chance, (*SERVERS, "exec:", "tokenFile: ", "server: ", "- name: lab")), context


TARGET = Target(
    "kubeconfigs",
    "kubeconfigs: documents and texts, programs to log in with, hostile servers",
    st.tuples(_documents | _documents | edited(TEXTS), st.just("lab") | st.just("lab") | words),
    _judge,
    _vary,
)
