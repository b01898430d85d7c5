"""Cluster DNS, kube-proxy and the konnectivity agent as pods that run.

The objects are those of `clusters/addons`; here stand their containers and what they read. Names and labels are AKS's,
contents are ours. CoreDNS forwards nothing: an offline cluster knows its own names only. The konnectivity agent has
nothing to do, since the API server reaches nodes and pods by plain routes.
"""

from __future__ import annotations

from typing import Any

import yaml

from sandbox.kube_api import Body, KubeApi
from sandbox.nodes.real.images import COREDNS, KONNECTIVITY, KUBE_PROXY

_NAMESPACE = "kube-system"
_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a folder
_RBAC = "rbac.authorization.k8s.io"
_COREFILE = """.:53 {
    errors
    health :8080
    ready :8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 30
    }
    cache 30
    loadbalance
}
"""


def pod_specs() -> dict[str, Body]:
    """Return what each add-on's pod has beside its labels, by name of the workload."""
    return {
        "coredns": {
            "serviceAccountName": "coredns",
            "dnsPolicy": "Default",
            "containers": [
                {
                    "name": "coredns",
                    "image": COREDNS,
                    "args": ["-conf", "/etc/coredns/Corefile"],
                    "ports": [
                        {"name": "dns", "containerPort": 53, "protocol": "UDP"},
                        {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"},
                    ],
                    "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 2},
                    "livenessProbe": {
                        "httpGet": {"path": "/health", "port": 8080},
                        "initialDelaySeconds": 30,
                    },
                    "resources": {
                        "requests": {"cpu": "20m", "memory": "30Mi"},
                        "limits": {"memory": "170Mi"},
                    },
                    "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns"}],
                }
            ],
            "volumes": [{"name": "config", "configMap": {"name": "coredns"}}],
        },
        "kube-proxy": {
            "serviceAccountName": "kube-proxy",
            "containers": [
                {
                    "name": "kube-proxy",
                    "image": KUBE_PROXY,
                    "args": ["--config=/etc/kube-proxy/config.yaml", "--hostname-override=$(NODE_NAME)"],
                    "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
                    "securityContext": {"privileged": True},
                    "volumeMounts": [
                        {"name": "config", "mountPath": "/etc/kube-proxy"},
                        {"name": "lock", "mountPath": "/run/xtables.lock"},
                    ],
                }
            ],
            "volumes": [
                {"name": "config", "configMap": {"name": "kube-proxy"}},
                {"name": "lock", "hostPath": {"path": "/run/xtables.lock", "type": "FileOrCreate"}},
            ],
        },
        "konnectivity-agent": {
            "containers": [{"name": "konnectivity-agent", "image": KONNECTIVITY}],
        },
    }


def install(api: KubeApi, server: str, pod_cidr: str | None) -> None:
    """Create what the pods above read and are allowed to do, before their workloads."""
    for name in ("coredns", "kube-proxy"):
        body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
        _create(api, f"/api/v1/namespaces/{_NAMESPACE}/serviceaccounts", body)
    _config_map(api, "coredns", {"Corefile": _COREFILE})
    _config_map(api, "kube-proxy", _proxy_files(server, pod_cidr))
    role = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "system:coredns"},
        "rules": [
            {
                "apiGroups": [""],
                "resources": ["endpoints", "services", "pods", "namespaces"],
                "verbs": ["list", "watch"],
            },
            {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
        ],
    }
    _create(api, f"/apis/{_RBAC}/v1/clusterroles", role)
    for account, bound in (("coredns", "system:coredns"), ("kube-proxy", "system:node-proxier")):
        binding = {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"sandbox:{account}"},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": bound},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": _NAMESPACE}],
        }
        _create(api, f"/apis/{_RBAC}/v1/clusterrolebindings", binding)


def _create(api: KubeApi, path: str, body: Body) -> None:
    if api.get(f"{path}/{body['metadata']['name']}") is None:
        api.create(path, body)


def _config_map(api: KubeApi, name: str, data: dict[str, str]) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    _create(api, f"/api/v1/namespaces/{_NAMESPACE}/configmaps", body)


def _proxy_files(server: str, pod_cidr: str | None) -> dict[str, str]:
    # Not by the Service address of the API server, which only kube-proxy itself makes reachable.
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "c", "cluster": {"server": server, "certificate-authority": f"{_TOKEN}/ca.crt"}}
        ],
        "users": [{"name": "u", "user": {"tokenFile": f"{_TOKEN}/token"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
    }
    configuration: dict[str, Any] = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": "/etc/kube-proxy/kubeconfig.yaml"},
        "mode": "iptables",
        # These limits belong to the machine, not to a network namespace: the host's stay as they are.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        "iptables": {"minSyncPeriod": "0.1s"},
        **({"clusterCIDR": pod_cidr} if pod_cidr else {}),
    }
    return {"kubeconfig.yaml": yaml.safe_dump(kubeconfig), "config.yaml": yaml.safe_dump(configuration)}
