"""What AKS puts into a fresh cluster and the labs rely on: cluster DNS, kube-proxy, the konnectivity agent.

Only the objects matter here (labels that policies select, Services that answer to a name): written by us, with AKS's
names and labels. Their pods wait for a CNI like any other, unless they use the host's network.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kube_api import KubeApi

_NAMESPACE = "kube-system"
_MANAGED = {"addonmanager.kubernetes.io/mode": "Reconcile"}
_EVERYWHERE = [{"operator": "Exists"}]


def install_addons(
    api: KubeApi,
    dns_service_ip: str,
    kubernetes_version: str,
    pod_specs: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    kube_proxy: bool = True,
) -> None:
    """Create the add-ons that are missing; `pod_specs`: what their pods need to really run, by workload.

    Without `kube_proxy` its DaemonSet goes, as AKS takes it away where it is disabled.
    """
    dns = {"k8s-app": "kube-dns"}
    critical = [{"key": "CriticalAddonsOnly", "operator": "Exists"}]
    workloads = (
        (
            "deployments",
            _workload(
                "Deployment",
                "coredns",
                dns,
                "mcr.microsoft.com/oss/v2/kubernetes/coredns:v1.12.1",
                critical,
                2,
            ),
        ),
        (
            "deployments",
            _workload(
                "Deployment",
                "konnectivity-agent",
                {"app": "konnectivity-agent"},
                "mcr.microsoft.com/oss/v2/kubernetes/apiserver-network-proxy/agent:v0.30.3",
                critical,
                2,
            ),
        ),
        (
            "daemonsets",
            _workload(
                "DaemonSet",
                "kube-proxy",
                {"component": "kube-proxy", "tier": "node"},
                f"mcr.microsoft.com/oss/v2/kubernetes/kube-proxy:v{kubernetes_version}",
                _EVERYWHERE,
                None,
            ),
        ),
    )
    for plural, body in workloads:
        if body["metadata"]["name"] == "kube-proxy" and not kube_proxy:
            api.delete(f"/apis/apps/v1/namespaces/{_NAMESPACE}/{plural}/kube-proxy")
            continue
        body["spec"]["template"]["spec"] |= (pod_specs or {}).get(body["metadata"]["name"], {})
        _create_once(api, f"/apis/apps/v1/namespaces/{_NAMESPACE}/{plural}", body)
    _create_once(
        api,
        f"/api/v1/namespaces/{_NAMESPACE}/services",
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "kube-dns", "labels": {**dns, **_MANAGED}},
            "spec": {
                "clusterIP": dns_service_ip,
                "selector": dns,
                "ports": [
                    {"name": "dns", "port": 53, "protocol": "UDP"},
                    {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
                ],
            },
        },
    )


def _create_once(api: KubeApi, path: str, body: dict[str, Any]) -> None:
    # Looked up first: a second Service of one name is refused for its address, not as AlreadyExists.
    if api.get(f"{path}/{body['metadata']['name']}") is None:
        api.create(path, body)


def _workload(
    kind: str,
    name: str,
    labels: dict[str, str],
    image: str,
    tolerations: list[dict[str, str]],
    replicas: int | None,
) -> dict[str, Any]:
    pod: dict[str, Any] = {
        "containers": [{"name": name, "image": image}],
        "tolerations": tolerations,
        "priorityClassName": "system-node-critical",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "serviceAccountName": "default",
    }
    if kind == "DaemonSet":
        pod["hostNetwork"] = True
    spec: dict[str, Any] = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    if replicas is not None:
        spec["replicas"] = replicas
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": {**labels, **_MANAGED}},
        "spec": spec,
    }
