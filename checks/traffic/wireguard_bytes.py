"""Packets between pods of different nodes go through WireGuard: its counter on the sending node grows with them.

An encrypted packet cannot be told from a packet that was never sent, so growth is what is asked for, not the absence
of plain text.
"""

from __future__ import annotations

from checks.check import Check
from checks.errors import CouldNotTestError
from checks.lab import Lab, simulated
from checks.result import Findings, Skip, holds, untested
from checks.traffic.ends import Source
from checks.traffic.outcome import Outcome
from checks.traffic.script import Probe
from checks.traffic.session import Session
from labs.enums import Switch

_COUNTER = "/sys/class/net/wireguard.cali/statistics/tx_bytes"
_DNS_PORT = 53


def _run(lab: Lab) -> Findings:
    nodes = lab.nodes("linux")
    if what := simulated(nodes):
        return Skip(f"traffic checks need real nodes; {what}")
    if len(nodes) < 2:
        return Skip("one Linux node only: nothing crosses between nodes; set nodeCount to 2")
    session: Session | None = lab.traffic
    assert session is not None
    session.phases(lab)  # makes the pods
    ways = _ways(lab, session)
    before = {node: _counter(lab, session, node) for node in ways}
    reached = {node: _send(lab, session, source, probes) for node, (source, probes) in ways.items()}
    by_hand = f"on a node: cat {_COUNTER}"
    expected = "more after the probes"
    rows = []
    for node, start in before.items():
        what = f"node {node}: bytes that WireGuard sent"
        if not reached[node]:
            rows.append(untested(what, expected, "no pod of another node was reached from there", by_hand))
            continue
        grown = _counter(lab, session, node) - start
        rows.append(holds(what, expected, f"{grown} more", grown > 0, by_hand))
    return rows


def _ways(lab: Lab, session: Session) -> dict[str, tuple[Source, list[Probe]]]:
    """Return for each node a probe pod on it, and the DNS pods of other nodes, which every lab lets it reach."""
    assert session.ends is not None
    dns = lab.api.list("/api/v1/namespaces/kube-system/pods", labelSelector="k8s-app=kube-dns")
    found: dict[str, tuple[Source, list[Probe]]] = {}
    for name, pod in session.ends.pods.items():
        node = pod["spec"]["nodeName"]
        away = [Probe(p["status"]["podIP"], _DNS_PORT) for p in dns if p["spec"].get("nodeName") != node]
        if away:
            found.setdefault(node, (session.ends.sources[name], away))
    return found


def _send(lab: Lab, session: Session, source: Source, probes: list[Probe]) -> bool:
    return any(answer.outcome is Outcome.ALLOWED for answer in session.ask(lab, source, probes))


def _counter(lab: Lab, session: Session, node: str) -> int:
    text = session.text_of(lab, session.on_node(lab, node), ["cat", _COUNTER]).strip()
    if not text.isdigit():
        raise CouldNotTestError(f"node {node} has no counter of WireGuard: {text[:100] or 'nothing said'}")
    return int(text)


CHECK = Check(
    name="wireguard-bytes",
    proves="traffic between pods of different nodes goes through WireGuard",
    course="tcpdump of udp port 51820 while curl runs",
    needs="real nodes, two or more; what traffic checks need",
    run=_run,
    applies=lambda lab: lab.traffic is not None and lab.settings.wireguard is Switch.ENABLED,
)
