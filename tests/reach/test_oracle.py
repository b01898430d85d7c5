"""Random small clusters against Calico's own calculation graph, where it is there.

The oracle is a Go program that reads case files, runs them through Calico v3.28.5 and prints every disagreement.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.reach.clusters import Generator

ORACLE = os.environ.get("CALICO_LABS_ORACLE", "")
CLUSTERS = int(os.environ.get("CALICO_LABS_ORACLE_CLUSTERS", "200"))
SEED = int(os.environ.get("CALICO_LABS_ORACLE_SEED", "1"))

needs_oracle = pytest.mark.skipif(
    not ORACLE,
    reason="CALICO_LABS_ORACLE does not name the oracle's program, which is built from ../shared/oracle",
)


def disagreements(cases: list[dict[str, object]], folder: Path) -> list[str]:
    """Return what the oracle says against the cases, and check that it ran them all."""
    file = folder / "random.yaml"
    file.write_text(json.dumps({"cases": cases}), encoding="utf-8")
    done = subprocess.run([ORACLE, str(file)], capture_output=True, text=True, check=True, timeout=590)
    lines = done.stdout.splitlines()
    assert f"TOTAL cases={len(cases)} " in lines[-1]
    assert "skipped(tiers/staged)=0" in lines[-1]
    return [line for line in lines if line.startswith(("MISMATCH", "PROBLEM"))]


def cases_of(seed: int, count: int) -> list[dict[str, object]]:
    """Return random clusters without what only this engine reads."""
    generator = Generator(seed)
    return [
        {key: value for key, value in generator.case(f"random-{seed}-{number}").items() if key != "release"}
        for number in range(count)
    ]


@needs_oracle
def test_calico_agrees_on_random_clusters(tmp_path: Path) -> None:
    found = disagreements(cases_of(SEED, CLUSTERS), tmp_path)
    assert not found, "\n".join(found[:20])


@needs_oracle
def test_the_oracle_would_notice(tmp_path: Path) -> None:
    cases = cases_of(SEED, 3)
    flow = cases[1]["expect"][0]  # type: ignore[index]
    flow["allow"] = not flow["allow"]
    assert len(disagreements(cases, tmp_path)) == 1


def test_random_clusters_hold_everything_that_is_compared() -> None:
    text = json.dumps(cases_of(SEED, 200))
    for word in (
        *(
            "GlobalNetworkPolicy",
            "networking.k8s.io/v1",
            "NetworkSet",
            "GlobalNetworkSet",
            "services",
            "endPort",
        ),
        *(
            "notSelector",
            "namespaceSelector",
            "serviceAccounts",
            "notNets",
            "notPorts",
            "notProtocol",
            "notICMP",
        ),
        *("ipBlock", "except", "matchExpressions", '"Pass"', '"Log"', '"Deny"', "fd00::", "global()"),
    ):
        assert word in text, word
