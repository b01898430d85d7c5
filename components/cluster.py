"""What everything above a cluster may know about it, wherever the cluster comes from.

Deliberately small: a Kubernetes provider, the kubeconfig, and what deletes the in-cluster objects along with
itself. Nothing here says AKS, so that a component which takes a Cluster works on any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pulumi
from pulumi_kubernetes.provider import Provider


class Cluster(Protocol):
    """A Kubernetes cluster that a lab can be put on."""

    @property
    def kubernetes_provider(self) -> Provider:
        """The explicit provider; the default one is disabled for the whole project."""

    @property
    def kubeconfig(self) -> pulumi.Output[str]:
        """Credentials for the cluster; always a secret output."""

    @property
    def deleted_with(self) -> pulumi.Resource | None:
        """The resource whose deletion takes everything in the cluster along; None when the cluster outlives
        the lab."""


def in_cluster(cluster: Cluster, depends_on: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
    """Build the options of a component that lives inside the cluster.

    The engine passes provider and deletedWith on to the component's children (source_eval.go,
    inheritFromParent, read 2026-11-22), and lets a child wait for whatever its component depends on.
    """
    return pulumi.ResourceOptions(
        provider=cluster.kubernetes_provider, deleted_with=cluster.deleted_with, depends_on=depends_on
    )
