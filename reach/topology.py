"""From the files that a stack deploys, and its settings, to a cluster that can be judged.

There is no second description of a lab: the application and the policies are the very folders that the
program deploys, read by the loader that it uses. Pods have no address before they run, so each workload is
somewhere in the pod range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from labs.deployed import read_deployed
from labs.enums import Dataplane
from labs.manifests import Manifest
from labs.settings import LabSettings
from labs.stack_files import settings_of
from reach.document import Document, from_manifest
from reach.errors import InputError, shown
from reach.kinds.read import KINDS, read
from reach.model import Cluster, Net, Workload
from reach.ordering import names_break_ties
from reach.services import EntryPoint, entry_points, service_backends
from reach.workloads import CLUSTER_DNS, CLUSTER_NAMESPACES, read_workload

_WORKLOADS = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "Job")


@dataclass(frozen=True)
class Lab:
    """A stack's cluster, its ways in from outside, and the settings behind both."""

    settings: LabSettings
    cluster: Cluster
    entry_points: tuple[EntryPoint, ...]
    documents: tuple[Document, ...]
    """Every object that was read, in the order of deployment."""


def load_lab(root: Path, stack: str) -> Lab:
    """Load a stack of a project folder.

    Raises:
        LabError: if settings, manifests or policies cannot be read.
    """
    settings = settings_of(root, stack)
    return lab_of(settings, _documents(root, deployed(root, settings)))


def deployed(root: Path, settings: LabSettings) -> list[Manifest]:
    """Return the manifests that the program deploys under these settings; a test holds it to that.

    Raises:
        ManifestError: if a file is not acceptable.
    """
    found = read_deployed(root, settings)
    return [*found.app, *found.policies]


def _documents(root: Path, manifests: Sequence[Manifest]) -> list[Document]:
    return [from_manifest(manifest, manifest.path.relative_to(root).as_posix()) for manifest in manifests]


def lab_of(settings: LabSettings, documents: Sequence[Document]) -> Lab:
    """Return the cluster that documents make under settings."""
    by_kind: dict[str, list[Document]] = {}
    policy_documents = []
    for document in documents:
        if (document.body["apiVersion"], document.body["kind"]) in KINDS:
            policy_documents.append(document)
        else:
            by_kind.setdefault(str(document.body["kind"]), []).append(document)
    workloads = [
        workload
        for kind in _WORKLOADS
        for document in by_kind.get(kind, [])
        if (workload := read_workload(document)) is not None
    ]
    if not any(workload.id == CLUSTER_DNS.id for workload in workloads):
        workloads.append(CLUSTER_DNS)
    objects = read(policy_documents)
    vnet = _range("vnetCidr", settings.vnet_cidr)
    services = by_kind.get("Service", [])
    cluster = Cluster(
        namespaces=_namespaces(by_kind.get("Namespace", []), workloads),
        service_accounts={
            (str(metadata.get("namespace")), str(metadata["name"])): metadata.get("labels") or {}
            for metadata in (document.body["metadata"] for document in by_kind.get("ServiceAccount", []))
        },
        workloads=tuple(workloads),
        services=tuple(backends for item in services if (backends := service_backends(item, workloads))),
        network_sets=objects.network_sets,
        tiers=objects.tiers,
        policies=objects.policies,
        pod_ranges=(_range("podCidr", settings.pod_cidr) if settings.pod_cidr else vnet,),
        node_ranges=(vnet,) if settings.pod_cidr else (),
        names_break_ties=names_break_ties(settings.calico_version),
    )
    keeps_source = settings.dataplane is Dataplane.BPF
    found = tuple(
        entry for item in services for entry in entry_points(item, workloads, keeps_source=keeps_source)
    )
    return Lab(settings, cluster, found, tuple(documents))


def _range(key: str, text: str) -> Net:
    """Return a range of the settings, which the program's own rules may not have seen yet."""
    try:
        return ip_network(text)
    except ValueError:
        raise InputError(
            "the stack's settings",
            f"calico-labs:{key}",
            f"is '{shown(text)}' but not an address range",
            "write it as 10.0.0.0/16",
            "pods and nodes have their addresses there",
        ) from None


def _namespaces(documents: Sequence[Document], workloads: Sequence[Workload]) -> dict[str, Mapping[str, str]]:
    """Return labels by namespace; Kubernetes itself gives each its name as a label."""
    given: dict[str, dict[str, Any]] = {
        str(document.body["metadata"]["name"]): dict(document.body["metadata"].get("labels") or {})
        for document in documents
    }
    names = sorted({*given, *CLUSTER_NAMESPACES, *(workload.namespace for workload in workloads)})
    return {name: {**given.get(name, {}), "kubernetes.io/metadata.name": name} for name in names}
