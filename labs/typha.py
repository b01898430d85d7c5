"""How many copies of typha, Calico's fan-out between the API server and the nodes, the operator runs."""

from __future__ import annotations


def replicas(nodes: int) -> int:
    """Return how many copies the operator wants for so many nodes; Windows nodes count.

    Source: tigera/operator pkg/common/autoscale.go:32 at v1.42.4, read 2026-11-22.
    """
    if nodes <= 2:
        return 1
    if nodes <= 4:
        return 2
    return max(3, nodes // 200 + 2)
