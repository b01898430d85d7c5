"""The Tigera operator, by its Helm chart.

Brings the operator and its CRDs and nothing else. The chart could also create the Installation, the API
server and two user interfaces; those are switched off, so that what decides the pod network is a resource of
ours that a preview shows field by field.
"""

from typing import Any, TypedDict

import pulumi
from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs

from components.kubernetes_object import KubernetesObject
from components.waits import time_limit
from labs import versions
from labs.enums import CalicoCrds

NAMESPACE = "tigera-operator"


class TigeraOperatorArgs(TypedDict):
    """What the operator needs."""

    calico_version: pulumi.Input[str]
    """Calico release with its leading `v`; the chart's version is the same."""

    own_namespace: bool
    """Make the namespace a resource of this stack, so that it goes when the operator goes; Helm leaves behind
    what it has made. Plain: it decides whether there is such a resource."""

    host_dns: bool
    """Resolve names as the node does, not by the cluster's DNS. Plain: it changes the chart's values."""

    wait_minutes: int
    """Minutes the operator may take to start. Plain: options take no outputs."""


class TigeraOperator(pulumi.ComponentResource):
    """The operator, running in its own namespace."""

    namespace: pulumi.Output[str]
    """Namespace the operator runs in."""

    def __init__(
        self, name: str, args: TigeraOperatorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("calico-labs:calico:TigeraOperator", name, None, opts)

        minutes = args["wait_minutes"]
        before: list[pulumi.Resource] = []
        if args["own_namespace"]:
            before = [
                KubernetesObject(
                    f"{name}-namespace",
                    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
                    pulumi.ResourceOptions(parent=self, custom_timeouts=time_limit(minutes)),
                )
            ]
        release = Release(
            f"{name}-release",
            name="calico",
            chart=versions.CALICO_CHART,
            version=args["calico_version"],
            repository_opts=RepositoryOptsArgs(repo=versions.CALICO_CHART_REPOSITORY),
            namespace=NAMESPACE,
            create_namespace=not args["own_namespace"],
            values=chart_values(args["host_dns"]),
            timeout=minutes * 60,
            opts=pulumi.ResourceOptions(parent=self, depends_on=before, custom_timeouts=time_limit(minutes)),
        )

        # Off the release's status, so that whoever uses the name waits for the operator.
        self.namespace = release.status.apply(lambda status: getattr(status, "namespace", None) or NAMESPACE)
        self.register_outputs({"namespace": self.namespace})


def chart_values(host_dns: bool) -> dict[str, Any]:
    """Return the chart values that leave the operator and its CRDs."""
    values: dict[str, Any] = {
        "installation": {"enabled": False},
        "apiServer": {"enabled": False},
        "goldmane": {"enabled": False},
        "whisker": {"enabled": False},
        "manageCRDs": True,
        # Left to itself, operator 1.44 (Calico 3.33) takes native v3 CRDs on a fresh cluster that serves
        # MutatingAdmissionPolicy, and v1 ones elsewhere: the same lab would differ from cluster to cluster
        # (tigera/operator, pkg/apis/version.go). `rules/release.py` refuses the other group.
        "tigeraOperator": {"env": [{"name": "CALICO_API_GROUP", "value": str(CalicoCrds.V1)}]},
    }
    if host_dns:
        # For eBPF the operator reaches the API server by name, and on a cluster without a CNI the cluster's
        # DNS does not run before the operator has done its work (tigera/operator#1746,
        # projectcalico/calico#11595).
        values["dnsPolicy"] = "Default"
    return values
