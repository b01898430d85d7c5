"""Nodes of a sandbox cluster, behind one small interface; everything else does not know of which kind they are.

May live here: what only one kind of node needs. `simulated` nodes are objects that KWOK keeps alive: no packet flows,
no container runs. `real` nodes have a kubelet and containers; Calico decides their packets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sandbox.errors import ProcessError
from sandbox.process import Program


@dataclass(frozen=True)
class Node:
    """A node that should be there."""

    name: str
    address: str
    pool: str
    os: str
    vm_size: str
    kubernetes_version: str
    labels: Mapping[str, str]


class Nodes(Protocol):
    """What a cluster asks of its nodes."""

    def start(self) -> None:
        """Start what the nodes need; the API server is ready by then."""

    def stop(self) -> None:
        """End what `start` and `join` started."""

    def programs(self) -> list[Program]:
        """Return what runs for them."""

    def settle(self) -> None:
        """Do one round of what goes on around the nodes."""

    def names(self) -> set[str]:
        """Return the nodes that were brought up here, whether the API server knows them or not."""

    def has(self, name: str) -> bool:
        """Tell whether nothing more needs to be started for a node that the API server knows."""

    def join(self, node: Node) -> None:
        """Bring a node up; it is NotReady until a CNI plugin is there. Harmless if it has joined."""

    def leave(self, name: str) -> None:
        """Take a node away, with its pods."""

    def label(self, name: str, labels: Mapping[str, str]) -> None:
        """Set the node's labels."""

    def cni_present(self, name: str) -> None:
        """Tell the node that a CNI plugin is installed on it; real nodes see it by themselves."""


def load_balancer_address(index: int) -> str:
    """Return the address of a cluster's LoadBalancer Service number `index`.

    It is one of 203.0.113.0/24, a documentation range (RFC 5737): it is nobody's.

    Raises:
        ProcessError: the range is used up.
    """
    if index >= 254:
        raise ProcessError("the sandbox has no address left for a LoadBalancer Service (254 are in use)")
    return f"203.0.113.{index + 1}"
