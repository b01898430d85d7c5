"""Random policies, of everything that decides flows: selectors of all sorts, service accounts, named ports,
Services, network sets, ICMP. `clusters.py` puts them into whole clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.reach.dice import Dice

KEYS = ("app", "role", "env")
VALUES = ("x", "y", "z", "xy")
PORTS = (53, 80, 443, 8080)
PORT_NAMES = ("web", "dns", "admin")


class RandomPolicies:
    """One random object after another; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = Dice(seed)
        self.version = 4

    def some(self, choices: Sequence[Any], least: int, most: int) -> list[Any]:
        """Return some of the choices, none twice."""
        count = min(len(choices), self.random.randint(least, most))
        return self.random.sample(choices, count)

    def maybe(self, probability: float) -> bool:
        """Return True with a probability."""
        return self.random.random() < probability

    def labels(self) -> dict[str, str]:
        """Return random labels."""
        return {key: self.random.choice(VALUES) for key in self.some(KEYS, 0, 3)}

    def selector(self, depth: int = 0) -> str:
        """Return a random selector."""
        kind = self.random.randrange(12 if depth < 2 else 8)
        key, value = self.random.choice(KEYS), self.random.choice(VALUES)
        if kind in (0, 1):
            return f"{key} == '{value}'"
        if kind == 2:
            return f'{key} != "{value}"'
        if kind == 3:
            return f"has({key})"
        if kind == 4:
            values = ", ".join(f"'{each}'" for each in self.some(VALUES, 0, 3))
            return f"{key} {self.random.choice(('in', 'not in'))} {{{values}}}"
        if kind == 5:
            return f"{key} {self.random.choice(('contains', 'starts with', 'ends with'))} '{value}'"
        if kind == 6:
            return "all()"
        if kind == 7:
            return f"!has({key})"
        inner = [self.selector(depth + 1) for _ in range(2)]
        if kind == 8:
            return f"!({inner[0]})"
        return f"({inner[0]}) {self.random.choice(('&&', '||'))} ({inner[1]})"

    def net(self) -> str:
        """Return a random range; some hold pods."""
        if self.version == 6:
            return self.random.choice(
                ("fd00::/64", "fd00::/126", "fd00::4/128", "fd00::4/126", "2001:db8::/32", "2001:db8::8/125")
            )
        return self.random.choice(
            (
                "10.0.0.0/24",
                "10.0.0.0/30",
                "10.0.0.4/30",
                "10.0.0.3/32",
                "10.0.0.0/8",
                "192.0.2.0/24",
                "192.0.2.64/26",
                "203.0.113.0/24",
                "10.0.0.2/31",
            )
        )

    def address(self, number: int) -> str:
        """Return the address of a pod."""
        return f"fd00::{number:x}" if self.version == 6 else f"10.0.0.{number}"

    def outside(self) -> str:
        """Return an address that no pod has."""
        if self.version == 6:
            return self.random.choice(("fd00::ff", "2001:db8::9", "2001:db8:1::1", "2a00::1"))
        return self.random.choice(("10.0.0.200", "192.0.2.7", "192.0.2.70", "203.0.113.9", "198.51.100.1"))

    def ports(self) -> list[Any]:
        """Return random ports, ranges and names."""
        found = []
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.randrange(4)
            low = self.random.choice(PORTS)
            if kind == 0:
                found.append(self.random.choice(PORT_NAMES))
            elif kind == 1:
                found.append(f"{low}:{low + self.random.choice((0, 27, 400))}")
            else:
                found.append(low)
        return found

    def entity(self, protocol: Any, namespaced: bool, service: bool) -> dict[str, Any]:
        """Return one end of a rule."""
        if service and self.maybe(0.08):
            return {"services": {"name": "svc", "namespace": self.random.choice(("ns0", "ns1"))}}
        end: dict[str, Any] = {}
        if self.maybe(0.4):
            end["selector"] = self.selector()
        if self.maybe(0.12):
            end["notSelector"] = self.selector()
        if self.maybe(0.25):
            end["namespaceSelector"] = self.random.choice(
                ("all()", "global()", self.selector(), self.selector())
            )
        if self.maybe(0.12):
            accounts: dict[str, Any] = {}
            if self.maybe(0.6):
                accounts["names"] = self.some(("sa0", "sa1"), 1, 2)
            if not accounts or self.maybe(0.4):
                accounts["selector"] = self.selector()
            end["serviceAccounts"] = accounts
        if self.maybe(0.2):
            end["nets"] = [self.net() for _ in range(self.random.randint(1, 2))]
        if self.maybe(0.12):
            end["notNets"] = [self.net()]
        if protocol in ("TCP", "UDP", "SCTP"):
            if self.maybe(0.35):
                end["ports"] = self.ports()
            if self.maybe(0.1):
                end["notPorts"] = self.ports()
        return end

    def rule(self, direction: str, namespaced: bool) -> dict[str, Any]:
        """Return one rule of a Calico policy."""
        rule: dict[str, Any] = {
            "action": self.random.choice(("Allow", "Allow", "Allow", "Deny", "Deny", "Log", "Pass"))
        }
        protocol = self.random.choice((None, "TCP", "TCP", "UDP", "SCTP", "ICMP", 47))
        if self.version == 6 and protocol == "ICMP":
            protocol = "ICMPv6"
        if protocol is not None:
            rule["protocol"] = protocol
        elif self.maybe(0.1):
            rule["notProtocol"] = self.random.choice(("TCP", "UDP"))
        if protocol in ("ICMP", "ICMPv6"):
            if self.maybe(0.5):
                rule["icmp"] = {"type": 8} if self.maybe(0.5) else {"type": 8, "code": 0}
            if self.maybe(0.2):
                rule["notICMP"] = {"type": 3, "code": 1} if self.maybe(0.5) else {"type": 0}
        if self.maybe(0.05):
            rule["ipVersion"] = self.version
        for side in ("source", "destination"):
            far = side == ("source" if direction == "ingress" else "destination")
            if self.maybe(0.75 if far else 0.4):
                end = self.entity(protocol, namespaced, far)
                if end:
                    rule[side] = end
        return rule

    def calico_policy(self, number: int) -> dict[str, Any]:
        """Return a NetworkPolicy or GlobalNetworkPolicy."""
        namespaced = self.maybe(0.6)
        spec: dict[str, Any] = {}
        if self.maybe(0.8):
            spec["selector"] = self.selector()
        if self.maybe(0.7):
            spec["order"] = self.random.choice((1, 10, 10, 500.5, 1000, 2000))
        if self.maybe(0.15):
            spec["serviceAccountSelector"] = self.selector()
        if not namespaced and self.maybe(0.4):
            spec["namespaceSelector"] = self.selector()
        if self.maybe(0.7):
            spec["types"] = self.some(("Ingress", "Egress"), 1, 2)
        for direction in ("ingress", "egress"):
            if self.maybe(0.7):
                spec[direction] = [self.rule(direction, namespaced) for _ in range(self.random.randint(1, 4))]
        metadata = {"name": f"{self.random.choice('pqr')}{number}"}
        if namespaced:
            metadata["namespace"] = self.random.choice(("ns0", "ns1"))
        kind = "NetworkPolicy" if namespaced else "GlobalNetworkPolicy"
        return {"apiVersion": "projectcalico.org/v3", "kind": kind, "metadata": metadata, "spec": spec}

    def label_selector(self) -> dict[str, Any]:
        """Return a Kubernetes label selector."""
        found: dict[str, Any] = {}
        if self.maybe(0.5):
            found["matchLabels"] = {self.random.choice(KEYS): self.random.choice(VALUES)}
        if self.maybe(0.4):
            operator = self.random.choice(("In", "NotIn", "Exists", "DoesNotExist"))
            term: dict[str, Any] = {"key": self.random.choice(KEYS), "operator": operator}
            if operator in ("In", "NotIn"):
                term["values"] = self.some(VALUES, 1, 3)
            found["matchExpressions"] = [term]
        return found

    def peer(self) -> dict[str, Any]:
        """Return a peer of a Kubernetes policy."""
        if self.maybe(0.25):
            if self.version == 6:
                return {"ipBlock": {"cidr": "fd00::/64", "except": ["fd00::4/126"]}}
            return {
                "ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.4/30"]}
                if self.maybe(0.5)
                else {"cidr": "192.0.2.0/24"}
            }
        found: dict[str, Any] = {}
        if self.maybe(0.6):
            found["podSelector"] = self.label_selector()
        if not found or self.maybe(0.4):
            found["namespaceSelector"] = self.label_selector()
        return found

    def kubernetes_port(self) -> dict[str, Any]:
        """Return a port of a Kubernetes policy."""
        found: dict[str, Any] = {}
        if self.maybe(0.7):
            found["protocol"] = self.random.choice(("TCP", "UDP", "SCTP"))
        if self.maybe(0.8):
            found["port"] = self.random.choice((*PORTS, *PORT_NAMES))
            if isinstance(found["port"], int) and self.maybe(0.2):
                found["endPort"] = found["port"] + 30
        return found

    def kubernetes_policy(self, number: int) -> dict[str, Any]:
        """Return a networking.k8s.io/v1 NetworkPolicy."""
        spec: dict[str, Any] = {"podSelector": self.label_selector()}
        if self.maybe(0.6):
            spec["policyTypes"] = self.some(("Ingress", "Egress"), 1, 2)
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            if self.maybe(0.6):
                rules: list[dict[str, Any]] = []
                for _ in range(self.random.randint(0, 2)):
                    rule: dict[str, Any] = {}
                    if self.maybe(0.8):
                        rule[peers] = [self.peer() for _ in range(self.random.randint(1, 2))]
                    if self.maybe(0.6):
                        rule["ports"] = [self.kubernetes_port() for _ in range(self.random.randint(1, 3))]
                    rules.append(rule)
                spec[direction] = rules
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {
                "name": f"{self.random.choice('pqr')}{number}",
                "namespace": self.random.choice(("ns0", "ns1")),
            },
            "spec": spec,
        }

    def network_set(self, number: int) -> dict[str, Any]:
        """Return a NetworkSet or GlobalNetworkSet."""
        namespaced = self.maybe(0.5)
        metadata: dict[str, Any] = {"name": f"set{number}", "labels": self.labels()}
        if namespaced:
            metadata["namespace"] = self.random.choice(("ns0", "ns1"))
        return {
            "apiVersion": "projectcalico.org/v3",
            "kind": "NetworkSet" if namespaced else "GlobalNetworkSet",
            "metadata": metadata,
            "spec": {"nets": self.some(list(dict.fromkeys(self.net() for _ in range(3))), 0, 3)},
        }
