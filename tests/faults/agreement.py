"""Whether a stack's state, Azure and the cluster agree: nothing lost, nothing double."""

from __future__ import annotations

import json
from typing import Any

from sandbox.kube_api import KubeApi
from tests.e2e.harness import Lab

Object = tuple[str, str, str, str]
"""API version, kind, namespace, name."""
_KINDS = {
    "v1": {"Namespace": "namespaces", "Service": "services", "ServiceAccount": "serviceaccounts"},
    "apps/v1": {"Deployment": "deployments"},
    "networking.k8s.io/v1": {"NetworkPolicy": "networkpolicies"},
    "projectcalico.org/v3": {
        "NetworkPolicy": "networkpolicies",
        "GlobalNetworkPolicy": "globalnetworkpolicies",
        "CalicoNodeStatus": "caliconodestatuses",
    },
    "operator.tigera.io/v1": {"Installation": "installations", "APIServer": "apiservers"},
}
"""API version -> kind -> plural, of what is compared."""
_OF_CLUSTER = ("kube-", "default", "calico-", "tigera-")
"""Namespaces of Kubernetes and of the operator, which makes its own."""


def resources(lab: Lab) -> list[dict[str, Any]]:
    """Return the resources of the state, read from the backend's file: asking Pulumi takes seconds, many times over."""
    file = lab.home.backend / ".pulumi" / "stacks" / "calico-labs" / f"{lab.stack}.json"
    latest = json.loads(file.read_text(encoding="utf-8"))["checkpoint"].get("latest") or {}
    return list(latest.get("resources") or [])


def in_state(lab: Lab) -> set[Object]:
    """Return the Kubernetes objects that the state knows, of the kinds that are compared."""
    found = set()
    for resource in resources(lab):
        body = resource.get("outputs") or {}
        if not str(resource["type"]).startswith("kubernetes:") or str(resource["type"]).endswith("Patch"):
            continue
        if body.get("kind") in _KINDS.get(body.get("apiVersion", ""), {}):
            metadata = body["metadata"]
            found.add((body["apiVersion"], body["kind"], metadata.get("namespace") or "", metadata["name"]))
    return {item for item in found if not _of_cluster(item)}


def in_cluster(api: KubeApi) -> set[Object]:
    """Return the objects of these kinds that are in the cluster and not part of any."""
    found = set()
    for version, kind, plural in [
        (v, kind, plural) for v, kinds in _KINDS.items() for kind, plural in kinds.items()
    ]:
        for item in api.list(f"/{'apis' if '/' in version else 'api'}/{version}/{plural}"):
            metadata: dict[str, Any] = item["metadata"]
            found.add((version, kind, metadata.get("namespace") or "", metadata["name"]))
    return {item for item in found if not _of_cluster(item)}


def _of_cluster(item: Object) -> bool:
    _, kind, namespace, name = item
    if kind in ("Installation", "APIServer"):
        return False
    if kind == "ServiceAccount" and name == "default":
        return True
    return (name if kind == "Namespace" else namespace).startswith(_OF_CLUSTER)


def azure_in_state(lab: Lab) -> set[str]:
    """Return the ids of the Azure resources that the state knows, in small letters."""
    return {str(r["id"]).lower() for r in resources(lab) if str(r["type"]).startswith("azure-native:")}


def azure_there(lab: Lab) -> set[str]:
    """Return the ids of what Azure has and a program asks for: not the nodes' group, inline pools or plain clusters."""
    return {
        id
        for id, resource in lab.azure().items()
        if not resource.get("managedBy")
        and not id.endswith("/agentpools/system")
        and "/plainclusters/" not in id
    }
