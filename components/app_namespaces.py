"""The namespaces of a demo application, apart from the application itself.

They have to exist before the network policies, and the policies before the pods; with the namespaces inside
DemoApp the policies could not come between.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi

from components.kubernetes_object import KubernetesObject, child_name
from components.waits import time_limit


class AppNamespacesArgs(TypedDict):
    """Which namespaces to create."""

    namespaces: Sequence[Mapping[str, Any]]
    """Bodies of the application's objects of kind Namespace. Plain: they decide which resources exist."""

    wait_minutes: int
    """Minutes each namespace may take to come and to go. Plain: options take no outputs."""


class AppNamespaces(pulumi.ComponentResource):
    """The empty namespaces of an application."""

    names: pulumi.Output[Sequence[str]]
    """Names of the namespaces, in file order."""

    def __init__(
        self, name: str, args: AppNamespacesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("calico-labs:app:AppNamespaces", name, None, opts)

        namespaces = [
            KubernetesObject(
                child_name(name, body),
                body,
                pulumi.ResourceOptions(parent=self, custom_timeouts=time_limit(args["wait_minutes"])),
            )
            for body in args["namespaces"]
        ]

        self.names = pulumi.Output.all(*(namespace.metadata["name"] for namespace in namespaces))
        self.register_outputs({"names": self.names})
