# ruff: noqa: E501 -- whole messages are asserted, and they are long
"""What the readers refuse: one valid policy of each family, and one change to it for each refusal."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from reach.document import Document
from reach.errors import InputError
from reach.kinds.read import read
from reach.model import Direction

CALICO: dict[str, Any] = {
    "apiVersion": "projectcalico.org/v3",
    "kind": "NetworkPolicy",
    "metadata": {"name": "p", "namespace": "n"},
    "spec": {
        "types": ["Ingress"],
        "ingress": [{"action": "Allow", "protocol": "TCP", "source": {}, "destination": {"ports": [80]}}],
    },
}
KUBERNETES: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "p", "namespace": "n"},
    "spec": {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 80}]}]},
}


def changed(baseline: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy of an object with one field set."""
    body: Any = copy.deepcopy(baseline)
    inner = body
    *around, last = path.split(".")
    for part in around:
        inner = inner[int(part)] if part.isdigit() else inner.setdefault(part, {})
    inner[int(last) if last.isdigit() else last] = value
    assert isinstance(body, dict)
    return body


def refusal(body: dict[str, Any]) -> str:
    """Return why an object is refused."""
    with pytest.raises(InputError) as refused:
        read([Document("f.yaml", 1, body)])
    return str(refused.value).removeprefix("f.yaml:1: ")


def test_the_baselines_are_accepted() -> None:
    found = read([Document("f.yaml", 1, CALICO), Document("f.yaml", 2, KUBERNETES)])
    assert [len(policy.rules[Direction.INGRESS]) for policy in found.policies] == [1, 1]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("spec.ingres", [], "spec.ingres is not a field of this kind; did you mean ingress (a field that nobody reads would change nothing, silently)"),
        ("spec.types", ["ingress"], "spec.types[0] is 'ingress' but only Ingress, Egress exist; write one of Ingress, Egress (case counts)"),
        ("spec.types", ["Ingress", "Ingress"], "spec.types[1] is listed twice; remove one (the API takes each once)"),
        ("spec.order", "10", "spec.order is '10' but not a number; write a number (policies are sorted by it)"),
        ("spec.ingress.0.action", "allow", "spec.ingress[0].action is 'allow' but only Allow, Deny, Log, Pass exist; write one of Allow, Deny, Log, Pass (case counts)"),
        ("spec.ingress.0.action", None, "spec.ingress[0].action is missing; write Allow, Deny, Log or Pass (a rule without one decides nothing)"),
        ("spec.ingress.0.protocol", "TPC", "spec.ingress[0].protocol is 'TPC' but there is no such protocol; write TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite or a number from 1 to 255 (the packet's header has no other)"),
        ("spec.ingress.0.protocol", "ICMP", "spec.ingress[0].destination.ports stands in a rule for ICMP; remove it or set protocol to TCP, UDP or SCTP (only they have ports)"),
        ("spec.ingress.0.destination.ports", ["80:70"], "spec.ingress[0].destination.ports[0] is '80:70' but ports run from 1 to 65535, the lower one first; correct the numbers (no other port exists)"),
        ("spec.ingress.0.destination.ports", ["a b"], "spec.ingress[0].destination.ports[0] is 'a b' but neither a number, a range nor a name; write 80, 8000:8010 or the name of a container port (nothing else matches a port)"),
        ("spec.ingress.0.source.nets", ["10.0.0.0/33"], "spec.ingress[0].source.nets[0] is '10.0.0.0/33' but is not an address range; write it as 10.0.0.0/8 (flows are matched by address)"),
        ("spec.ingress.0.ipVersion", 5, "spec.ingress[0].ipVersion is 5; write 4 or 6 (there is no such version)"),
        ("spec.ingress.0.source.services", {"name": "s"}, None),
        ("spec.ingress.0.destination.services", {"name": "s"}, "spec.ingress[0].destination.ports stands beside services; remove it (a Service already says which ports match)"),
        ("spec.ingress.0.source.services", {}, "spec.ingress[0].source.services.name is missing; name the Service (its endpoints are what matches)"),
        ("spec.stagedAction", "Set", "spec.stagedAction is not a field of this kind; remove it (a field that nobody reads would change nothing, silently)"),
        ("kind", "NetworkPolicies", "kind is 'NetworkPolicies' of 'projectcalico.org/v3', which decides no flow here; remove the object or correct apiVersion and kind (what is not understood cannot be left out of a verdict)"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else None,
)  # fmt: skip
def test_a_calico_policy_with_one_thing_wrong(path: str, value: Any, message: str | None) -> None:
    body = changed(CALICO, path, value)
    if message is None:
        assert read([Document("f.yaml", 1, body)]).policies
    else:
        assert refusal(body) == message


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("spec.ingress.0.ports.0.port", 0, "spec.ingress[0].ports[0].port is '0' but ports run from 1 to 65535, the lower one first; correct the numbers (no other port exists)"),
        ("spec.ingress.0.ports.0.endPort", 79, "spec.ingress[0].ports[0].endPort is 79 but port is '80'; start the range at a number below its end (a range runs upwards between numbers)"),
        ("spec.ingress.0.ports.0", {"endPort": 80}, "spec.ingress[0].ports[0].endPort is given without a port; add the port (a range has two ends)"),
        ("spec.ingress.0.from.0", {}, "spec.ingress[0].from[0] is empty; select pods, namespaces or an ipBlock (an empty peer is refused by Kubernetes)"),
        ("spec.ingress.0.from.0.ipBlock", {"cidr": "10.0.0.0/8"}, "spec.ingress[0].from[0].ipBlock stands beside a selector; write two peers (an ipBlock stands alone)"),
        ("spec.ingress.0.from.0", {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}, "spec.ingress[0].from[0].ipBlock.except[0] is 11.0.0.0/16 but not inside 10.0.0.0/8; narrow it (only a part can be taken away)"),
        ("spec.podSelector.matchExpressions", [{"key": "a", "operator": "In"}], "spec.podSelector.matchExpressions[0] has 0 values and the operator 'In'; give values to In and NotIn only, and a key to each (Kubernetes refuses anything else)"),
        ("spec.selector", "all()", "spec.selector is not a field of this kind; did you mean podSelector (a field that nobody reads would change nothing, silently)"),
        ("spec.ingress.0.to", [], "spec.ingress[0].to is not a field of this kind; remove it (a field that nobody reads would change nothing, silently)"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else None,
)  # fmt: skip
def test_a_kubernetes_policy_with_one_thing_wrong(path: str, value: Any, message: str) -> None:
    assert refusal(changed(KUBERNETES, path, value)) == message


def test_two_objects_of_one_name_are_refused() -> None:
    with pytest.raises(InputError) as refused:
        read([Document("a.yaml", 1, CALICO), Document("b.yaml", 9, CALICO)])
    assert str(refused.value) == (
        "b.yaml:9: metadata.name is 'p' like that of a.yaml:1; rename or remove one (the later would overwrite the earlier)"
    )
