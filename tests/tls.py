"""Both ends of a TLS connection on the loopback, for tests of whom a client trusts."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path

import pytest

from sandbox import pki

NOT_THE_SERVER = pytest.mark.parametrize(
    ("trusted", "name"),
    [("other", "127.0.0.1"), ("lab", "127.0.0.2")],
    ids=["another authority", "another server's certificate"],
)
"""Whom the client trusts and which address the certificate of authority `lab` is for, where they do not fit."""


def server_context(authority: pki.Authority, folder: Path, name: str = "127.0.0.1") -> ssl.SSLContext:
    """Return what serves under a name, to clients with a certificate of the same authority only."""
    certificate, key = pki.write_pair(folder, "server", authority.issue("server", [], [name]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(cadata=authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def trusting(authority: pki.Authority) -> dict[str, str]:
    """Return the part of a kubeconfig's cluster that names its authority."""
    return {"certificate-authority-data": inline(authority.certificate)}


def user_of(authority: pki.Authority) -> dict[str, str]:
    """Return a kubeconfig's user with a certificate of its own."""
    pair = authority.issue("admin", ["system:masters"])
    return {"client-certificate-data": inline(pair.certificate), "client-key-data": inline(pair.key)}


def inline(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
