"""Typha grows with the nodes as the operator lets it."""

from __future__ import annotations

import pytest

from labs.typha import replicas


@pytest.mark.parametrize(
    ("nodes", "copies"),
    [
        (1, 1),
        (2, 1),
        (3, 2),
        (4, 2),
        (5, 3),
        (199, 3),
        (200, 3),
        (399, 3),
        (400, 4),
        (1000, 7),
        (2000, 12),
    ],
)
def test_copies_follow_the_operators_rule(nodes: int, copies: int) -> None:
    assert replicas(nodes) == copies
