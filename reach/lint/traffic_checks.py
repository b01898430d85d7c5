"""Checks of what the policies add up to: lost DNS, Services that nobody can reach."""

from __future__ import annotations

from collections.abc import Iterator

from reach.exposure import Reach, exposures
from reach.lint.finding import Context, Finding, at
from reach.model import Direction, Workload
from reach.protocols import UDP
from reach.traffic import Flow
from reach.verdict import judge
from reach.workloads import CLUSTER_DNS, DNS_PORT


def no_dns(context: Context) -> Iterator[Finding]:
    """A workload whose egress is closed and that cannot ask the cluster's DNS: every name it uses fails."""
    engine = context.engine
    servers = engine.universe.of_workload.get(CLUSTER_DNS.id, [])
    for workload in engine.cluster.workloads:
        if workload.id == CLUSTER_DNS.id or not servers or _asks(context, workload):
            continue
        point = engine.universe.of_workload[workload.id][0]
        closing = [
            found.policy for _, policies in engine.applying(Direction.EGRESS, point) for found in policies
        ]
        if closing:
            yield at(
                closing[0],
                ("spec",),
                "no-dns",
                f"closes the egress of {workload.id}, and nothing lets it ask {CLUSTER_DNS.id} on UDP {DNS_PORT}; "
                "allow that, or every name lookup fails",
            )


def _asks(context: Context, workload: Workload) -> bool:
    universe = context.engine.universe
    flow = Flow(UDP, DNS_PORT, 45678)
    return all(
        judge(context.engine, source, server, flow).allow
        for source in universe.of_workload[workload.id]
        for server in universe.of_workload[CLUSTER_DNS.id]
    )


def closed_entry(context: Context) -> Iterator[Finding]:
    """A LoadBalancer or NodePort Service that no client gets through."""
    for found in exposures(context.engine, context.lab.entry_points):
        if found.reach in (Reach.CLOSED, Reach.NO_PORT):
            file, _, line = found.entry.where.rpartition(":")
            yield Finding(
                file,
                int(line) if line.isdigit() else 1,
                "closed-entry",
                f"{found.entry.kind} {found.entry.service} port {found.entry.shown_port} leads to "
                f"{found.entry.workload}, but it is {found.reach} for clients; "
                "open it, or make the Service a ClusterIP",
            )
