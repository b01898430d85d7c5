"""Rules about Calico's address pool: its blocks, and whether there are enough of them for the nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs import limits
from labs.enums import CalicoManagement, ClusterKind, CniType
from labs.errors import Violation
from labs.rules.networking import network
from labs.rules.wording import OPERATOR_POOLS, Rule, changed, fact, outside, refusal

if TYPE_CHECKING:
    from labs.settings import LabSettings


def _no_pool(settings: LabSettings) -> Iterator[Violation]:
    """Who runs Calico is judged first: where AKS does, `management.py` says why there is no pool of ours."""
    if settings.cni is CniType.CALICO or settings.calico_management is CalicoManagement.AKS:
        return
    for field in changed(settings, ("block_size", "nat_outgoing")):
        yield refusal(
            settings,
            field,
            f"{fact(settings, 'cni')}, so Calico has no address pool",
            "remove it",
            "pods take addresses of Azure's VNet, and the key would change nothing",
        )


def _block_size(settings: LabSettings) -> Iterator[Violation]:
    yield from outside(
        settings,
        "block_size",
        limits.BLOCK_SIZES_V4[0],
        limits.BLOCK_SIZES_V4[-1],
        "Calico hands out IPv4 addresses in blocks of these prefix lengths",
        OPERATOR_POOLS,
    )


def _pool_holds_a_block(settings: LabSettings) -> Iterator[Violation]:
    pool = network(settings.pod_cidr)
    if pool and settings.block_size in limits.BLOCK_SIZES_V4 and pool.prefixlen > settings.block_size:
        yield refusal(
            settings,
            "pod_cidr",
            f"{fact(settings, 'block_size')}, so one block is larger than the pool",
            f"set it to a range of /{settings.block_size} or larger",
            "a node takes addresses by the block",
            OPERATOR_POOLS,
        )


def _pool_is_enough_for_the_nodes(settings: LabSettings) -> Iterator[Violation]:
    pool = network(settings.pod_cidr)
    if (
        pool is None
        or settings.cluster is ClusterKind.EXISTING  # whose nodes are not counted by nodeCount
        or settings.cni is not CniType.CALICO
        or settings.block_size not in limits.BLOCK_SIZES_V4
        or pool.prefixlen > settings.block_size
        or not 1 <= settings.node_count <= limits.NODES_PER_POOL
    ):
        return
    nodes = settings.node_count + limits.SURGE_NODES
    needed = nodes * blocks_per_node(settings.block_size)
    present = 1 << (settings.block_size - pool.prefixlen)
    if present < needed:
        blocks = "1 block" if present == 1 else f"{present} blocks"
        yield refusal(
            settings,
            "pod_cidr",
            f"it has {blocks} of /{settings.block_size} and {nodes} nodes need {needed}",
            f"set it to a range of /{settings.block_size - (needed - 1).bit_length()} or larger",
            f"a node runs up to {limits.MAX_PODS_PER_NODE} pods, needs an address for its tunnel, and AKS "
            "adds a node while it upgrades",
            "Kubernetes docs, large clusters; Calico docs, IPPool",
        )


def blocks_per_node(block_size: int) -> int:
    """Return how many blocks a full node takes: one at least, and room for all its pods and its tunnel."""
    addresses = limits.MAX_PODS_PER_NODE + limits.TUNNEL_ADDRESSES_PER_NODE
    return -(-addresses // (1 << (32 - block_size)))


RULES: tuple[Rule, ...] = (_no_pool, _block_size, _pool_holds_a_block, _pool_is_enough_for_the_nodes)
