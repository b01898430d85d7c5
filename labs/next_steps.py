"""The commands that a reader needs after `pulumi up`, as text that can be pasted.

The names of the stack outputs that these commands read are fixed here, so that program and text cannot drift
apart. Nothing is run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs import names
from labs.deployed import waits_for_windows
from labs.enums import CalicoSource, ClusterKind

if TYPE_CHECKING:
    from labs.settings import LabSettings

KUBECONFIG_OUTPUT = "kubeconfig"
APPLICATION_OUTPUT = "applicationAddress"


def credentials_command(settings: LabSettings) -> str:
    """Return the Azure CLI's way to the same kubeconfig, for readers without the stack's passphrase."""
    return (
        f"az aks get-credentials --admin --resource-group {names.resource_group_name(settings)}"
        f" --name {names.cluster_name(settings)} --file {names.kubeconfig_file(settings)}"
    )


def next_steps(settings: LabSettings) -> list[str]:
    """Return the commands to try next, in the order in which they work; the last one cleans up."""
    stack = settings.stack
    file = names.kubeconfig_file(settings)
    # AKS's own Calico has the same objects; a Calico that was there before may have come without an operator.
    what = "nodes,pods -A" if settings.calico is CalicoSource.EXISTING else "tigerastatus,nodes"
    steps = [
        # A file of its own, readable by its owner alone: the user's ~/.kube/config is not touched.
        f"(umask 077; pulumi stack output {KUBECONFIG_OUTPUT} --show-secrets --stack {stack} > {file})",
        f"kubectl --kubeconfig {file} get {what}",
    ]
    if not waits_for_windows(settings):
        steps.append(_visit(settings, file))
    return [*steps, f"pulumi destroy --stack {stack} && rm -f {file}"]


def _visit(settings: LabSettings, file: str) -> str:
    """Return the command that asks the application for its page, from outside where it has an address."""
    if settings.cluster is ClusterKind.EXISTING:
        return f"kubectl --kubeconfig {file} -n guestbook port-forward service/frontend 8080:80"
    return f"curl --max-time 10 http://$(pulumi stack output {APPLICATION_OUTPUT} --stack {settings.stack})/"
