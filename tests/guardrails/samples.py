"""One stack that breaks no rule, and a way to change one thing in it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from guardrails.stack_resource import Resource, Secret

_PREFIX = "urn:pulumi:sample::calico-labs::"
PROVIDER = f"{_PREFIX}pulumi:providers:kubernetes::aks-provider"
DEFAULT_PROVIDER = f"{_PREFIX}pulumi:providers:kubernetes::default_4_34_2"
REMOVED = object()
TAGS = {"lab": "byocni", "owner": "me", "managedBy": "calico-labs", "expires": "2026-11-22T18:00:00Z"}


def resource(type: str, name: str, props: dict[str, Any], provider: str | None = None) -> Resource:
    if provider is None:
        provider = PROVIDER if type.startswith("kubernetes:") else ""
    return Resource(f"{_PREFIX}{type}::{name}", type, name, props, provider)


def kubernetes(kind: str, name: str, namespace: str, **fields: Any) -> Resource:
    version, _, word = kind.rpartition(":")
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    api_version = version.removeprefix("core/")
    return resource(
        f"kubernetes:{kind}",
        f"x-{name}",
        {"apiVersion": api_version, "kind": word, "metadata": metadata, **fields},
    )


def sound() -> list[Resource]:
    """Return the stack; every call a new one."""
    web = {"matchLabels": {"app": "web"}}
    return copy.deepcopy(
        [
            resource("azure-native:resources:ResourceGroup", "group", {"tags": TAGS}),
            resource(
                "azure-native:containerservice:ManagedCluster",
                "cluster",
                {
                    "tags": TAGS,
                    "agentPoolProfiles": [{"name": "system", "mode": "System", "vmSize": "Standard_D4s_v5"}],
                    "networkProfile": {"networkPlugin": "none"},
                    "windowsProfile": {"adminUsername": "a", "adminPassword": Secret("a long password")},
                },
            ),
            resource(
                "azure-native:containerservice:AgentPool", "pool", {"mode": "User", "vmSize": "Standard_B2ms"}
            ),
            resource(
                "pulumi:providers:kubernetes", "aks-provider", {"kubeconfig": Secret("client-key-data: x")}
            ),
            resource(
                "kubernetes:helm.sh/v3:Release", "release", {"chart": "tigera-operator", "version": "v3.32.4"}
            ),
            kubernetes(
                "operator.tigera.io/v1:Installation",
                "default",
                "",
                spec={
                    "kubernetesProvider": "AKS",
                    "cni": {"type": "Calico"},
                    "calicoNetwork": {"bgp": "Disabled", "ipPools": [{"encapsulation": "VXLAN"}]},
                },
            ),
            kubernetes("core/v1:Namespace", "shop", ""),
            kubernetes(
                "networking.k8s.io/v1:NetworkPolicy",
                "deny",
                "shop",
                spec={"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
            ),
            kubernetes(
                "networking.k8s.io/v1:NetworkPolicy",
                "allow",
                "shop",
                spec={
                    "podSelector": web,
                    "policyTypes": ["Ingress"],
                    "ingress": [{"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}],
                },
            ),
            kubernetes(
                "core/v1:Service", "shop", "shop", spec={"type": "LoadBalancer", "selector": {"app": "web"}}
            ),
            kubernetes(
                "apps/v1:Deployment",
                "web",
                "shop",
                spec={
                    "template": {
                        "spec": {"containers": [{"name": "web", "image": "example.org:5000/web:1.2"}]}
                    }
                },
            ),
        ]
    )


def changed(stack: Sequence[Resource], name: str, path: str, value: Any) -> list[Resource]:
    """Return the stack with one input of one resource set, or taken out with REMOVED."""
    [found] = [entry for entry in stack if entry.name == name]
    props = copy.deepcopy(dict(found.props))
    target: Any = props
    *above, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in above:
        target = target[step]
    if value is REMOVED:
        del target[last]
    else:
        target[last] = value
    new = Resource(found.urn, found.type, found.name, props, found.provider, found.shows_secrets)
    return [new if entry is found else entry for entry in stack]


def without(stack: Sequence[Resource], name: str) -> list[Resource]:
    left = [entry for entry in stack if entry.name != name]
    assert len(left) == len(stack) - 1
    return left
