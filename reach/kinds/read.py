"""All policy objects of many documents at once: which reader takes which kind, and no name twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reach.document import Document
from reach.errors import shown
from reach.fields import root
from reach.kinds import calico, kubernetes
from reach.model import NetworkSet, Policy, Tier


@dataclass(frozen=True)
class PolicyObjects:
    """What a set of documents says about policy."""

    policies: tuple[Policy, ...]
    network_sets: tuple[NetworkSet, ...]
    tiers: tuple[Tier, ...]


KINDS = frozenset(
    {(kubernetes.API_VERSION, "NetworkPolicy"), (calico.API_VERSION, "StagedKubernetesNetworkPolicy")}
    | {(calico.API_VERSION, kind) for kind in calico.POLICY_FIELDS}
    | {(calico.API_VERSION, kind) for kind in ("NetworkSet", "GlobalNetworkSet", "Tier")}
)
"""API version and kind of everything that is read here."""


def kind_of(document: Document) -> tuple[str, str]:
    """Return API version and kind as they are written."""
    body = root(document)
    return body.get("apiVersion").text(), body.get("kind").text()


def read(documents: Iterable[Document]) -> PolicyObjects:
    """Read all policy objects.

    Raises:
        InputError: at the first object that the API would refuse or that is of another kind.
    """
    policies: list[Policy] = []
    sets: list[NetworkSet] = []
    tiers: list[Tier] = []
    seen: dict[tuple[str, str, str], Document] = {}
    for document in documents:
        api, kind = kind_of(document)
        found: Policy | NetworkSet | Tier
        if (api, kind) not in KINDS:
            root(document).get("kind").refuse(
                f"is '{shown(kind)}' of '{shown(api)}', which decides no flow here",
                "remove the object or correct apiVersion and kind",
                "what is not understood cannot be left out of a verdict",
            )
        if kind.endswith("NetworkSet"):
            sets.append(found := calico.read_network_set(document))
        elif kind == "Tier":
            tiers.append(found := calico.read_tier(document))
        else:
            is_kubernetes = api == kubernetes.API_VERSION or "Kubernetes" in kind
            policies.append(found := (kubernetes if is_kubernetes else calico).read_policy(document))
        identity = (f"{api}/{kind}", getattr(found, "namespace", ""), found.name)
        first = seen.setdefault(identity, document)
        if first is not document:
            root(document).get("metadata").get("name").refuse(
                f"is '{shown(found.name)}' like that of {first.where()}",
                "rename or remove one",
                "the later would overwrite the earlier",
            )
    return PolicyObjects(tuple(policies), tuple(sets), tuple(tiers))
