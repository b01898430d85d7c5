"""One rule of a Calico policy, and what the API refuses about it."""

from __future__ import annotations

from reach import scope
from reach.fields import Field
from reach.kinds.values import networks, ports, protocol
from reach.model import Action, Direction, Entity, Icmp, Rule
from reach.protocols import ICMP, ICMPV6, TCP, WITH_PORTS, WITH_TYPES, name_of
from reach.selectors.nodes import All, leaves

_RULE = frozenset(
    [
        "action",
        "ipVersion",
        "protocol",
        "icmp",
        "notProtocol",
        "notICMP",
        "source",
        "destination",
        "http",
        "metadata",
    ]
)
_ENTITY = frozenset(
    [
        "nets",
        "selector",
        "namespaceSelector",
        "ports",
        "notNets",
        "notSelector",
        "notPorts",
        "serviceAccounts",
        "services",
    ]
)
_ACTIONS = tuple(str(action) for action in Action)
_LAST_ICMP_TYPE = 254
_LAST_ICMP_CODE = 255


def read_rule(field: Field, direction: Direction, namespace: str) -> Rule:
    """Read a rule of a policy; `namespace` is empty for a global one."""
    field.mapping(_RULE)
    action = field.get("action")
    if not action.given:
        action.refuse("is missing", "write Allow, Deny, Log or Pass", "a rule without one decides nothing")
    rule = Rule(
        action=Action(action.choice(_ACTIONS)),
        source=_entity(field.get("source"), namespace),
        destination=_entity(field.get("destination"), namespace),
        protocol=protocol(field.get("protocol")),
        not_protocol=protocol(field.get("notProtocol")),
        icmp=_icmp(field.get("icmp")),
        not_icmp=_icmp(field.get("notICMP")),
        ip_version=_ip_version(field.get("ipVersion")),
        path=field.path,
        http=field.get("http").given,
    )
    _check_ports(field, rule)
    _check_icmp(field, rule)
    _check_families(field, rule)
    _check_http(field, rule, direction)
    _check_services(field, direction, namespace)
    return rule


def _entity(field: Field, namespace: str) -> Entity:
    field.mapping(_ENTITY)
    accounts = field.get("serviceAccounts").mapping(("names", "selector"))
    names = tuple(item.text() for item in accounts.get("names").items())
    selectors = {
        name: field.get(name).selector() for name in ("selector", "notSelector", "namespaceSelector")
    }
    refuse_global(field.get("selector"))
    refuse_global(field.get("notSelector"))
    _check_global(field.get("namespaceSelector"))
    positive, negative = scope.of_entity(
        namespace,
        selectors["selector"],
        selectors["notSelector"],
        selectors["namespaceSelector"],
        scope.of_accounts(names, accounts.get("selector").selector()),
    )
    return Entity(
        selector=positive,
        not_selector=negative,
        nets=networks(field.get("nets")),
        not_nets=networks(field.get("notNets")),
        ports=ports(field.get("ports")),
        not_ports=ports(field.get("notPorts")),
        service=_service(field, namespace),
    )


def _service(field: Field, namespace: str) -> tuple[str, str] | None:
    services = field.get("services").mapping(("name", "namespace"))
    if not services.given:
        return None
    if not services.get("name").text():
        services.get("name").refuse("is missing", "name the Service", "its endpoints are what matches")
    for other in ("namespaceSelector", "selector", "notSelector", "serviceAccounts", "nets", "notNets"):
        if field.get(other).value:
            services.refuse(
                f"stands beside {other}",
                "keep one of the two",
                "a Service already says which addresses match",
            )
    place = services.get("namespace")
    if not place.text(namespace):
        place.refuse("is missing", "name it", "a global policy is in no namespace that could be meant")
    return place.text(namespace), services.get("name").text()


def refuse_global(field: Field) -> None:
    """Refuse `global()` where it means nothing."""
    selector = field.selector()
    if selector is not None and any(leaf == All("global()") for leaf in leaves(selector)):
        field.refuse(
            "uses global()",
            "use it in a rule's namespaceSelector only, or remove it",
            "elsewhere nothing decides whom it means",
        )


def _check_global(field: Field) -> None:
    selector = field.selector()
    if selector is None or selector == All("global()"):
        return
    if any(leaf == All("global()") for leaf in leaves(selector)):
        field.refuse(
            "combines global() with something else",
            "let global() stand alone",
            "what is in no namespace has no labels of one",
        )


def _ip_version(field: Field) -> int | None:
    version = field.integer(4, 6)
    if version == 5:
        field.refuse("is 5", "write 4 or 6", "there is no such version")
    return version


def _icmp(field: Field) -> Icmp | None:
    field.mapping(("type", "code"))
    if not field.given:
        return None
    kind = field.get("type").integer(0, _LAST_ICMP_TYPE)
    code = field.get("code").integer(0, _LAST_ICMP_CODE)
    if code is not None and kind is None:
        field.get("code").refuse("is given without a type", "add the type", "codes count within a type")
    return Icmp(kind, code)


def _check_ports(field: Field, rule: Rule) -> None:
    for side, entity in (("source", rule.source), ("destination", rule.destination)):
        for name, listed in (("ports", entity.ports), ("notPorts", entity.not_ports)):
            place = field.get(side).get(name)
            if not listed or rule.protocol in WITH_PORTS:
                continue
            if rule.protocol is not None:
                place.refuse(
                    f"stands in a rule for {name_of(rule.protocol)}",
                    "remove it or set protocol to TCP, UDP or SCTP",
                    "only they have ports",
                )
            if not all(isinstance(port, str) for port in listed):
                place.refuse(
                    "is given without a protocol",
                    "set protocol to TCP, UDP or SCTP",
                    "the same number is another port in each",
                )


def _check_icmp(field: Field, rule: Rule) -> None:
    for name, match in (("icmp", rule.icmp), ("notICMP", rule.not_icmp)):
        if match is not None and rule.protocol not in WITH_TYPES:
            field.get(name).refuse(
                "stands in a rule for another protocol",
                "set protocol to ICMP or ICMPv6",
                "nothing else has such types",
            )
    for name, number in (("protocol", rule.protocol), ("notProtocol", rule.not_protocol)):
        for icmp, version in ((ICMP, 4), (ICMPV6, 6)):
            if number == icmp and rule.ip_version not in (None, version):
                field.get("ipVersion").refuse(
                    f"is {rule.ip_version} but {name} is {name_of(icmp)}",
                    f"set it to {version} or remove it",
                    f"{name_of(icmp)} travels in IPv{version} only",
                )


def _check_families(field: Field, rule: Rule) -> None:
    seen = {rule.ip_version} - {None}
    for side, entity in (("source", rule.source), ("destination", rule.destination)):
        for name, nets in (("nets", entity.nets), ("notNets", entity.not_nets)):
            for item, net in zip(field.get(side).get(name).items(), nets, strict=True):
                seen.add(net.version)
                if len(seen) > 1:
                    item.refuse(
                        f"is {net} beside the other IP version in the same rule",
                        "write one rule for IPv4 and one for IPv6",
                        "no packet is both",
                    )
                if name == "notNets" and net.prefixlen == 0:
                    item.refuse(
                        f"is {net}, which is every address",
                        "remove it or narrow it",
                        "the rule would match nothing",
                    )


def _check_http(field: Field, rule: Rule, direction: Direction) -> None:
    if not rule.http:
        return
    place = field.get("http").mapping(("methods", "paths"))
    if rule.protocol not in (None, TCP):
        place.refuse(
            f"stands in a rule for {name_of(rule.protocol or 0)}", "set protocol to TCP", "HTTP runs over it"
        )
    if rule.action is not Action.ALLOW:
        place.refuse(f"stands in a {rule.action} rule", "use it in Allow rules only", "Calico takes no other")
    if direction is Direction.EGRESS:
        place.refuse("stands in an egress rule", "move it to an ingress rule", "only receivers read HTTP")


def _check_services(field: Field, direction: Direction, namespace: str) -> None:
    near, far = ("source", "destination") if direction is Direction.EGRESS else ("destination", "source")
    place = field.get(near).get("services")
    listed = [name for name in ("ports", "notPorts") if field.get("destination").get(name).value]
    if field.get("destination").get("services").given and listed:
        field.get("destination").get(listed[0]).refuse(
            "stands beside services", "remove it", "a Service already says which ports match"
        )
    if place.given:
        place.refuse(
            f"stands in the {near} of an {direction.lower()} rule",
            f"move it to the {far}",
            "that end is the policy's own pods",
        )
