"""What would hold if every staged policy were enforced."""

from __future__ import annotations

from dataclasses import replace

from reach.kinds.calico import STAGED
from reach.model import Cluster, Policy


def staged_as_enforced(cluster: Cluster) -> Cluster:
    """Return the cluster after its staged policies have been applied: set, or deleted as they say.

    A staged policy stands for the enforced one of its kind, namespace and name. Learn and Ignore change nothing.
    """
    staged = [policy for policy in cluster.policies if policy.staged]
    replaced = {_enforced_identity(policy) for policy in staged if policy.staged_action in ("Set", "Delete")}
    kept = [policy for policy in cluster.policies if not policy.staged and _identity(policy) not in replaced]
    set_now = [
        replace(policy, kind=policy.kind.removeprefix(STAGED), staged=False)
        for policy in staged
        if policy.staged_action == "Set"
    ]
    return replace(cluster, policies=(*kept, *set_now))


def _identity(policy: Policy) -> tuple[str, str, str]:
    return policy.kind, policy.namespace, policy.name


def _enforced_identity(policy: Policy) -> tuple[str, str, str]:
    return policy.kind.removeprefix(STAGED), policy.namespace, policy.name
