"""Which node pools a lab's Linux nodes are in, and the labels they carry.

The course labels two nodes by hand, `node=first` and `node=second`, in the order in which kubectl lists them.
Here a label belongs to a pool: it survives new node images, and a Windows node never gets one by accident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from labs import catalogue

if TYPE_CHECKING:
    from labs.settings import LabSettings

SECOND_POOL = "second"
"""Name of the pool that holds all Linux nodes but the first."""

_NO_LABELS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class LinuxPool:
    """One pool of Linux nodes; the first of a lab is its system pool."""

    name: str
    count: int
    labels: Mapping[str, str]


def linux_pools(settings: LabSettings) -> list[LinuxPool]:
    """Return the pools in which the lab's `nodeCount` Linux nodes are, the system pool first."""
    if not catalogue.get(settings.lab).labelled_nodes:
        return [LinuxPool(settings.node_pool_name, settings.node_count, _NO_LABELS)]
    pools = [LinuxPool(settings.node_pool_name, min(settings.node_count, 1), {"node": "first"})]
    if settings.node_count > 1:
        pools.append(LinuxPool(SECOND_POOL, settings.node_count - 1, {"node": "second"}))
    return pools
