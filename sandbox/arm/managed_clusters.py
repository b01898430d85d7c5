"""Managed clusters: creating one starts its control plane, deleting it stops that.

Owns the operations on `Microsoft.ContainerService/managedClusters`; the rules are in `cluster_rules.py`. A
cluster and its pools are stored apart, and answered together, so that a pool has one truth whoever changes
it.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from ipaddress import IPv4Network
from typing import Any

from sandbox.arm import cluster_rules, credentials, networks, pools
from sandbox.arm.agent_pools import POOL_TYPE, apply_pool, check_subnet, check_system_pools, new_pool
from sandbox.arm.cluster_rules import TYPE
from sandbox.arm.errors import ArmError, OperationFailedError, bad_request, missing_parameter
from sandbox.arm.ids import ResourceId, parse
from sandbox.arm.operations import Pace
from sandbox.arm.provider import Azure, Request, Response, no_such_action
from sandbox.arm.resource_groups import new_group
from sandbox.arm.store import Resource
from sandbox.arm.virtual_networks import subnet_range
from sandbox.clusters.spec import ClusterSpec
from sandbox.errors import SandboxError

AKS_VERSION = "2025-09-01"
_ROTATE = "rotateclustercertificates"
_log = logging.getLogger(__name__)


class ManagedClusters:
    """The resource type."""

    type = TYPE
    # The SDK's, and the previews that carry kubeProxyConfig and still answered in 2026-11.
    api_versions = (AKS_VERSION, "2026-03-02-preview", "2026-05-02-preview")

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def put(self, request: Request) -> Response:
        id = self._azure.canonical(request.id, TYPE)
        state = "Updating" if self._azure.store.get(id) else "Creating"
        with self._azure.operations.begin(id, state):
            existing = self._azure.store.get(id)
            inline = (request.body.get("properties") or {}).get("agentPoolProfiles") or []
            subnet = self._subnet(inline)
            cluster = cluster_rules.complete(id, request.body, request.api_version, existing, subnet)
            if not inline:
                raise missing_parameter("agentPoolProfiles")
            if existing:
                self._update(id, cluster, inline)
                return Response(HTTPStatus.OK, self._answer(id))
            self._create(id, cluster, inline)
            return Response(HTTPStatus.CREATED, self._answer(id))

    def get(self, request: Request) -> Response:
        self._azure.found(request.id)
        return Response(HTTPStatus.OK, self._answer(request.id))

    def delete(self, request: Request) -> Response:
        self._azure.group(request.id)
        self.delete_cluster(request.id)
        return Response(HTTPStatus.NO_CONTENT)

    def post(self, request: Request) -> Response:
        if request.id.action.lower() == _ROTATE:
            return self._rotate(request.id)
        if request.id.action.lower() not in credentials.KINDS:
            raise no_such_action(request)
        cluster = self._azure.found(request.id)
        if cluster["properties"]["disableLocalAccounts"]:
            # https://github.com/hashicorp/terraform-provider-azurerm/pull/15489 (2022-02)
            message = (
                "Getting static credential is not allowed because this cluster is set to disable local"
                " accounts."
            )
            raise bad_request("BadRequest", message)
        kubeconfig = self._azure.clusters.kubeconfig(cluster["id"])
        body = credentials.answer(request.id.action, kubeconfig, parse(cluster["id"]).group, cluster["name"])
        return Response(HTTPStatus.OK, body)

    def _rotate(self, id: ResourceId) -> Response:
        """Give the cluster new authorities and certificates, as `az aks rotate-certs` does: every kubeconfig that was
        handed out is worth nothing afterwards (AKS docs, certificate-rotation, 2026-11-27).
        """
        cluster = self._azure.found(id)
        with self._azure.operations.begin(parse(cluster["id"]), "RotatingClusterCertificates"):
            try:
                self._azure.clusters.rotate(cluster["id"])
            except SandboxError as error:
                raise _failed(error) from error
        return Response(HTTPStatus.NO_CONTENT)

    def delete_cluster(self, id: ResourceId) -> None:
        """Delete the cluster, its pools and its node resource group; harmless if it is not there."""
        with self._azure.operations.begin_after(id, "Deleting"):
            cluster = self._azure.store.get(id)
            if cluster is None:
                return
            self._set_state(id, "Deleting")
            try:
                self._azure.clusters.stop(cluster["id"])
            except SandboxError as error:
                self._set_state(id, "Failed")
                raise _failed(error) from error
            self._azure.pace.take(Pace.CLUSTER_DELETE)
            self._azure.store.delete(id)
            self._azure.store.delete(_node_group(id, cluster))

    def resume(self, id: ResourceId) -> None:
        """Bring a stored cluster back after a restart; what was being done when the stand-in ended is
        finished."""
        cluster = self._azure.store.get(id)
        if cluster is None:
            return
        if cluster["properties"]["provisioningState"] == "Deleting":
            self.delete_cluster(id)
            return
        try:
            self._run(id)
        except ArmError as error:
            _log.warning("%s did not come back: %s", cluster["name"], error)

    def _create(self, id: ResourceId, cluster: Resource, inline: list[dict[str, Any]]) -> None:
        completed = self._complete_pools(cluster, inline)
        group = _node_group(id, cluster)
        if self._azure.store.get(group):
            # Code from AKS's list of error codes, words ours.
            message = f"The node resource group '{group.group}' already exists."
            raise bad_request("NodeResourceGroupAlreadyExists", message, "nodeResourceGroup")
        self._azure.store.put(
            group, {**new_group(group.group, group, cluster["location"]), "managedBy": cluster["id"]}
        )
        cluster["properties"]["provisioningState"] = "Creating"
        self._azure.store.put(id, cluster)
        for name, pool in completed.items():
            self._azure.store.put(
                _pool_id(cluster, name), new_pool(_pool_id(cluster, name), pool, "Creating")
            )
        self._run(id)
        self._azure.pace.take(Pace.CLUSTER_CREATE)

    def _update(self, id: ResourceId, cluster: Resource, inline: list[dict[str, Any]]) -> None:
        stored = {item["name"]: item["properties"] for item in self._azure.store.below(id, POOL_TYPE)}
        for pool in inline:
            if pool.get("name") not in stored:
                # Azure/AKS issue 4383; pulumi-azure-native issue 579. A pool that is not listed stays as it
                # is.
                message = (
                    "A new agent pool was introduced. Adding agent pools to an existing cluster is not"
                    " allowed through managed cluster operations. For agent pool specific change, please"
                    " use per agent pool operations: https://aka.ms/agent-pool-rest-api"
                )
                raise bad_request("BadRequest", message, "agentPoolProfiles")
        completed = self._complete_pools(cluster, inline, stored)
        for name, properties in completed.items():
            pools.check_change(stored[name], properties, "agentPoolProfile")
        cluster["properties"]["provisioningState"] = "Updating"
        self._azure.store.put(id, cluster)
        for name, properties in completed.items():
            self._azure.store.put(
                _pool_id(cluster, name), new_pool(_pool_id(cluster, name), properties, "Updating")
            )
        self._run(id)
        self._azure.pace.take(Pace.CLUSTER_UPDATE)

    def _complete_pools(
        self, cluster: Resource, inline: list[dict[str, Any]], stored: dict[str, Any] | None = None
    ) -> dict[str, dict[str, Any]]:
        """Return the completed pools by name, checked together with the pools that are not listed."""
        stored = stored or {}
        completed: dict[str, dict[str, Any]] = {}
        for pool in inline:
            name = str(pool.get("name") or "")
            if name in completed:
                # Words ours; the REST specification only says that names are unique.
                raise bad_request(
                    "InvalidParameter", f"The agent pool name '{name}' is used twice.", "agentPoolProfiles"
                )
            completed[name] = pools.complete(
                name, pool, cluster["properties"], cluster["location"], stored.get(name)
            )
        check_system_pools({**stored, **completed})
        check_subnet(self._azure, cluster, {**stored, **completed})
        return completed

    def _subnet(self, inline: list[dict[str, Any]]) -> IPv4Network:
        """Return the range of the nodes' subnet; all pools of a cluster here are in one."""
        named = {str(pool["vnetSubnetID"]).lower() for pool in inline if pool.get("vnetSubnetID")}
        return subnet_range(self._azure, named.pop()) if named else networks.MANAGED_SUBNET

    def _run(self, id: ResourceId) -> None:
        """Let the running cluster follow what is stored, and note how that went.

        Raises:
            ArmError: it did not; the cluster is `Failed` then, and a later PUT tries again.
        """
        cluster = self._azure.store.get(id)
        assert cluster is not None
        try:
            subnet = self._subnet([pool["properties"] for pool in self._azure.store.below(id, POOL_TYPE)])
            self._azure.clusters.start(_spec(id, cluster, subnet))
            for pool in self._azure.store.below(id, POOL_TYPE):
                apply_pool(self._azure, cluster, pool)
            fqdn = self._azure.clusters.fqdn(cluster["id"])
        except SandboxError as error:
            self._set_state(id, "Failed")
            raise _failed(error) from error
        properties = cluster["properties"]
        properties["fqdn"] = fqdn
        head, dot, tail = fqdn.partition(".")
        properties["azurePortalFQDN"] = f"{head}{dot}portal.{tail}" if dot else head
        self._azure.store.put(id, cluster)
        self._set_state(id, "Succeeded")

    def _set_state(self, id: ResourceId, state: str) -> None:
        """Set the provisioning state of the cluster and its pools."""
        cluster = self._azure.store.get(id)
        if cluster is not None:
            cluster["properties"]["provisioningState"] = state
            self._azure.store.put(id, cluster)
        for pool in self._azure.store.below(id, POOL_TYPE):
            pool["properties"]["provisioningState"] = state
            self._azure.store.put(parse(pool["id"]), pool)

    def _answer(self, id: ResourceId) -> Resource:
        cluster = self._azure.found(id)
        cluster["properties"]["agentPoolProfiles"] = [
            {"name": pool["name"], **pool["properties"]} for pool in self._azure.store.below(id, POOL_TYPE)
        ]
        if networks.kube_proxy_disabled(cluster["properties"]["networkProfile"]):
            # Azure leaves `enabled: false` out of what it answers (Azure/azure-rest-api-specs#22208).
            cluster["properties"]["networkProfile"]["kubeProxyConfig"] = {}
        return cluster


def _spec(id: ResourceId, cluster: Resource, subnet: IPv4Network) -> ClusterSpec:
    properties = cluster["properties"]
    network = properties["networkProfile"]
    return ClusterSpec(
        id=cluster["id"],
        name=cluster["name"],
        resource_group=parse(cluster["id"]).group,
        location=cluster["location"],
        network_plugin=network["networkPlugin"],
        pod_cidr=network.get("podCidr"),
        service_cidr=network["serviceCidr"],
        dns_service_ip=network["dnsServiceIP"],
        kubernetes_version=properties["currentKubernetesVersion"],
        node_resource_group=properties["nodeResourceGroup"],
        network_policy=None if network["networkPolicy"] == "none" else network["networkPolicy"],
        kube_proxy=not networks.kube_proxy_disabled(network),
        node_subnet=str(subnet),
    )


def _pool_id(cluster: Resource, name: str) -> ResourceId:
    return parse(cluster["id"]).child("agentPools", name)


def _node_group(id: ResourceId, cluster: Resource) -> ResourceId:
    return ResourceId(id.subscription, cluster["properties"]["nodeResourceGroup"])


def _failed(error: SandboxError) -> ArmError:
    """The code is from AKS's list of error codes."""
    return OperationFailedError("InternalOperationError", str(error))
