"""What an API server may answer when lab `nke` asks it for its nodes: anything."""

from __future__ import annotations

import http.client
import io
import json
import random
from typing import Any
from unittest import mock

from hypothesis import strategies as st

from components.cluster_nodes import linux_nodes
from labs.errors import LabError
from tests.fuzz.junk import anything, damaged, edit_bytes, edit_text, edited, words
from tests.fuzz.target import FindingError, Target, outcome

_GOOD = {"kind": "NodeList", "items": [{"metadata": {"name": "b"}}, {"metadata": {"name": "a"}}]}
_texts = damaged([_GOOD]).map(lambda value: json.dumps(value).encode())
_bytes = st.binary(max_size=60) | edited([json.dumps(_GOOD)]).map(
    lambda t: t.encode("utf-8", "surrogatepass")
)
_failures = st.sampled_from(
    [
        OSError("refused"),
        TimeoutError(),
        http.client.BadStatusLine("x"),
        http.client.IncompleteRead(b""),
        http.client.InvalidURL("x"),
        ValueError("x"),
    ]
)
_texts_of = words | anything
# What `single_context` lets through: mappings with text in the fields that clients read.
_users = st.dictionaries(
    st.sampled_from(
        [
            *(
                "token",
                "tokenFile",
                "client-certificate",
                "client-certificate-data",
                "client-key",
                "client-key-data",
            ),
            *("as", "extensions"),
        ]
    ),
    _texts_of,
    max_size=3,
)
_clusters = st.dictionaries(
    st.sampled_from(["certificate-authority", "certificate-authority-data", "tls-server-name"]),
    _texts_of,
    max_size=2,
)


def _judge(value: Any) -> str:
    answer, user, cluster = value
    config = json.dumps(  # which is YAML too
        {"clusters": [{"cluster": {"server": "https://127.0.0.1:9", **cluster}}], "users": [{"user": user}]}
    )
    given = {"side_effect": answer} if isinstance(answer, Exception) else {"return_value": io.BytesIO(answer)}

    def ask() -> None:
        with (
            mock.patch("urllib.request.OpenerDirector.open", **given),
            mock.patch("ssl.SSLContext.load_default_certs"),  # 8 ms, and nobody is asked
        ):
            names = linux_nodes(config)
        if not all(isinstance(name, str) and name for name in names):
            raise FindingError(f"nodes without a name: {names!r}")

    return outcome(ask, LabError)


def _vary(value: Any, chance: random.Random) -> Any:
    answer, user, cluster = value
    if isinstance(answer, bytes):
        return edit_bytes(answer, chance), user, cluster
    return answer, {name: edit_text(text, chance) for name, text in user.items()}, cluster


TARGET = Target(
    "answers",
    "what the API server of an existing cluster answers, and what it is asked with",
    st.tuples(
        _texts | _bytes | _failures,
        st.sampled_from([{}, {"token": "t"}]) | _users,
        st.sampled_from([{}, {"insecure-skip-tls-verify": True}]) | _clusters,
    ),
    _judge,
    _vary,
)
