"""Pods as the manifests describe them: one workload for every template, whatever the number of replicas."""

from __future__ import annotations

from reach.document import Document
from reach.fields import Field, root
from reach.model import NamedPort, Workload
from reach.protocols import NUMBERS, TCP, UDP

CLUSTER_NAMESPACES = ("default", "kube-system")

CLUSTER_DNS = Workload(
    namespace="kube-system",
    name="coredns",
    labels={"k8s-app": "kube-dns"},
    service_account="coredns",
    ports=(NamedPort("dns", 53, UDP), NamedPort("dns-tcp", 53, TCP)),
    kind="Deployment",
    where="every AKS cluster",
)
"""The one workload that no file deploys and that every lab talks to: AKS brings it.

Source: AKS docs, coredns-custom, read 2026-11-22, for CoreDNS in kube-system; the label is the one that the
labs' own DNS policies select by.
"""

DNS_PORT = 53


def read_workload(document: Document) -> Workload | None:
    """Return the pods of a Pod or of anything with a pod template; None for pods on the host's network.

    Such pods have the node's address and no policy of their own.
    """
    body = root(document)
    metadata = body.get("metadata")
    spec = body.get("spec")
    is_pod = document.body["kind"] == "Pod"
    made = body if is_pod else spec.get("template")
    template, pod = made.get("metadata"), made.get("spec")
    if pod.get("hostNetwork").flag():
        return None
    return Workload(
        namespace=metadata.get("namespace").text("default"),
        name=metadata.get("name").text(),
        labels=template.get("labels").labels(),
        service_account=pod.get("serviceAccountName").text("default") or "default",
        ports=tuple(_ports(pod)),
        kind=str(document.body["kind"]),
        where=document.where(),
    )


def _ports(pod: Field) -> list[NamedPort]:
    found = []
    for container in pod.get("containers").items():
        for item in container.get("ports").items():
            number = item.get("containerPort").integer(1, 65535)
            protocol = NUMBERS[item.get("protocol").choice(("TCP", "UDP", "SCTP"), "TCP")]
            if number is not None:
                found.append(NamedPort(item.get("name").text(), number, protocol))
    return found
