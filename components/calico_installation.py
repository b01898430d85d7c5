"""Calico itself: the objects the operator acts on, each waited for before the next.

The bodies come ready-made from labs/installation.py. This component decides order, waiting and deletion, not
content. Objects that the operator writes itself are patched here, never owned.
"""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from components.kubernetes_object import KubernetesObject, KubernetesPatch
from components.tigera_operator import NAMESPACE
from components.waits import time_limit


class CalicoInstallationArgs(TypedDict):
    """What Calico needs once its operator runs."""

    installation: Mapping[str, Any]
    """Body of `Installation/default`, with the annotations that make Pulumi wait and delete properly."""

    api_server: Mapping[str, Any]
    """Body of `APIServer/default`, which serves `projectcalico.org/v3`."""

    felix: Mapping[str, Any]
    """Fields for `FelixConfiguration/default`. Empty: nothing is patched. Plain: it decides whether there is
    a patch."""

    api_server_host: NotRequired[pulumi.Input[str] | None]
    """Host name by which nodes reach the Kubernetes API server without kube-proxy; left out where kube-proxy does
    it."""

    wait_minutes: int
    """Minutes each single wait may take. Plain: options take no outputs."""


class CalicoInstallation(pulumi.ComponentResource):
    """Calico, Ready, with its API served.

    Gives out nothing: what the operator reports (conditions, times) changes by itself, and a component that
    repeated it would differ after every refresh. Whoever depends on this component gets a Calico that is
    Ready.
    """

    def __init__(
        self, name: str, args: CalicoInstallationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("calico-labs:calico:CalicoInstallation", name, None, opts)

        before: list[pulumi.Resource] = []
        host = args.get("api_server_host")
        if host is not None:
            before = [
                KubernetesObject(
                    f"{name}-services-endpoint",
                    services_endpoint(host),
                    self._options(args["wait_minutes"], []),
                )
            ]
        installation = KubernetesObject(
            f"{name}-installation", args["installation"], self._options(args["wait_minutes"], before)
        )
        # Deleted in reverse: an APIServer that is left behind without an operator blocks the deletion of
        # every namespace in the cluster (projectcalico/calico#6140).
        api_server = KubernetesObject(
            f"{name}-api-server", args["api_server"], self._options(args["wait_minutes"], [installation])
        )
        if args["felix"]:
            # After Ready: a patch on an object that is not there creates it, before the operator does.
            KubernetesPatch(
                f"{name}-felix",
                {
                    "apiVersion": "projectcalico.org/v3",
                    "kind": "FelixConfiguration",
                    "metadata": {"name": "default"},
                    "spec": args["felix"],
                },
                self._options(args["wait_minutes"], [api_server]),
            )

        self.register_outputs({})

    def _options(self, minutes: int, depends_on: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        """Give every wait its own limit, so that a Calico that never gets Ready fails the run and cannot hang
        it."""
        return pulumi.ResourceOptions(parent=self, depends_on=depends_on, custom_timeouts=time_limit(minutes))


def services_endpoint(host: pulumi.Input[str]) -> dict[str, Any]:
    """Return the ConfigMap by which the operator tells Calico how to reach the API server without kube-proxy.

    It belongs in the operator's namespace, and the host carries no scheme; the course text has kube-system
    and `https://`, which operator installations never read.
    """
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "kubernetes-services-endpoint", "namespace": NAMESPACE},
        "data": {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"},
    }
