"""One context of a kubeconfig file, and nothing of the others; read with distrust, since others write such files.

Whoever wrote the file decides which programs are run to log in, which server gets the token, and which file the token
is read from. So each of these is checked here, before any server is asked. No error quotes the file's secrets.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from labs.errors import LabError, shown
from labs.foreign_yaml import ForeignYamlError, load, read_text

_FILES = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_TEXTS = {
    "cluster": (
        *("server", "tls-server-name", "certificate-authority", "certificate-authority-data", "proxy-url"),
    ),
    "user": (
        *("token", "tokenFile", "username", "password"),
        *("client-certificate", "client-certificate-data", "client-key", "client-key-data"),
    ),
}
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?")
_HIDDEN = "(hidden)"


class KubeconfigError(LabError):
    """Raised when a kubeconfig cannot be used: unreadable, without the context asked for, or not to be trusted."""


def single_context(path: Path, context: str, *, allow_exec: bool = False) -> str:
    """Return a kubeconfig that holds one context of the file and nothing of the others.

    Raises:
        KubeconfigError: the file cannot be read, the context or what it refers to is not in it, its server is no
            https address, it takes its token from a file elsewhere, or it would run a program to log in and that is
            not allowed.
    """
    document = _read(path)
    chosen = _named(document, "contexts", context, path)
    details = _details(chosen, "context", path)
    cluster = _named(document, "clusters", str(details.get("cluster")), path)
    user = _named(document, "users", str(details.get("user")), path)
    _refuse_programs(_details(user, "user", path), context, path, allow_exec)
    _refuse_server(cluster, _details(cluster, "cluster", path), path)
    _refuse_token_elsewhere(_details(user, "user", path), context, path)
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "contexts": [chosen],
            "clusters": [_with_absolute_files(cluster, "cluster", path)],
            "users": [_with_absolute_files(user, "user", path)],
        }
    )


def _refuse_programs(login: Mapping[str, Any], context: str, path: Path, allow_exec: bool) -> None:
    """Refuse a user whose login runs a program: whoever wrote the file decides which one."""
    if "auth-provider" in login:
        raise KubeconfigError(
            f"context is '{shown(context)}' but in {shown(path)} its user logs in by an auth-provider; name a "
            "context that logs in by certificate, token or exec (Kubernetes knows auth-providers no more)"
        )
    if "exec" not in login:
        return
    program = login["exec"].get("command") if isinstance(login["exec"], dict) else None
    if not isinstance(program, str) or not program:
        raise _unusable(path, "its context's exec names no command", "client-go could not run it")
    if not allow_exec:
        raise KubeconfigError(
            f"context is '{shown(context)}' but in {shown(path)} its user logs in by running "
            f"'{shown(_program(program, path))}'; set "
            "calico-labs:kubeconfigExec to 'Enabled' if you trust that program, or name a context that logs in "
            "by certificate or token (a kubeconfig can name any program)"
        )


def _refuse_server(entry: Mapping[str, Any], cluster: Mapping[str, Any], path: Path) -> None:
    """Refuse a server to which credentials would go in clear, or that is no server."""
    server = str(cluster.get("server") or "")
    name = f"kubeconfig is '{shown(path)}' but the server of its cluster '{shown(entry.get('name'))}' is"
    # An address that carries a login is a secret as a whole.
    told = _HIDDEN if "@" in server else shown(server)
    if not _is_address(server):
        raise KubeconfigError(
            f"{name} '{told}'; write https://HOST:PORT there, without a login (the context's credentials go there)"
        )
    if server.lower().startswith("http://") and not _is_loopback(urlsplit(server).hostname or ""):
        raise KubeconfigError(
            f"{name} '{told}'; write https:// there (without TLS the context's credentials would travel in clear)"
        )


def _is_address(server: str) -> bool:
    if (
        not server.isascii()
        or not server.isprintable()
        or any(character in server for character in " \\<>\"'`{}|^")
    ):
        return False
    try:
        url = urlsplit(server)
        plain = url.scheme in ("https", "http") and not (url.query or url.fragment or "@" in url.netloc)
        host = url.hostname or ""
        return plain and (url.port is None or url.port > 0) and (bool(_HOST.fullmatch(host)) or _is_ip(host))
    except ValueError:  # a port beyond 65535, half a pair of brackets
        return False


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_ip(host) and ipaddress.ip_address(host).is_loopback)


def _refuse_token_elsewhere(login: Mapping[str, Any], context: str, path: Path) -> None:
    """Refuse a token file outside of the kubeconfig's folder: its first line would be sent to the server."""
    token = login.get("tokenFile")
    if not token:
        return
    folder = path.expanduser().absolute().parent
    if not (folder / token).resolve().is_relative_to(folder.resolve()):
        raise KubeconfigError(
            f"context is '{shown(context)}' but in {shown(path)} its user's tokenFile is '{shown(token)}'; put the "
            "token's file beside the kubeconfig (its content is sent to the server, and a kubeconfig can name any file)"
        )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = load(read_text(path))
    except ForeignYamlError as error:
        problem, _, reason = error.problem.partition(": ")
        # Not chained: the errors behind it quote the file, and the file holds keys.
        raise _unusable(
            path, f"it {problem}", reason or "its text is not shown, for it may hold keys"
        ) from None
    if not isinstance(document, dict):
        raise _unusable(path, "it is no mapping", "a kubeconfig has contexts, clusters and users")
    return document


def _named(document: Mapping[str, Any], section: str, name: str, path: Path) -> dict[str, Any]:
    listed = document.get(section)
    found = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    entries = {str(entry.get("name")): entry for entry in found}
    if name in entries:
        return entries[name]
    known = shown(", ".join(sorted(entries)) or "none")
    if section == "contexts":
        raise KubeconfigError(
            f"context is '{shown(name)}' but {shown(path)} has no such context; set it to one it has ({known})"
        )
    raise _unusable(path, f"its context wants '{shown(name)}' of {section}", f"it has {known}")


def _details(entry: Mapping[str, Any], key: str, path: Path) -> Mapping[str, Any]:
    """Return what an entry says under its key, with text where client-go wants text."""
    details = entry.get(key) or {}
    if not isinstance(details, dict):
        raise _unusable(
            path, f"its {key} '{shown(entry.get('name'))}' is no mapping", "its fields have names"
        )
    for field in _TEXTS.get(key, ()):
        value = details.get(field)
        if value is not None and (not isinstance(value, str) or "\0" in value):
            raise _unusable(
                path, f"{field} of its {key} '{shown(entry.get('name'))}' is no text", "write it in quotes"
            )
    return details


def _unusable(path: Path, conflict: str, reason: str) -> KubeconfigError:
    return KubeconfigError(
        f"kubeconfig is '{shown(path)}' but {conflict}; name a complete kubeconfig ({reason})"
    )


def _with_absolute_files(entry: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    """Make file references absolute: they are relative to the file, which the provider never sees."""
    details = dict(entry.get(key) or {})
    for field in _FILES:
        if details.get(field):
            details[field] = _beside(path, details[field])
    if login := details.get("exec"):
        details["exec"] = {**login, "command": _program(login["command"], path)}
    return {**entry, key: details}


def _program(command: str, path: Path) -> str:
    """Return what client-go would run: a name is looked for on the PATH, a path is relative to the kubeconfig.

    Source: k8s.io/client-go, tools/clientcmd/loader.go, GetAuthInfoFileReferences.
    """
    return _beside(path, command) if os.sep in command else command


def _beside(path: Path, file: str) -> str:
    return os.path.normpath(path.expanduser().absolute().parent / file)
