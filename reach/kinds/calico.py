"""Calico's projectcalico.org/v3 kinds: policies, staged policies, network sets, tiers."""

from __future__ import annotations

from collections.abc import Mapping

from reach import scope
from reach.document import Document
from reach.errors import shown
from reach.fields import Field, root
from reach.kinds.rules import read_rule, refuse_global
from reach.kinds.values import METADATA, networks, object_name
from reach.model import Action, Direction, NetworkSet, Policy, Rule, Tier

API_VERSION = "projectcalico.org/v3"
DEFAULT_TIER = "default"

_COMMON = frozenset(
    ["tier", "order", "ingress", "egress", "selector", "types", "serviceAccountSelector", "performanceHints"]
)
_GLOBAL = _COMMON | {"namespaceSelector", "doNotTrack", "preDNAT", "applyOnForward"}
POLICY_FIELDS: Mapping[str, frozenset[str]] = {
    "NetworkPolicy": _COMMON,
    "GlobalNetworkPolicy": _GLOBAL,
    "StagedNetworkPolicy": _COMMON | {"stagedAction"},
    "StagedGlobalNetworkPolicy": _GLOBAL | {"stagedAction"},
}
STAGED = "Staged"
STAGED_ACTIONS = ("Set", "Delete", "Learn", "Ignore")
_TOP = ("apiVersion", "kind", "metadata", "spec")


def header(document: Document, *, namespaced: bool) -> tuple[str, str, Field]:
    """Return an object's name, its namespace ("" if it is in none) and its spec."""
    body = root(document).mapping((*_TOP, "status"))
    metadata = body.get("metadata").mapping(METADATA)
    name = object_name(metadata)
    namespace = metadata.get("namespace").text()
    if namespace and not namespaced:
        metadata.get("namespace").refuse(
            f"is '{shown(namespace)}' but the kind is in no namespace",
            "remove it",
            "it would look narrower than it is",
        )
    if namespaced and not namespace:
        namespace = "default"  # what kubectl and calicoctl do with an object that names none
    return name, namespace, body.get("spec")


def read_policy(document: Document) -> Policy:
    """Read a NetworkPolicy, GlobalNetworkPolicy or the staged form of either."""
    kind = str(document.body["kind"])
    is_global = "Global" in kind
    name, namespace, spec = header(document, namespaced=not is_global)
    spec.mapping(POLICY_FIELDS[kind])
    rules = {
        direction: tuple(
            read_rule(item, direction, namespace) for item in spec.get(direction.lower()).items()
        )
        for direction in Direction
    }
    for field in ("selector", "serviceAccountSelector", "namespaceSelector"):
        refuse_global(spec.get(field))
    selector = spec.get("selector").selector()
    accounts = spec.get("serviceAccountSelector").selector()
    types = read_types(spec.get("types"))
    _check_host_policy(spec, rules, types)
    spec.get("stagedAction").choice(
        STAGED_ACTIONS, "Set"
    )  # read to be refused: it means nothing to a verdict
    return Policy(
        kind=kind,
        name=name,
        namespace=namespace,
        tier=spec.get("tier").text(DEFAULT_TIER) or DEFAULT_TIER,
        order=spec.get("order").number(),
        selector=scope.of_global_policy(selector, spec.get("namespaceSelector").selector(), accounts)
        if is_global
        else scope.of_policy(namespace, selector, accounts),
        types=types or _default_types(rules),
        types_given=bool(types),
        rules=rules,
        document=document,
        staged=kind.startswith(STAGED),
        host_only=spec.get("doNotTrack").flag() or spec.get("preDNAT").flag(),
    )


def read_types(field: Field) -> frozenset[Direction]:
    """Return the directions that are listed; none if the field is absent or empty."""
    found: list[Direction] = []
    for item in field.items():
        direction = Direction(item.choice([str(direction) for direction in Direction]))
        if direction in found:
            item.refuse("is listed twice", "remove one", "the API takes each once")
        found.append(direction)
    return frozenset(found)


def _default_types(rules: Mapping[Direction, tuple[Rule, ...]]) -> frozenset[Direction]:
    """Return what the API fills in; a policy without rules is about ingress."""
    if not rules[Direction.EGRESS]:
        return frozenset({Direction.INGRESS})
    if not rules[Direction.INGRESS]:
        return frozenset({Direction.EGRESS})
    return frozenset(Direction)


def _check_host_policy(
    spec: Field, rules: Mapping[Direction, tuple[Rule, ...]], types: frozenset[Direction]
) -> None:
    before_nat, untracked = spec.get("preDNAT"), spec.get("doNotTrack")
    if before_nat.flag() and untracked.flag():
        before_nat.refuse(
            "is true beside doNotTrack", "keep one", "a packet is judged at one of the two places"
        )
    if before_nat.flag() and (rules[Direction.EGRESS] or Direction.EGRESS in types):
        spec.get("egress" if rules[Direction.EGRESS] else "types").refuse(
            "has egress in a preDNAT policy", "remove it", "only arriving packets are judged before DNAT"
        )
    if (before_nat.flag() or untracked.flag()) and not spec.get("applyOnForward").flag():
        spec.get("applyOnForward").refuse(
            "is not true",
            "set it to true",
            "preDNAT and doNotTrack are judged before it is known who gets the packet",
        )


def read_network_set(document: Document) -> NetworkSet:
    """Read a NetworkSet or GlobalNetworkSet."""
    namespaced = document.body["kind"] == "NetworkSet"
    name, namespace, spec = header(document, namespaced=namespaced)
    spec.mapping(("nets",))
    field = root(document).get("metadata").get("labels")
    labels = field.labels()
    if scope.NAMESPACE in labels:
        field.get(scope.NAMESPACE).refuse("is set by hand", "remove it", "Calico sets it from the namespace")
    if namespace:
        labels[scope.NAMESPACE] = namespace
    return NetworkSet(namespace, name, labels, networks(spec.get("nets")), document)


def read_tier(document: Document) -> Tier:
    """Read a Tier."""
    name, _, spec = header(document, namespaced=False)
    spec.mapping(("order", "defaultAction"))
    action = spec.get("defaultAction").choice((str(Action.DENY), str(Action.PASS)), str(Action.DENY))
    return Tier(name, spec.get("order").number(), Action(action), document)
