"""Generated clusters for the speed of `reach`: the same for this engine and for what it is compared with.

Workloads with addresses in ten namespaces, and policies as people write them: a default deny here and there, then
selectors, ports and ranges, two thirds Calico's and one third Kubernetes' own.
"""

from __future__ import annotations

import random
from typing import Any

NAMESPACES = 10
ROLES = ("web", "api", "db", "cache", "queue", "batch", "auth", "mail")
PORTS = (53, 80, 443, 2379, 3306, 5432, 6379, 8080, 8443, 9090)

Manifest = dict[str, Any]


def namespaces() -> list[Manifest]:
    """Return the namespaces."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": f"ns{n}",
                "labels": {"kubernetes.io/metadata.name": f"ns{n}", "team": f"t{n % 3}"},
            },
        }
        for n in range(NAMESPACES)
    ]


def pods(count: int) -> list[Manifest]:
    """Return pods, each with an address."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"pod{n}",
                "namespace": f"ns{n % NAMESPACES}",
                "labels": {
                    "app": f"app{n % max(10, count // 5)}",
                    "role": ROLES[n % len(ROLES)],
                    "env": ("prod", "test")[n // 8 % 2],
                },
            },
            "spec": {"serviceAccountName": "default", "containers": [{"name": "c", "image": "i:1"}]},
            "status": {"podIP": f"10.1.{n // 250}.{n % 250 + 1}", "hostIP": "192.168.0.1"},
        }
        for n in range(count)
    ]


def policies(count: int, pod_count: int, seed: int) -> list[Manifest]:
    """Return policies; the first few deny a whole namespace by default."""
    source = random.Random(seed)  # noqa: S311 -- a benchmark, not a secret
    return [_policy(source, number, max(10, pod_count // 5)) for number in range(count)]


def _policy(source: random.Random, number: int, apps: int) -> Manifest:
    space = f"ns{number % NAMESPACES}"
    if number < NAMESPACES // 3:
        spec: Manifest = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        return _manifest("networking.k8s.io/v1", f"deny{number}", space, spec)
    app = f"app{source.randrange(apps)}"
    side = source.choice(("ingress", "egress"))
    if number % 3 == 0:
        return _manifest("networking.k8s.io/v1", f"k{number}", space, _kubernetes_spec(source, side))
    return _manifest("projectcalico.org/v3", f"c{number}", space, _calico_spec(source, side, app))


def _kubernetes_spec(source: random.Random, side: str) -> Manifest:
    peers: list[Manifest] = [
        {
            "podSelector": {"matchLabels": {"role": source.choice(ROLES)}},
            "namespaceSelector": {"matchLabels": {"team": f"t{source.randrange(3)}"}},
        },
        {"ipBlock": {"cidr": f"10.{source.randrange(2, 200)}.0.0/16"}},
    ]
    ports = [{"protocol": "TCP", "port": port} for port in source.sample(PORTS, 2)]
    return {
        "podSelector": {"matchLabels": {"role": source.choice(ROLES)}},
        "policyTypes": [side.capitalize()],
        side: [{"from" if side == "ingress" else "to": peers, "ports": ports}],
    }


def _calico_spec(source: random.Random, side: str, app: str) -> Manifest:
    roles = ", ".join(f"'{role}'" for role in source.sample(ROLES, 3))
    teams = f"team in {{'t{source.randrange(3)}', 't{source.randrange(3)}'}}"
    peer = {
        "selector": f"role in {{{roles}}} || app == '{app}'",
        "namespaceSelector": source.choice(("all()", teams)),
    }
    rules = []
    for action in (source.choice(("Allow", "Deny")), "Allow"):
        ports = {"ports": source.sample(PORTS, 2)}
        ends = (
            {"source": peer, "destination": ports}
            if side == "ingress"
            else {"destination": {**peer, **ports}}
        )
        rules.append({"action": action, "protocol": source.choice(("TCP", "UDP")), **ends})
    return {
        "selector": f"role == '{source.choice(ROLES)}' && env == '{source.choice(('prod', 'test'))}'",
        "order": source.randrange(1, 2000),
        "types": [side.capitalize()],
        side: rules,
    }


def _manifest(api_version: str, name: str, namespace: str, spec: Manifest) -> Manifest:
    return {
        "apiVersion": api_version,
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
