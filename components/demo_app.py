"""The demo application of a lab: everything its manifests hold but the namespaces.

Created last, when the policies are in force, so that no pod ever runs unguarded. The manifests are used as
they are; only images may be exchanged.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, TypedDict

import pulumi

from components.kubernetes_object import KubernetesObject, child_name
from components.waits import time_limit
from labs.manifests import containers

_NEEDED_BY_PODS = ("ServiceAccount", "ConfigMap")
"""Kinds that a pod cannot start without. Kubernetes would try again until they are there, and log an error
each time."""


class DemoAppArgs(TypedDict):
    """What to deploy."""

    manifests: Sequence[Mapping[str, Any]]
    """Bodies of the application's objects without its namespaces. Plain: they decide which resources exist."""

    images: Mapping[str, pulumi.Input[str]]
    """Images to use instead of the manifests' own, by container name."""

    wait_minutes: int
    """Minutes each object may take to get ready. Plain: options take no outputs."""


class DemoApp(pulumi.ComponentResource):
    """A running demo application."""

    address: pulumi.Output[str | None]
    """Address of the load balancer; None if the application has none."""

    def __init__(self, name: str, args: DemoAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("calico-labs:app:DemoApp", name, None, opts)

        needed_by_pods: list[pulumi.Resource] = []
        services: list[KubernetesObject] = []
        for body in sorted(args["manifests"], key=lambda body: body["kind"] not in _NEEDED_BY_PODS):
            needed = body["kind"] in _NEEDED_BY_PODS
            resource = KubernetesObject(
                child_name(name, body),
                with_images(body, args["images"]),
                pulumi.ResourceOptions(
                    parent=self,
                    depends_on=[] if needed else needed_by_pods,
                    custom_timeouts=time_limit(args["wait_minutes"]),
                ),
            )
            if needed:
                needed_by_pods.append(resource)
            if is_load_balancer(body):
                services.append(resource)

        addresses = [service.status.apply(ingress_address) for service in services]
        self.address = addresses[0] if addresses else pulumi.Output.from_input(None)
        self.register_outputs({"address": self.address})


def with_images(body: Mapping[str, Any], images: Mapping[str, pulumi.Input[str]]) -> dict[str, Any]:
    """Return a copy of a manifest's body with the images of the named containers exchanged."""
    changed = deepcopy(dict(body))
    for container in containers(changed):
        if isinstance(container, dict) and container["name"] in images:
            container["image"] = images[container["name"]]
    return changed


def is_load_balancer(body: Mapping[str, Any]) -> bool:
    """Tell whether the cloud gives this object an address."""
    return bool(body["kind"] == "Service" and body["spec"].get("type") == "LoadBalancer")


def ingress_address(status: Mapping[str, Any] | None) -> str | None:
    """Return the address in a Service's status; None where no cloud is there to assign one."""
    ingress = ((status or {}).get("loadBalancer") or {}).get("ingress") or [{}]
    address = ingress[0].get("ip") or ingress[0].get("hostname")
    return None if address is None else str(address)
