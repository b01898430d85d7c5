"""The benchmark of the checks leaves nothing in the cluster, and can be run again."""

from __future__ import annotations

from typing import Any

import pytest

from bench import checks as bench
from checks.lab import Lab
from checks.traffic import pods
from tests.checks.fakes import FakeApi, lab_of

NAMESPACES = "/api/v1/namespaces"


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """A cluster in memory, in which the checks make a namespace; the first benchmark is interrupted in its last run."""
    api = FakeApi()
    runs: list[Lab] = []

    def run_all(checks: object, lab: Lab, patience: float) -> str:
        runs.append(lab)
        if len(runs) == bench.RUNS:
            raise KeyboardInterrupt
        session = lab.traffic
        assert session is not None
        if api.get(f"{NAMESPACES}/{session.namespace}") is None:
            session._create(lab, NAMESPACES, pods.namespace_body(session.namespace, session.options.run))
        return "report"

    def read_lab(project: object, stack: str, api: Any, session: Any) -> Lab:
        return lab_of(stack, api, session)

    monkeypatch.setattr(bench, "kubeconfig_of", lambda *_: "")
    monkeypatch.setattr(bench.engine, "full_environment", lambda _: {})
    monkeypatch.setattr(bench, "choose", lambda *_: ())
    monkeypatch.setattr(bench, "Api", lambda: api)
    monkeypatch.setattr(bench, "read_lab", read_lab)
    monkeypatch.setattr(bench, "run_all", run_all)
    return api


def test_what_a_run_makes_is_removed_and_called_otherwise_the_next_time(cluster: FakeApi) -> None:
    with pytest.raises(KeyboardInterrupt):
        bench.measure("byocni")
    assert cluster.objects == {}
    assert len(bench.measure("byocni")) == bench.RUNS
    assert cluster.objects == {}
    made = [path for verb, path in cluster.calls if verb == "CREATE"]
    assert len(made) == len(set(made)) == 2
