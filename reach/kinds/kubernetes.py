"""Kubernetes NetworkPolicy, and its staged twin of Calico's, put into Calico's terms.

Calico turns such a policy into one of its own: order 1000 of tier default, Allow rules only, peers and ports
multiplied out. The same is done here, so that there is one evaluation.
"""

from __future__ import annotations

from collections.abc import Iterator

from reach import scope
from reach.document import Document
from reach.errors import shown
from reach.fields import Field
from reach.kinds.calico import DEFAULT_TIER, STAGED, STAGED_ACTIONS, header, read_types
from reach.kinds.values import LAST_PORT, network, port
from reach.model import Action, Direction, Entity, Policy, PortRange, Rule
from reach.protocols import SCTP, TCP, UDP
from reach.selectors import Selector
from reach.selectors.nodes import All, And, Compare, Has, In, Not, Operator

API_VERSION = "networking.k8s.io/v1"
ORDER = 1000.0
_SPEC = frozenset(["podSelector", "policyTypes", "ingress", "egress"])
_PROTOCOLS = {"TCP": TCP, "UDP": UDP, "SCTP": SCTP}
_PEER_FIELD = {Direction.INGRESS: "from", Direction.EGRESS: "to"}


def read_policy(document: Document) -> Policy:
    """Read a networking.k8s.io/v1 NetworkPolicy or a StagedKubernetesNetworkPolicy."""
    kind = str(document.body["kind"])
    staged = kind.startswith(STAGED)
    name, namespace, spec = header(document, namespaced=True)
    spec.mapping(_SPEC | {"stagedAction"} if staged else _SPEC)
    rules = {
        direction: tuple(
            rule
            for item in spec.get(direction.lower()).items()
            for rule in _rules(item, direction, namespace)
        )
        for direction in Direction
    }
    types = read_types(spec.get("policyTypes"))
    defaulted = {Direction.INGRESS} | ({Direction.EGRESS} if spec.get("egress").value else set())
    spec.get("stagedAction").choice(
        STAGED_ACTIONS, "Set"
    )  # read to be refused: it means nothing to a verdict
    return Policy(
        kind=kind if staged else "KubernetesNetworkPolicy",
        name=name,
        namespace=namespace,
        tier=DEFAULT_TIER,
        order=ORDER,
        selector=scope.of_policy(namespace, _pods(spec.get("podSelector")), None),
        types=types or frozenset(defaulted),
        types_given=bool(types),
        rules=rules,
        document=document,
        staged=staged,
    )


def _rules(field: Field, direction: Direction, namespace: str) -> Iterator[Rule]:
    peer_field = _PEER_FIELD[direction]
    field.mapping((peer_field, "ports"))
    groups = _port_groups(field.get("ports"))
    peers = [(item.path, _peer(item, namespace)) for item in field.get(peer_field).items()]
    for path, peer in peers or [(field.path, Entity())]:
        for protocol, ports in groups.items():
            if direction is Direction.INGRESS:
                yield Rule(
                    Action.ALLOW,
                    source=peer,
                    destination=Entity(ports=ports),
                    protocol=protocol,
                    path=path,
                )
            else:
                far = Entity(peer.selector, None, peer.nets, peer.not_nets, ports)
                yield Rule(Action.ALLOW, destination=far, protocol=protocol, path=path)


def _port_groups(field: Field) -> dict[int | None, tuple[PortRange | str, ...]]:
    """Return the ports of each protocol; no ports mean all of them, None any protocol."""
    groups: dict[int | None, list[PortRange | str]] = {}
    open_ended: set[int] = set()
    for item in field.items():
        item.mapping(("protocol", "port", "endPort"))
        protocol = _PROTOCOLS[item.get("protocol").choice(tuple(_PROTOCOLS), "TCP")]
        listed = groups.setdefault(protocol, [])
        if item.get("port").given:
            listed.append(_port(item))
        else:
            if item.get("endPort").given:
                item.get("endPort").refuse("is given without a port", "add the port", "a range has two ends")
            open_ended.add(protocol)
    if not groups:
        return {None: ()}
    return {protocol: () if protocol in open_ended else tuple(listed) for protocol, listed in groups.items()}


def _port(item: Field) -> PortRange | str:
    found = port(item.get("port"))
    last = item.get("endPort").integer(1, LAST_PORT)
    if last is None:
        return found
    if isinstance(found, str) or last < found[0]:
        item.get("endPort").refuse(
            f"is {last} but port is '{shown(item.get('port').value)}'",
            "start the range at a number below its end",
            "a range runs upwards between numbers",
        )
    return found[0], last


def _peer(field: Field, namespace: str) -> Entity:
    field.mapping(("podSelector", "namespaceSelector", "ipBlock"))
    block = field.get("ipBlock").mapping(("cidr", "except"))
    if not any(field.get(name).given for name in ("podSelector", "namespaceSelector", "ipBlock")):
        field.refuse(
            "is empty", "select pods, namespaces or an ipBlock", "an empty peer is refused by Kubernetes"
        )
    if not block.given:
        namespaces = field.get("namespaceSelector")
        pods = _pods(field.get("podSelector"))
        positive, _ = scope.of_entity(
            namespace, pods, None, label_selector(namespaces) if namespaces.given else None, None
        )
        return Entity(selector=positive)
    if field.get("podSelector").given or field.get("namespaceSelector").given:
        block.refuse("stands beside a selector", "write two peers", "an ipBlock stands alone")
    cidr = network(block.get("cidr"), strict=False)
    excepted = []
    for item in block.get("except").items():
        inner = network(item, strict=False)
        if inner.version != cidr.version or not inner.subnet_of(cidr) or inner == cidr:  # type: ignore[arg-type]
            item.refuse(f"is {inner} but not inside {cidr}", "narrow it", "only a part can be taken away")
        excepted.append(inner)
    return Entity(nets=(cidr,), not_nets=tuple(excepted))


def _pods(field: Field) -> Selector:
    """Return a pod selector; only pods that Kubernetes made are meant."""
    kubernetes = Compare(scope.ORCHESTRATOR, Operator.EQUAL, "k8s")
    chosen = label_selector(field)
    return kubernetes if isinstance(chosen, All) else And((kubernetes, chosen))


def label_selector(field: Field) -> Selector:
    """Return a Kubernetes label selector in Calico's language; an empty one selects everything."""
    field.mapping(("matchLabels", "matchExpressions"))
    terms: list[Selector] = [
        Compare(key, Operator.EQUAL, value) for key, value in field.get("matchLabels").labels().items()
    ]
    for item in field.get("matchExpressions").items():
        item.mapping(("key", "operator", "values"))
        key = item.get("key").text()
        operator = item.get("operator").choice(("In", "NotIn", "Exists", "DoesNotExist"))
        values = tuple(sorted({value.text() for value in item.get("values").items()}))
        if bool(values) is not (operator in ("In", "NotIn")) or not key:
            item.refuse(
                f"has {len(values)} values and the operator '{shown(operator)}'",
                "give values to In and NotIn only, and a key to each",
                "Kubernetes refuses anything else",
            )
        terms.append(_term(operator, key, values))
    if not terms:
        return All()
    return terms[0] if len(terms) == 1 else And(tuple(terms))


def _term(operator: str, key: str, values: tuple[str, ...]) -> Selector:
    if operator in ("In", "NotIn"):
        return In(key, values, negated=operator == "NotIn")
    return Has(key) if operator == "Exists" else Not(Has(key))
