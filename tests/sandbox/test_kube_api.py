"""The daemon's and the tests' client, over a pool that answers from a list."""

from __future__ import annotations

import json
from typing import Any

import pytest
import urllib3

from sandbox import kube_api, retry_after
from sandbox.kube_api import ApiError, KubeApi

KUBECONFIG = """
clusters: [{cluster: {server: "https://127.0.0.1:1", certificate-authority-data: ""}}]
users: [{user: {}}]
"""
REFUSED = (429, {"message": "storage is (re)initializing", "reason": "TooManyRequests"}, {"Retry-After": "0"})


class Pool:
    """Answers in order; keeps what it was asked."""

    def __init__(self, *answers: tuple[int, Any, dict[str, str]]) -> None:
        self.asked: list[str] = []
        self._answers = iter(answers)

    def request(self, method: str, url: str, **_: Any) -> urllib3.HTTPResponse:
        self.asked.append(f"{method} {url}")
        status, body, headers = next(self._answers)
        return urllib3.HTTPResponse(json.dumps(body).encode(), headers, status)


def api(monkeypatch: pytest.MonkeyPatch, pool: Pool) -> KubeApi:
    monkeypatch.setattr(kube_api, "_context", lambda authority, user: None)
    made = KubeApi(KUBECONFIG)
    monkeypatch.setattr(made, "_pool", pool)
    return made


def test_a_list_right_after_its_crd_changed_waits_as_the_server_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Seen on a slow machine: the first list of IP pools after the operator had written the CRDs."""
    pool = Pool(REFUSED, REFUSED, (200, {"items": [{"kind": "IPPool"}]}, {}))
    assert api(monkeypatch, pool).list("/apis/projectcalico.org/v3/ippools") == [{"kind": "IPPool"}]
    assert pool.asked == ["GET https://127.0.0.1:1/apis/projectcalico.org/v3/ippools"] * 3


def test_a_server_that_never_gets_ready_is_an_error_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Pool(*[REFUSED] * retry_after.ATTEMPTS)
    with pytest.raises(ApiError, match=r"storage is \(re\)initializing") as caught:
        api(monkeypatch, pool).create("/apis/projectcalico.org/v3/ippools", {})
    assert (caught.value.status, len(pool.asked)) == (429, retry_after.ATTEMPTS)


def test_any_other_refusal_is_not_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool((409, {"message": "there", "reason": "AlreadyExists"}, {"Retry-After": "0"}))
    assert api(monkeypatch, pool).create("/api/v1/namespaces", {}) is None
    assert len(pool.asked) == 1
