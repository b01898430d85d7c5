"""Agent pools as resources of their own; the inline pools of a cluster are stored in the same form.

Owns the operations on `Microsoft.ContainerService/managedClusters/agentPools`; the rules are in `pools.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from sandbox.arm import pools
from sandbox.arm.errors import ArmError, OperationFailedError, bad_request, not_found, not_simulated
from sandbox.arm.ids import ResourceId, parse
from sandbox.arm.labels import node_labels
from sandbox.arm.operations import Pace
from sandbox.arm.provider import Azure, Request, Response, new_etag, no_such_action
from sandbox.arm.store import Resource
from sandbox.arm.virtual_networks import check_capacity, subnet_range
from sandbox.clusters.spec import PoolSpec
from sandbox.errors import SandboxError

POOL_TYPE = "Microsoft.ContainerService/managedClusters/agentPools"


class AgentPools:
    """The resource type."""

    type = POOL_TYPE
    api_versions = ("2025-09-01", "2026-03-02-preview", "2026-05-02-preview")

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def put(self, request: Request) -> Response:
        id = self._azure.canonical(request.id, POOL_TYPE)
        self._cluster(id, "write")
        state = "Updating" if self._azure.store.get(id) else "Creating"
        with self._azure.operations.begin(id.parent, state, id.name):
            cluster = self._cluster(id, "write")
            id = parse(cluster["id"]).child("agentPools", id.name)
            existing = self._azure.store.get(id)
            old = existing["properties"] if existing else None
            asked = request.body.get("properties") or {}
            pool = pools.complete(id.name, asked, cluster["properties"], cluster["location"], old)
            if old:
                pools.check_change(old, pool, "properties")
            siblings = {
                item["name"]: item["properties"] for item in self._azure.store.below(id.parent, POOL_TYPE)
            }
            check_system_pools({**siblings, id.name: pool})
            check_subnet(self._azure, cluster, {**siblings, id.name: pool})
            self._apply(id, cluster, new_pool(id, pool, state))
            self._azure.pace.take(Pace.POOL_UPDATE if old else Pace.POOL_CREATE)
            return Response(HTTPStatus.OK if old else HTTPStatus.CREATED, self._azure.found(id))

    def get(self, request: Request) -> Response:
        if self._azure.store.get(request.id) is None:
            self._cluster(request.id, "read")
        return Response(HTTPStatus.OK, self._azure.found(request.id))

    def delete(self, request: Request) -> Response:
        id = request.id
        self._azure.group(id)
        cluster = self._cluster(id, "delete")
        with self._azure.operations.begin(id.parent, "Deleting", id.name):
            pool = self._azure.store.get(id)
            if pool is None:
                return Response(HTTPStatus.NO_CONTENT)
            others = [
                item for item in self._azure.store.below(id.parent, POOL_TYPE) if item["name"] != pool["name"]
            ]
            if not any(item["properties"]["mode"] == "System" for item in others):
                # https://github.com/kubernetes-sigs/cluster-api-provider-azure/issues/1355 (2021-05)
                raise bad_request("OperationNotAllowed", "There has to be at least one system agent pool.")
            try:
                self._azure.clusters.remove_pool(cluster["id"], pool["name"])
            except SandboxError as error:
                # A cluster that does not run has no nodes to remove, and must be possible to take apart.
                if cluster["properties"]["provisioningState"] != "Failed":
                    raise _failed(error) from error
            self._azure.pace.take(Pace.POOL_DELETE)
            self._azure.store.delete(id)
            return Response(HTTPStatus.NO_CONTENT)

    def post(self, request: Request) -> Response:
        raise no_such_action(request)

    def _apply(self, id: ResourceId, cluster: Resource, pool: Resource) -> None:
        self._azure.store.put(id, pool)
        try:
            apply_pool(self._azure, cluster, pool)
        except SandboxError as error:
            pool["properties"]["provisioningState"] = "Failed"
            self._azure.store.put(id, pool)
            raise _failed(error) from error
        pool["properties"]["provisioningState"] = "Succeeded"
        self._azure.store.put(id, pool)

    def _cluster(self, id: ResourceId, verb: str) -> Resource:
        """Return the cluster of the pool; for a missing one the words are Resource Manager's, of any type."""
        cluster = self._azure.store.get(id.parent)
        if cluster is None:
            if self._azure.store.get(id.group_id) is None:
                self._azure.found(id)
            message = (
                f"Failed to perform '{verb}' on resource(s) of type 'managedClusters/agentPools', because"
                f" the parent resource '{id.parent}' could not be found."
            )
            raise not_found("ParentResourceNotFound", message)
        return cluster


def new_pool(id: ResourceId, properties: Mapping[str, Any], state: str) -> Resource:
    """Return a pool as Azure answers it."""
    return {
        "id": str(id),
        "name": id.name,
        "type": POOL_TYPE,
        "properties": {**properties, "provisioningState": state, "eTag": new_etag()},
    }


def apply_pool(azure: Azure, cluster: Resource, pool: Resource) -> None:
    """Let the nodes of the pool follow what is stored.

    Raises:
        SandboxError: they did not.
    """
    properties = pool["properties"]
    labels = node_labels(
        properties, pool["name"], cluster["location"], cluster["properties"]["nodeResourceGroup"]
    )
    spec = PoolSpec(
        name=pool["name"],
        count=properties["count"],
        vm_size=properties["vmSize"],
        kubernetes_version=properties["currentOrchestratorVersion"],
        os=properties["osType"],
        mode=properties["mode"],
        labels=labels,
    )
    azure.clusters.set_pool(cluster["id"], spec)


def check_system_pools(by_name: Mapping[str, Mapping[str, Any]]) -> None:
    """Seen: https://github.com/Azure/AKS/issues/1568 (2020-04).

    Raises:
        ArmError: no pool is a System pool.
    """
    if not any(pool["mode"] == "System" for pool in by_name.values()):
        raise bad_request("MustDefineAtLeastOneSystemPool", "Must define at least one system pool.")


def check_subnet(azure: Azure, cluster: Resource, by_name: dict[str, dict[str, Any]]) -> None:
    """Refuse pools that name no subnet of ours beside one, or that it cannot hold.

    Raises:
        ArmError: AKS refuses the pools, or the sandbox cannot carry them out.
    """
    named = {str(pool["vnetSubnetID"]).lower() for pool in by_name.values() if pool.get("vnetSubnetID")}
    if not named:
        return
    if len(named) > 1 or not all(pool.get("vnetSubnetID") for pool in by_name.values()):
        raise not_simulated("the pools are in more than one subnet", "put all of them into one")
    subnet = named.pop()
    azure_cni = cluster["properties"]["networkProfile"]["networkPlugin"] == "azure"
    check_capacity(subnet_range(azure, subnet), subnet.rpartition("/")[2], by_name, azure_cni)


def _failed(error: SandboxError) -> ArmError:
    """The code is from AKS's list of error codes."""
    return OperationFailedError("AgentPoolOperationError", str(error))
