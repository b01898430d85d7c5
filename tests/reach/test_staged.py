"""Staged policies: no part of the verdict, but of the question what would be."""

from __future__ import annotations

from typing import Any

import pytest

from reach.casefiles.read import cluster_of
from reach.engine import Engine
from reach.matrix import full_matrix
from reach.staged import staged_as_enforced
from tests.reach.clusters import field_of

DENY: dict[str, Any] = {"types": ["Ingress"], "ingress": [{"action": "Deny"}]}
ALLOW: dict[str, Any] = {"types": ["Ingress"], "ingress": [{"action": "Allow"}]}


def resource(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Return a policy of a kind."""
    return {
        "apiVersion": "projectcalico.org/v3",
        "kind": kind,
        "metadata": {"name": "p", "namespace": "n"},
        "spec": spec,
    }


@pytest.mark.parametrize(
    ("resources", "now", "then"),
    [
        pytest.param([resource("StagedNetworkPolicy", DENY)], True, False, id="set"),
        pytest.param(
            [resource("NetworkPolicy", ALLOW), resource("StagedNetworkPolicy", DENY)],
            True,
            False,
            id="set over another",
        ),
        pytest.param(
            [resource("NetworkPolicy", DENY), resource("StagedNetworkPolicy", {"stagedAction": "Delete"})],
            False,
            True,
            id="delete",
        ),
        pytest.param(
            [resource("StagedNetworkPolicy", {**DENY, "stagedAction": "Ignore"})], True, True, id="ignore"
        ),
    ],
)
def test_a_staged_policy_counts_only_when_asked(
    resources: list[dict[str, Any]], now: bool, then: bool
) -> None:
    pods = [{"name": name, "namespace": "n", "ip": f"10.0.0.{number}"} for number, name in enumerate("ab", 1)]
    cluster = cluster_of(field_of({"pods": pods, "resources": resources}))
    for judged, expected in ((cluster, now), (staged_as_enforced(cluster), then)):
        cell = full_matrix(Engine(judged)).cell("n/a", "n/b")
        assert cell is not None
        assert bool(cell.allowed) is expected
