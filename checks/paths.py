"""Where the API server keeps the kinds that checks look at."""

from __future__ import annotations

from labs.manifests import Manifest
from labs.settings import LabSettings

OPERATOR = "/apis/operator.tigera.io/v1"
CALICO_SYSTEM = "calico-system"

_PLURALS = {
    "Namespace": "namespaces",
    "NetworkPolicy": "networkpolicies",
    "GlobalNetworkPolicy": "globalnetworkpolicies",
    "NetworkSet": "networksets",
    "GlobalNetworkSet": "globalnetworksets",
    "Tier": "tiers",
    "Service": "services",
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
}


def calico(settings: LabSettings) -> str:
    """Return the path of the API group in which the lab's Calico objects are read and written."""
    return f"/apis/{settings.calico_api_group}"


def plural(kind: str) -> str:
    """Return the plural of a kind in paths."""
    return _PLURALS[kind]


def collection(api_version: str, kind: str, namespace: str | None = None) -> str:
    """Return the path of all objects of a kind, or of those in a namespace."""
    group = f"/api/{api_version}" if "/" not in api_version else f"/apis/{api_version}"
    place = f"/namespaces/{namespace}" if namespace else ""
    return f"{group}{place}/{plural(kind)}"


def of(manifest: Manifest) -> str:
    """Return the path of a manifest's object."""
    return f"{collection(manifest.api_version, manifest.kind, manifest.namespace)}/{manifest.name}"


def workload(namespace: str, plural_name: str, name: str) -> str:
    """Return the path of a Deployment, DaemonSet or StatefulSet."""
    return f"/apis/apps/v1/namespaces/{namespace}/{plural_name}/{name}"


def resource(manifest: Manifest) -> str:
    """Return kind and name as kubectl takes them, with the group where the name alone is not clear."""
    group = manifest.api_version.partition("/")[0] if "/" in manifest.api_version else ""
    name = plural(manifest.kind) + (f".{group}" if group else "")
    return f"{name} {manifest.name}" + (f" -n {manifest.namespace}" if manifest.namespace else "")
