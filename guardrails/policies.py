"""What rules ask of a network policy: whom it is about and in which direction.

Three answers: yes, no, not known yet (None).
Only what can be read without Calico's grammar is read. The caller says what any other selector counts as, so that
what a rule does not understand never makes it pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from guardrails.stack_resource import MISSING, UNKNOWN, Resource, items, leaves, plain

KUBERNETES = "networking.k8s.io/v1:NetworkPolicy"
_CALICO_GROUPS = ("projectcalico.org/v3", "crd.projectcalico.org/v1")
CALICO = tuple(
    f"{group}:{kind}" for group in _CALICO_GROUPS for kind in ("NetworkPolicy", "GlobalNetworkPolicy")
)
_TIERS = tuple(f"{group}:Tier" for group in _CALICO_GROUPS)
_DEFAULT_TIER = "default"
_EVERYWHERE = {"0.0.0.0/0", "::/0"}
_ALL = re.compile(r"|all\(\)", re.ASCII)
_NAME = r"(?:kubernetes\.io/metadata|projectcalico\.org)[./]name"
_LISTED = re.compile(_NAME + r"\s+(not in|in)\s+\{([^{}]*)\}")
_EQUAL = re.compile(_NAME + r"\s*(==|!=)\s*(['\"])([^'\"]*)\2")


def both(*parts: bool | None) -> bool | None:
    """Return whether all parts hold; one that does not decides, whatever is unknown beside it."""
    if False in parts:
        return False
    return None if None in parts else True


def is_named(value: object, wanted: str) -> bool | None:
    """Tell whether a value is the text that is wanted."""
    return None if plain(value) is UNKNOWN else plain(value) == wanted


def is_in(policy: Resource, namespace: str, unread: bool) -> bool | None:
    """Tell whether a policy is about a namespace; `unread` for a namespaceSelector that cannot be read here."""
    if policy.kubernetes_kind.endswith(":GlobalNetworkPolicy"):
        return _selects_namespace(policy.at("spec.namespaceSelector"), namespace, unread)
    return is_named(policy.namespace, namespace)


def is_for(policy: Resource, direction: str) -> bool | None:
    """Tell whether a policy says that it is about a direction."""
    types = plain(policy.at("spec.policyTypes" if policy.kubernetes_kind == KUBERNETES else "spec.types"))
    if types is UNKNOWN or any(item is UNKNOWN for item in items(types)):
        return None
    return direction in items(types)


def is_about_pods(policy: Resource) -> bool | None:
    """Tell whether a policy is judged at pods; doNotTrack and preDNAT are judged at the host only."""
    host = [plain(policy.at(f"spec.{field}")) for field in ("doNotTrack", "preDNAT")]
    if any(value is True for value in host):
        return False
    return None if any(value is UNKNOWN for value in host) else True


def ends_in_deny(policy: Resource, stack: Iterable[Resource]) -> bool | None:
    """Tell whether what no rule of the policy's tier matches is denied.

    A tier may pass it on instead, and one that the stack does not make may do either.
    """
    tier = plain(policy.at("spec.tier"))
    if tier is UNKNOWN:
        return None
    if policy.kubernetes_kind == KUBERNETES or tier in (MISSING, None, "", _DEFAULT_TIER):
        return True
    for found in stack:
        if found.kubernetes_kind in _TIERS and plain(found.object_name) == tier:
            action = plain(found.at("spec.defaultAction"))
            return None if action is UNKNOWN else action != "Pass"
    return False


def everything(selector: object) -> bool | None:
    """Tell whether a selector selects everything; an absent or empty one does, in both APIs."""
    selector = plain(selector)
    if selector is UNKNOWN:
        return None
    if selector is MISSING or selector is None:
        return True
    if isinstance(selector, dict):
        parts = [plain(part) for part in selector.values()]
        return None if any(part is UNKNOWN for part in parts) else not any(parts)
    return isinstance(selector, str) and _ALL.fullmatch(selector.strip()) is not None


def lets_everything_through(policy: Resource, direction: str) -> bool | None:
    """Tell whether a rule of a policy allows everything; which policy is asked first is not looked at."""
    written = plain(policy.at("spec.policyTypes" if policy.kubernetes_kind == KUBERNETES else "spec.types"))
    rules = plain(policy.at(f"spec.{direction.lower()}"))
    applies = True if written is MISSING else is_for(policy, direction)
    passed = None if rules is UNKNOWN else _any(_is_unrestricted(plain(rule)) for rule in items(rules))
    return both(applies, passed)


def _any(answers: Iterable[bool | None]) -> bool | None:
    found = list(answers)
    return True if True in found else None if None in found else False


def _is_unrestricted(rule: object) -> bool | None:
    """Tell whether a rule allows whatever comes; what it says beside its action narrows it, or is everywhere."""
    if rule is UNKNOWN:
        return None
    if not isinstance(rule, Mapping):
        return False
    action = plain(rule.get("action", "Allow"))
    narrowing = [key for key in rule if key not in ("action", "metadata")]
    return both(
        None if action is UNKNOWN else action == "Allow",
        *(_is_everywhere(key, plain(rule[key])) for key in narrowing),
    )


def _is_everywhere(key: str, value: object) -> bool | None:
    if any(leaf is UNKNOWN for _, leaf, _ in leaves(value)):
        return None
    if value in (None, "", [], {}):
        return True
    if key in ("source", "destination") and isinstance(value, Mapping):
        return set(value) == {"nets"} and bool(set(items(value["nets"])) & _EVERYWHERE)
    return key in ("from", "to") and any(_is_everybody(peer) for peer in items(value))


def _is_everybody(peer: object) -> bool:
    """Tell whether a peer of Kubernetes is every address, or every pod of every namespace."""
    if not isinstance(peer, Mapping):
        return False
    block = peer.get("ipBlock")
    if isinstance(block, Mapping):
        return block.get("cidr") in _EVERYWHERE and not block.get("except")
    return (
        everything(peer.get("namespaceSelector", "none")) is True
        and everything(peer.get("podSelector")) is True
    )


def _selects_namespace(selector: object, namespace: str, unread: bool) -> bool | None:
    selector = plain(selector)
    if selector is UNKNOWN:
        return None
    if selector is MISSING or selector is None:
        return True
    text = str(selector).strip()
    if _ALL.fullmatch(text):
        return True
    if match := _EQUAL.fullmatch(text):
        return (match[3] == namespace) is (match[1] == "==")
    if match := _LISTED.fullmatch(text):
        names = {part.strip().strip("'\"") for part in match[2].split(",")}
        return (namespace in names) is (match[1] == "in")
    return unread
