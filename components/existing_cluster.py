"""A cluster that was there before the lab and stays after it: NKE, kind, kubeadm.

Offers the same interface as AksCluster. Creates nothing in the cluster and copies no credentials into the
state except those of the one context that is named.
"""

from pathlib import Path
from typing import TypedDict

import pulumi
from pulumi_kubernetes.provider import Provider

from labs.kubeconfig import single_context


class ExistingClusterArgs(TypedDict):
    """Which cluster to use. All fields are plain: the file is read while the program runs."""

    kubeconfig_path: str
    """Path of the kubeconfig file; `~` is the home directory."""

    context: str
    """Context inside that file. Required, never the current one: a lab must not land on whichever cluster the
    user looked at last."""

    allow_exec: bool
    """Whether the context may name a program that is run to log in."""


class ExistingCluster(pulumi.ComponentResource):
    """A Kubernetes provider for one context of a kubeconfig file."""

    cluster_name: pulumi.Output[str]
    """Name of the context."""

    kubeconfig: pulumi.Output[str]
    """The one context's credentials, secret."""

    def __init__(
        self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("calico-labs:kubernetes:ExistingCluster", name, None, opts)

        kubeconfig = single_context(
            Path(args["kubeconfig_path"]), args["context"], allow_exec=args["allow_exec"]
        )

        self.cluster_name = pulumi.Output.from_input(args["context"])
        self.kubeconfig = pulumi.Output.secret(kubeconfig)
        # The cluster outlives the lab, so a destroy removes what the lab put there object by object.
        self.deleted_with: pulumi.Resource | None = None
        self.kubernetes_provider = Provider(
            f"{name}-provider",
            kubeconfig=self.kubeconfig,
            # Renewed credentials must not replace the provider and with it everything the lab has in the
            # cluster.
            cluster_identifier=args["context"],
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"clusterName": self.cluster_name, "kubeconfig": self.kubeconfig})
