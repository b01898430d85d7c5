"""Clusters without Azure: a control plane and nodes that were "there before", for the lab that brings its own.

No resource type of Azure's. It is served here because the daemon has one door, one store and one list of clusters,
and because a plain cluster should survive a restart like any other. `labctl sandbox cluster` is its only caller.
"""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import Any

from sandbox.arm.errors import ArmError, bad_request, not_found
from sandbox.arm.ids import ResourceId
from sandbox.arm.provider import Azure, Request, Response, no_such_action
from sandbox.arm.store import Resource
from sandbox.clusters.spec import FOUND_CALICO, PLAIN, ClusterSpec, PoolSpec
from sandbox.errors import SandboxError

PLAIN_TYPE = "CalicoLabs.Sandbox/plainClusters"
PLAIN_VERSION = "2026-11-22"
POD_CIDR = "10.244.0.0/16"
KUBECONFIG = "kubeconfig"
ROTATE = "rotate"
"""Actions: hand out the kubeconfig; make all that were handed out worthless, as when a certificate expires."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_MOST_NODES = 20
_log = logging.getLogger(__name__)


class PlainClusters:
    """The resource type."""

    type = PLAIN_TYPE
    api_versions = (PLAIN_VERSION,)

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def put(self, request: Request) -> Response:
        id = request.id
        properties = {"nodes": 3, "calico": False, **(request.body.get("properties") or {})}
        if not _NAME.fullmatch(id.name):
            raise bad_request(
                "InvalidName", f"The cluster name '{id.name}' is not lower-case letters and digits."
            )
        if not 1 <= int(properties["nodes"]) <= _MOST_NODES:
            raise bad_request("InvalidNodeCount", f"A plain cluster has 1 to {_MOST_NODES} nodes.")
        existing = self._azure.store.get(id)
        if existing and existing["properties"]["calico"] != properties["calico"]:
            message = f"The cluster '{id.name}' is there already, and was made otherwise; remove it first."
            raise ArmError(HTTPStatus.CONFLICT, "PlainClusterExists", message)
        cluster: Resource = {"id": str(id), "name": id.name, "type": PLAIN_TYPE, "properties": properties}
        self._run(id, properties)
        self._azure.store.put(id, cluster)
        return Response(HTTPStatus.OK if existing else HTTPStatus.CREATED, cluster)

    def get(self, request: Request) -> Response:
        return Response(HTTPStatus.OK, self._found(request.id))

    def delete(self, request: Request) -> Response:
        self._azure.clusters.stop(str(request.id))
        self._azure.store.delete(request.id)
        return Response(HTTPStatus.NO_CONTENT)

    def post(self, request: Request) -> Response:
        if request.id.action == ROTATE:
            self._azure.clusters.rotate(self._found(request.id)["id"])
            return Response(HTTPStatus.NO_CONTENT)
        if request.id.action != KUBECONFIG:
            raise no_such_action(request)
        cluster = self._found(request.id)
        return Response(HTTPStatus.OK, {KUBECONFIG: self._azure.clusters.kubeconfig(cluster["id"])})

    def resume(self, id: ResourceId) -> None:
        """Bring a stored cluster back after a restart."""
        try:
            self._run(id, self._found(id)["properties"])
        except SandboxError as error:
            _log.warning("plain cluster %s did not come back: %s", id.name, error)

    def _found(self, id: ResourceId) -> Resource:
        cluster = self._azure.store.get(id)
        if cluster is None:
            raise not_found("PlainClusterNotFound", f"The sandbox has no plain cluster '{id.name}'.")
        return cluster

    def _run(self, id: ResourceId, properties: dict[str, Any]) -> None:
        spec = ClusterSpec(
            id=str(id),
            name=id.name,
            resource_group=PLAIN,
            location=PLAIN,
            network_plugin=FOUND_CALICO if properties["calico"] else "none",
            pod_cidr=POD_CIDR,
            service_cidr="10.0.0.0/16",
            dns_service_ip="10.0.0.10",
            kubernetes_version="1.36",
            node_resource_group="",
            node_subnet="192.168.102.0/24",
        )
        self._azure.clusters.start(spec)
        labels = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
        for name, count in (("master", 1), ("worker", int(properties["nodes"]) - 1)):
            pool = PoolSpec(
                name=name, count=count, vm_size="Standard_D4s_v5", kubernetes_version="1.36", labels=labels
            )
            self._azure.clusters.set_pool(spec.id, pool)
