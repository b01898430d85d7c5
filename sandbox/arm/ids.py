"""ARM ids: `/subscriptions/S/resourceGroups/G[/providers/N/type/name...][/action]`, compared without regard
to case.

Owns parsing and printing. Does not know which types exist; `server.py` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sandbox.arm.errors import bad_request, not_found

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RESOURCE_GROUP = "Microsoft.Resources/resourceGroups"


@dataclass(frozen=True)
class ResourceId:
    """One resource, or one resource group where `namespace` is empty."""

    subscription: str
    group: str
    namespace: str = ""
    types: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    action: str = ""
    """What a POST asks for, for example `listClusterAdminCredential`."""
    scope: str = ""
    """Id of the resource that this one is an extension of, as role assignments are; empty for all others."""

    @property
    def type(self) -> str:
        """`Microsoft.ContainerService/managedClusters`, in the spelling of the request."""
        return "/".join((self.namespace, *self.types)) if self.namespace else RESOURCE_GROUP

    @property
    def name(self) -> str:
        return self.names[-1] if self.names else self.group

    @property
    def parent(self) -> ResourceId:
        """The resource around this one; of a top-level resource, its group."""
        if len(self.names) < 2:
            return ResourceId(self.subscription, self.group)
        return replace(self, types=self.types[:-1], names=self.names[:-1], action="")

    @property
    def group_id(self) -> ResourceId:
        return ResourceId(self.subscription, self.group)

    @property
    def key(self) -> str:
        """What equal ids have in common."""
        return str(self).lower()

    def child(self, type: str, name: str) -> ResourceId:
        return replace(self, types=(*self.types, type), names=(*self.names, name), action="")

    def __str__(self) -> str:
        # AKS spells `resourcegroups` in small letters inside its ids (Azure/AKS and
        # https://github.com/MicrosoftDocs/azure-docs/issues/53426); a program that compares ids by letters
        # finds out.
        word = (
            "resourcegroups" if self.namespace.lower() == "microsoft.containerservice" else "resourceGroups"
        )
        text = self.scope or f"/subscriptions/{self.subscription}/{word}/{self.group}"
        if self.namespace:
            text += f"/providers/{self.namespace}"
            text += "".join(f"/{type}/{name}" for type, name in zip(self.types, self.names, strict=True))
        return text


def parse(path: str) -> ResourceId:
    """Read a request path.

    Raises:
        ArmError: the path is not of this form.
    """
    parts = [part for part in path.split("/") if part]
    if len(parts) < 2 or parts[0].lower() != "subscriptions":
        raise not_found("InvalidRequestUri", f"The request URI '{path}' does not name a resource.")
    subscription = parts[1]
    if not _GUID.fullmatch(subscription.lower()):
        message = f"The provided subscription identifier '{subscription}' is malformed or invalid."
        raise bad_request("InvalidSubscriptionId", message)
    if len(parts) < 4 or parts[2].lower() != "resourcegroups":
        raise not_found("InvalidRequestUri", f"The request URI '{path}' does not name a resource.")
    group, rest = parts[3], parts[4:]
    if not rest:
        return ResourceId(subscription, group)
    scope = ""
    last = max(index for index, part in enumerate(rest) if part.lower() == "providers" or index == 0)
    if last > 0:
        scope = "/" + "/".join(parts[: 4 + last])
        rest = rest[last:]
    if rest[0].lower() != "providers" or len(rest) < 4:
        raise not_found("InvalidRequestUri", f"The request URI '{path}' does not name a resource.")
    namespace, pairs = rest[1], rest[2:]
    action = pairs.pop() if len(pairs) % 2 else ""
    return ResourceId(subscription, group, namespace, tuple(pairs[::2]), tuple(pairs[1::2]), action, scope)
