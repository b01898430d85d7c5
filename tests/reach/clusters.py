"""Random small clusters in the case format: for the comparison with Calico itself, and for properties.

Everything that decides flows turns up: both kinds of policy, selectors of all sorts, service accounts, named
ports, Services, network sets, ICMP. Left out is what the oracle cannot judge: tiers, staged policies, objects
newer than v3.28, and two IP versions in one cluster (its matcher does not limit notNets to their version).
"""

from __future__ import annotations

from typing import Any

from reach.casefiles.read import Expectation, cluster_of, expectations
from reach.document import Document
from reach.engine import Engine
from reach.fields import Field
from reach.verdict import Verdict, judge
from tests.reach.random_policies import PORT_NAMES, PORTS, RandomPolicies

Case = dict[str, Any]
PROTOCOLS = ("TCP", "UDP", "SCTP", "ICMP", 47)


class Generator(RandomPolicies):
    """One random cluster after another; the same seed gives the same ones."""

    def case(self, name: str, flows: int = 40) -> Case:
        """Return a cluster with random flows, whose verdicts are this engine's."""
        self.version = 6 if self.maybe(0.2) else 4
        pods = [
            {
                "name": f"pod{number}",
                "namespace": self.random.choice(("ns0", "ns1")),
                "ip": self.address(number),
                "labels": self.labels(),
                "serviceAccount": self.random.choice(("sa0", "sa1")),
                "ports": [
                    {
                        "name": each,
                        "port": self.random.choice(PORTS),
                        "protocol": self.random.choice(("TCP", "UDP")),
                    }
                    for each in self.some(PORT_NAMES, 0, 3)
                ],
            }
            for number in range(1, self.random.randint(3, 9))
        ]
        policies = [
            self.calico_policy(number) if self.maybe(0.65) else self.kubernetes_policy(number)
            for number in range(self.random.randint(1, 6))
        ]
        case: Case = {
            "id": name,
            "release": "v3.28",
            "namespaces": [{"name": each, "labels": self.labels()} for each in ("ns0", "ns1")],
            "serviceAccounts": [
                {"name": account, "namespace": space, "labels": self.labels()}
                for space in ("ns0", "ns1")
                for account in ("sa0", "sa1")
            ],
            "pods": pods,
            "services": self.services(pods) if self.version == 4 else [],
            "resources": policies + [self.network_set(number) for number in range(self.random.randint(0, 3))],
            "expect": [self.flow(pods) for _ in range(flows)],
        }
        return with_verdicts(case)

    def services(self, pods: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return a Service of some pods in each namespace."""
        return [
            {
                "name": "svc",
                "namespace": space,
                "addresses": [pod["ip"] for pod in self.some(pods, 0, 2)],
                "ports": [{"name": "p", "port": self.random.choice(PORTS), "protocol": "TCP"}],
            }
            for space in ("ns0", "ns1")
            if self.maybe(0.7)
        ]

    def flow(self, pods: list[dict[str, Any]]) -> dict[str, Any]:
        """Return a flow with at least one pod."""
        ends = [f"{pod['namespace']}/{pod['name']}" for pod in self.random.sample(pods, 2)]
        if self.maybe(0.25):
            ends[self.random.randrange(2)] = f"ip:{self.outside()}"
        protocol = self.random.choice(PROTOCOLS)
        found: dict[str, Any] = {"from": ends[0], "to": ends[1], "protocol": protocol, "allow": True}
        if protocol == "ICMP":
            if self.version == 6:
                found["protocol"] = "ICMPv6"
            kind = self.random.choice(((8, 0), (8, 1), (3, 1), (0, 0), (128, 0)))
            found["icmp"] = {"type": kind[0], "code": kind[1]}
        elif isinstance(protocol, str):
            found["port"] = self.random.choice((*PORTS, 81, 100, 8081, 60000))
            found["srcPort"] = self.random.choice((*PORTS, 50000))
        return found


def engine_of(case: Case) -> Engine:
    """Return the engine of a cluster in the case format."""
    return Engine(cluster_of(field_of(case)))


def field_of(case: Case) -> Field:
    """Return a case as the field that the reader of case files wants."""
    return Field(Document("random", 1, case), (), case)


def with_verdicts(case: Case) -> Case:
    """Return the case with the verdicts of this engine as what is expected."""
    for entry, (_, verdict) in zip(case["expect"], judged(case), strict=True):
        entry["allow"] = verdict.allow
    return case


def judged(case: Case) -> list[tuple[Expectation, Verdict]]:
    """Return every flow of a case with this engine's verdict on it."""
    engine = engine_of(case)
    return list(zip(expectations(field_of(case)), _judged(engine, case), strict=True))


def verdicts(engine: Engine, case: Case) -> list[bool]:
    """Return the verdict on every flow of a case."""
    return [verdict.allow for verdict in _judged(engine, case)]


def _judged(engine: Engine, case: Case) -> list[Verdict]:
    found = []
    for expected in expectations(field_of(case)):
        ends = []
        for name in (expected.source, expected.destination):
            address = expected.end(name)
            ends.append(engine.universe.at(address) if address else engine.universe.of_workload[name][0])
        found.append(judge(engine, ends[0], ends[1], expected.flow))
    return found
