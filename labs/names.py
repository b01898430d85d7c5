"""The physical names of a lab's Azure resources, all derived from the stack's name.

Pure and total: whatever Pulumi accepts as a stack name becomes a name that Azure accepts, and two stacks
never share one. Names inside the cluster are not made here; they are written in the manifests.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labs.settings import LabSettings

PREFIX = "calico-labs"

_STACK_LENGTH = 30
# The shortest limit is that of the DNS prefix (54): "calico-labs-" and 30 more stay below it everywhere.
_DIGEST_LENGTH = 6


def _slug(stack: str) -> str:
    """Return the stack's name in lower-case letters, digits and hyphens, marked if that lost anything."""
    plain = re.sub(r"[^a-z0-9]+", "-", stack.lower()).strip("-")
    if plain == stack and len(plain) <= _STACK_LENGTH:
        return plain
    # `a.b`, `A-b` and `a_b` are different stacks that all read `a-b`; the digest keeps their clusters apart.
    digest = hashlib.sha256(stack.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LENGTH]
    return f"{plain[: _STACK_LENGTH - _DIGEST_LENGTH - 1].rstrip('-')}-{digest}".lstrip("-")


def resource_group_name(settings: LabSettings) -> str:
    """Return the resource group's name: at most 90 characters."""
    return f"{PREFIX}-{_slug(settings.stack)}"


def cluster_name(settings: LabSettings) -> str:
    """Return the AKS cluster's name: at most 63 characters, letters or digits at both ends."""
    return f"{PREFIX}-{_slug(settings.stack)}"


def vnet_name(settings: LabSettings) -> str:
    """Return the VNet's name: at most 64 characters, letters or digits at both ends."""
    return f"{PREFIX}-{_slug(settings.stack)}"


def dns_prefix(settings: LabSettings) -> str:
    """Return the first label of the API server's name: at most 54 characters, a letter first."""
    return f"{PREFIX}-{_slug(settings.stack)}"


def node_resource_group_name(settings: LabSettings) -> str:
    """Return the name of the group in which AKS keeps the nodes: at most 80 characters."""
    return f"{PREFIX}-{_slug(settings.stack)}-nodes"


def kubeconfig_file(settings: LabSettings) -> str:
    """Return the file that the next steps write the kubeconfig to; the user's own is left alone."""
    return f"kubeconfig-{_slug(settings.stack)}"
