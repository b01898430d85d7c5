"""Calico's selectors in context: which labels they read, and how several of them become one.

Endpoints carry their own labels and, under a prefix, those of their namespace and service account. So a
namespaceSelector is the same language over prefixed labels, and everything ends up as one selector over one
set of labels, as in Calico itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from reach.model import Workload
from reach.selectors import Selector
from reach.selectors.nodes import All, And, Compare, Has, In, Not, Operator, rewritten

NAMESPACE = "projectcalico.org/namespace"
SERVICE_ACCOUNT = "projectcalico.org/serviceaccount"
ORCHESTRATOR = "projectcalico.org/orchestrator"
OF_NAMESPACE = "pcns."
OF_SERVICE_ACCOUNT = "pcsa."
_LONGEST_LABEL_VALUE = 63


def inherited_labels(namespace: str, labels: Mapping[str, str]) -> dict[str, str]:
    """Return what pods and network sets inherit from their namespace; nothing for what is in none."""
    if not namespace:
        return {}
    inherited = {OF_NAMESPACE + key: value for key, value in labels.items()}
    return {**inherited, f"{OF_NAMESPACE}projectcalico.org/name": namespace}


def endpoint_labels(
    workload: Workload, namespace_labels: Mapping[str, str], account_labels: Mapping[str, str]
) -> dict[str, str]:
    """Return all labels that selectors see on a pod; its own win over inherited ones."""
    inherited = inherited_labels(workload.namespace, namespace_labels)
    own = {
        key: value
        for key, value in workload.labels.items()
        if not key.startswith((OF_NAMESPACE, OF_SERVICE_ACCOUNT))
    }
    own[NAMESPACE] = workload.namespace
    own[ORCHESTRATOR] = "k8s"
    account = workload.service_account
    if account:
        inherited |= {OF_SERVICE_ACCOUNT + key: value for key, value in account_labels.items()}
        inherited[f"{OF_SERVICE_ACCOUNT}projectcalico.org/name"] = account
        if len(account) < _LONGEST_LABEL_VALUE:
            own[SERVICE_ACCOUNT] = account
    return {**inherited, **own}


def prefixed(selector: Selector, prefix: str) -> Selector:
    """Return the selector over the labels under a prefix."""

    def leaf(node: Selector) -> Selector:
        if isinstance(node, Has):
            return Has(prefix + node.key)
        if isinstance(node, Compare):
            return Compare(prefix + node.key, node.operator, node.literal)
        if isinstance(node, In):
            return In(prefix + node.key, node.literals, node.negated)
        return node

    return rewritten(selector, leaf)


def all_means_has(selector: Selector, label: str) -> Selector:
    """Return the selector with `all()` read as "has that label" and `global()` as the opposite."""

    def leaf(node: Selector) -> Selector:
        if isinstance(node, All):
            return Not(Has(label)) if node.name == "global()" else Has(label)
        return node

    return rewritten(selector, leaf)


def both(first: Selector | None, second: Selector | None) -> Selector | None:
    """Return the conjunction of two selectors, either of which may be absent."""
    if first is None or second is None:
        return first or second
    return And((first, second))


def of_namespace(namespace: str) -> Selector:
    """Return the selector of everything in one namespace."""
    return Compare(NAMESPACE, Operator.EQUAL, namespace)


def of_policy(namespace: str, selector: Selector | None, accounts: Selector | None) -> Selector:
    """Return whom a namespaced policy applies to."""
    scope = both(selector, of_namespace(namespace))
    if accounts is not None:
        scope = both(scope, prefixed(accounts, OF_SERVICE_ACCOUNT))
    assert scope is not None  # it has the namespace at least
    return scope


def of_global_policy(
    selector: Selector | None, namespaces: Selector | None, accounts: Selector | None
) -> Selector | None:
    """Return whom a global policy applies to; None: everyone."""
    scope = selector
    if namespaces is not None:
        scope = both(scope, prefixed(namespaces, OF_NAMESPACE))
        assert scope is not None
        scope = all_means_has(scope, NAMESPACE)
    if accounts is not None:
        scope = both(scope, prefixed(accounts, OF_SERVICE_ACCOUNT))
        assert scope is not None
        scope = all_means_has(scope, SERVICE_ACCOUNT)
    return scope


def of_accounts(names: tuple[str, ...], selector: Selector | None) -> Selector | None:
    """Return whom a rule's serviceAccounts select; None if it says nothing."""
    named: Selector | None = In(SERVICE_ACCOUNT, tuple(sorted(set(names)))) if names else None
    return both(prefixed(selector, OF_SERVICE_ACCOUNT) if selector else None, named)


def of_entity(
    namespace: str,
    selector: Selector | None,
    not_selector: Selector | None,
    namespaces: Selector | None,
    accounts: Selector | None,
) -> tuple[Selector | None, Selector | None]:
    """Return a rule end's positive selector, and what is subtracted if there is no positive one.

    A namespaced policy is limited to its namespace as soon as any selector is given, even a negative one.
    """
    chosen = both(accounts, selector)
    if namespaces is not None:
        within: Selector | None = all_means_has(prefixed(namespaces, OF_NAMESPACE), NAMESPACE)
    elif namespace and (chosen is not None or not_selector is not None):
        within = of_namespace(namespace)
    else:
        within = None
    positive = both(within, chosen)
    if positive is not None and not_selector is not None:
        return And((positive, Not(not_selector))), None
    return positive, not_selector
