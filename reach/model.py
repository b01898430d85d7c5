"""What policies are about and what they say, after reading and before any verdict.

Plain data. Kubernetes policies are already in Calico's terms here, which is how Calico itself treats them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from reach.document import Document, Path_
from reach.selectors import Selector

Address = IPv4Address | IPv6Address
Net = IPv4Network | IPv6Network
PortRange = tuple[int, int]
"""First and last port, both included."""


class Action(StrEnum):
    """What a rule does with what it matches."""

    ALLOW = "Allow"
    DENY = "Deny"
    LOG = "Log"
    PASS = "Pass"  # noqa: S105 -- the name of an action, not a password


class Direction(StrEnum):
    """Which side of a policy; judged at the destination or at the source."""

    INGRESS = "Ingress"
    EGRESS = "Egress"


@dataclass(frozen=True)
class NamedPort:
    """A port that a pod declares."""

    name: str
    port: int
    protocol: int


@dataclass(frozen=True)
class Workload:
    """Pods that are alike: one pod, or all that one template makes."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    service_account: str = ""
    ports: tuple[NamedPort, ...] = ()
    address: Address | None = None
    """None: somewhere in the pod range."""

    kind: str = "Pod"
    where: str = ""
    """File and line; empty if nobody wrote it down."""

    @property
    def id(self) -> str:
        """Namespace and name, as commands take it."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class ServiceBackends:
    """What stands behind a Service, as its EndpointSlices say."""

    namespace: str
    name: str
    addresses: tuple[Address, ...]
    """Addresses of pods that have one."""

    workloads: tuple[str, ...]
    """Ids of workloads whose pods have no address yet."""

    ports: tuple[tuple[int, int], ...]
    """Protocol and target port of each."""


@dataclass(frozen=True)
class NetworkSet:
    """Named addresses with labels; `namespace` is empty for a global one."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    nets: tuple[Net, ...]
    document: Document | None = None


@dataclass(frozen=True)
class Entity:
    """One end of a rule. Everything that is given must hold."""

    selector: Selector | None = None
    """Whose addresses match, namespaces and service accounts included; None: no such limit."""

    not_selector: Selector | None = None
    """Taken away from the selector, or from every address if there is none."""

    nets: tuple[Net, ...] = ()
    not_nets: tuple[Net, ...] = ()
    ports: tuple[PortRange | str, ...] = ()
    not_ports: tuple[PortRange | str, ...] = ()
    service: tuple[str, str] | None = None
    """Namespace and name."""


@dataclass(frozen=True)
class Icmp:
    """ICMP type and, if it matters, code."""

    type: int | None
    code: int | None = None


@dataclass(frozen=True)
class Rule:
    """One rule of one direction."""

    action: Action
    source: Entity = Entity()
    destination: Entity = Entity()
    protocol: int | None = None
    not_protocol: int | None = None
    icmp: Icmp | None = None
    not_icmp: Icmp | None = None
    ip_version: int | None = None
    path: Path_ = ()
    """Where it stands in its document."""

    http: bool = False
    """It also asks about HTTP, which no data plane here reads; judged without that."""


@dataclass(frozen=True)
class Policy:
    """A policy of any kind, in Calico's terms."""

    kind: str
    name: str
    namespace: str
    """Empty for a global one."""

    tier: str
    order: float | None
    """None: after every number."""

    selector: Selector | None
    """Which endpoints it applies to, all its selectors in one; None: every endpoint."""

    types: frozenset[Direction]
    types_given: bool
    rules: Mapping[Direction, tuple[Rule, ...]]
    document: Document
    staged: bool = False
    host_only: bool = False
    """preDNAT and doNotTrack policies never see a pod's own traffic."""

    @property
    def id(self) -> str:
        """Kind and full name, for people."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Tier:
    """A tier; unset order comes last."""

    name: str
    order: float | None
    default_action: Action = Action.DENY
    document: Document | None = None


@dataclass(frozen=True)
class Cluster:
    """Everything that verdicts depend on."""

    namespaces: Mapping[str, Mapping[str, str]]
    """Labels by name."""

    service_accounts: Mapping[tuple[str, str], Mapping[str, str]]
    """Labels by namespace and name."""

    workloads: tuple[Workload, ...]
    services: tuple[ServiceBackends, ...] = ()
    network_sets: tuple[NetworkSet, ...] = ()
    tiers: tuple[Tier, ...] = ()
    policies: tuple[Policy, ...] = ()
    pod_ranges: tuple[Net, ...] = ()
    """Where pods without an address will get one."""

    node_ranges: tuple[Net, ...] = ()
    """Where nodes are; only named apart from the rest of the world, no policy of their own."""

    names_break_ties: bool = field(default=True)
    """Calico v3.32 and later: equal orders are decided by plain names. Earlier: by the stored key."""
