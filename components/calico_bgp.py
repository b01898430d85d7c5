"""BGP on a cluster that Calico routes: status reports of nodes, and route reflectors instead of the full mesh.

The bodies come from labs/bgp.py. Nodes belong to others, so they are patched. A cluster that has a BGP configuration
already is not overwritten: creating a second one fails. Deleting ours brings Calico's default back, the full mesh.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi

from components.kubernetes_object import KubernetesObject, KubernetesPatch
from components.waits import time_limit


class CalicoBgpArgs(TypedDict):
    """What to ask and what to change. All plain: they decide which resources exist."""

    node_statuses: Sequence[Mapping[str, Any]]
    """Bodies of the CalicoNodeStatus objects, one a node."""

    reflectors: Sequence[Mapping[str, Any]]
    """Patches that make nodes route reflectors. Empty: full mesh."""

    peering: Mapping[str, Any]
    """Body of the BGPPeer between all nodes and the reflectors; used if there are reflectors."""

    no_mesh: Mapping[str, Any]
    """Body of the BGPConfiguration that ends the full mesh; used if there are reflectors."""

    wait_minutes: int
    """Minutes each object may take."""


class CalicoBgp(pulumi.ComponentResource):
    """Node status reports and, if asked for, route reflectors."""

    reported_nodes: pulumi.Output[Sequence[str]]
    """Names of the nodes whose status is reported."""

    def __init__(self, name: str, args: CalicoBgpArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("calico-labs:calico:CalicoBgp", name, None, opts)

        for body in args["node_statuses"]:
            KubernetesObject(
                f"{name}-{body['metadata']['name']}", body, self._options(args["wait_minutes"], [])
            )
        if args["reflectors"]:
            reflectors: list[pulumi.Resource] = [
                KubernetesPatch(
                    f"{name}-reflector-{body['metadata']['name']}",
                    body,
                    self._options(args["wait_minutes"], []),
                )
                for body in args["reflectors"]
            ]
            peering = KubernetesObject(
                f"{name}-peering", args["peering"], self._options(args["wait_minutes"], reflectors)
            )
            # Last: without the mesh and before the peering no node would know a route to any other. Owned and not
            # patched: a patch that holds the required `spec` cannot be deleted, and the mesh would stay off.
            KubernetesObject(
                f"{name}-no-mesh", args["no_mesh"], self._options(args["wait_minutes"], [peering])
            )

        self.reported_nodes = pulumi.Output.from_input(
            [body["spec"]["node"] for body in args["node_statuses"]]
        )
        self.register_outputs({"reportedNodes": self.reported_nodes})

    def _options(self, minutes: int, depends_on: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=depends_on, custom_timeouts=time_limit(minutes))
