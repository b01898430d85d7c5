"""How many addresses the nodes of a lab take in their subnet, and the smallest subnet that holds them.

With Azure CNI every pod has an address of the subnet from the start, used or not; without a CNI only the nodes
have one. Pure arithmetic over settings: whether a subnet is refused is decided in `rules/networking.py`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from labs import limits
from labs.enums import NetworkPlugin
from labs.pools import linux_pools

if TYPE_CHECKING:
    from labs.settings import LabSettings


@dataclass(frozen=True)
class IpPlan:
    """Addresses of a cluster's nodes."""

    addresses_per_node: int
    """The node's own, and with Azure CNI one for each pod that it may run."""

    nodes: int
    surge_nodes: int
    """Nodes that AKS adds, one to each pool, while it upgrades."""

    nodes_take: int
    """Addresses without the upgrade."""

    upgrade_takes: int
    """Addresses while all pools upgrade at once."""

    azure_keeps: int
    """Addresses of every subnet that Azure uses itself."""

    needed: int
    """All of these together."""

    smallest_prefix: int
    """Prefix length of the smallest subnet that holds them."""

    def as_output(self) -> dict[str, int | str]:
        """Return the plan as a stack output, in the spelling of outputs."""
        words = {
            name.split("_")[0] + "".join(w.title() for w in name.split("_")[1:]): value
            for name, value in asdict(self).items()
        }
        words.pop("smallestPrefix")
        return {**words, "smallestSubnet": f"/{self.smallest_prefix}"}


def plan(settings: LabSettings) -> IpPlan:
    """Return the plan of the lab's Linux and Windows nodes."""
    pools = [pool.count for pool in linux_pools(settings)]
    if settings.windows_node_count > 0:
        pools.append(settings.windows_node_count)
    azure = settings.network_plugin is NetworkPlugin.AZURE
    return plan_for(pools, limits.AZURE_CNI_MAX_PODS_PER_NODE if azure else 0)


def plan_for(pool_sizes: list[int], pods_in_the_subnet: int) -> IpPlan:
    """Return the plan of pools of these sizes, with so many pods of a node having addresses of the subnet."""
    per_node = 1 + pods_in_the_subnet
    nodes = sum(pool_sizes)
    surge = len(pool_sizes) * limits.SURGE_NODES
    needed = (nodes + surge) * per_node + limits.SUBNET_RESERVED_ADDRESSES
    return IpPlan(
        addresses_per_node=per_node,
        nodes=nodes,
        surge_nodes=surge,
        nodes_take=nodes * per_node,
        upgrade_takes=(nodes + surge) * per_node,
        azure_keeps=limits.SUBNET_RESERVED_ADDRESSES,
        needed=needed,
        smallest_prefix=min(32 - (needed - 1).bit_length(), limits.SUBNET_PREFIX_LONGEST),
    )
