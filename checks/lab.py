"""The lab under test as checks see it: what it should be (settings and files) and its API server.

Nothing is kept between two questions: a check that runs again, because something differed, sees the cluster as it is
then.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.api import Api, Body
from labs import names
from labs.manifests import Manifest
from labs.settings import LabSettings

if TYPE_CHECKING:
    from checks.traffic.session import Session

_OS = "kubernetes.io/os"


@dataclass(frozen=True)
class Lab:
    """A stack's intentions and its cluster."""

    settings: LabSettings
    api: Api
    app: Sequence[Manifest]
    """What the stack deploys of its application folder."""

    policies: Sequence[Manifest]
    """What the stack deploys of its policy folder, in the API group in which it is written."""

    policy_files: Sequence[Manifest]
    """The same policies as they stand in the files."""

    other_policy_files: Sequence[Manifest] = ()
    """Policies of the folder that the stack's settings leave out."""

    traffic: Session | None = None
    """The probes of this run; None if packets are not wanted."""

    kubeconfig: str = ""
    """File that a reader's kubectl takes; empty: the one that the stack's next steps write."""

    context: str = ""
    """Context in that file; empty: it has one alone."""

    @property
    def kubectl(self) -> str:
        """How a reader calls kubectl for this cluster."""
        file = self.kubeconfig or names.kubeconfig_file(self.settings)
        command = f"kubectl --kubeconfig {shlex.quote(file)}"
        return f"{command} --context {shlex.quote(self.context)}" if self.context else command

    @property
    def namespaces(self) -> list[str]:
        """Names of the application's namespaces."""
        return [manifest.name for manifest in self.app if manifest.kind == "Namespace"]

    def nodes(self, os: str | None = None) -> list[Body]:
        """Return the nodes, or those of one operating system (`linux`, `windows`)."""
        return [node for node in self.api.list("/api/v1/nodes") if os in (None, os_of(node))]


def os_of(node: Body) -> str:
    """Return a node's operating system in Kubernetes' spelling."""
    return str((node["metadata"].get("labels") or {}).get(_OS, "linux"))


def is_simulated(node: Body) -> bool:
    """Tell whether nobody runs containers on a node.

    Every kubelet publishes the port on which the API server reaches it for logs and exec. A node object without one
    has no kubelet behind it, whatever its conditions say (KWOK writes them; seen 2026-11-22).
    """
    endpoint = (node.get("status", {}).get("daemonEndpoints") or {}).get("kubeletEndpoint") or {}
    return not endpoint.get("Port")


def simulated(nodes: Sequence[Body]) -> str:
    """Return what is simulated about nodes, for a skip's reason; empty if they are all real."""
    found = sorted(node["metadata"]["name"] for node in nodes if is_simulated(node))
    if not found:
        return ""
    return f"{len(found)} of {len(nodes)} nodes are simulated: no kubelet answers for {found[0]}"


def condition(body: Body, kind: str) -> Body:
    """Return the object's status condition of that type; empty if it has none."""
    for item in body.get("status", {}).get("conditions") or []:
        if item.get("type") == kind:
            return dict(item)
    return {}
