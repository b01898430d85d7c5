"""What the sandbox does for Calico on real nodes: CRDs, missing rights, routes. Everything else Calico does itself.

The operator runs as the pod of its own Deployment, and its DaemonSets and Deployments as pods, so none of the
stand-ins of `sandbox/calico` is needed but one: operator 1.28.1 gives APIServer/default no Ready condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from sandbox.calico import companions
from sandbox.calico.crds import OPERATOR_KINDS
from sandbox.calico.names import DEPLOYMENT
from sandbox.errors import SandboxError
from sandbox.kube_api import Body, KubeApi
from sandbox.nodes.real import limits
from sandbox.process import Program

RBAC = Path(__file__).parent / "calico-rbac.yaml"
_CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_V1 = "/apis/crd.projectcalico.org/v1"
_MANAGER = "tigera-operator"
_PLURALS = {
    "ServiceAccount": "/api/v1/namespaces/calico-system/serviceaccounts",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}


class RealCalico:
    """Calico of one cluster; `reconcile` is called again and again."""

    def __init__(self, api: KubeApi, crds: Callable[[], Path], calico_crds: Callable[[], Path]) -> None:
        self._api = api
        self._crds = crds
        self._calico_crds = calico_crds
        self._crds_installed = False
        self._rights_given = False

    def programs(self) -> list[Program]:
        """Return nothing: the operator runs in a pod."""
        return []

    def stop(self) -> None:
        """Do nothing: the operator ends with its node."""

    def reconcile(self) -> None:
        """Bring what is missing."""
        if self._api.get(DEPLOYMENT) is None:
            self._crds_installed = self._rights_given = False
            return
        if not self._crds_installed:
            limits.install(self._api)
            install_crds(self._api, self._crds(), self._calico_crds())
            self._crds_installed = True
        namespace = self._api.get("/api/v1/namespaces/calico-system")
        if namespace is None or "deletionTimestamp" in namespace["metadata"]:
            self._rights_given = False
        elif not self._rights_given:
            give_rights(self._api)
            self._rights_given = True
        companions.copy_api_server_condition(self._api)


def install_crds(api: KubeApi, operator: Path, calico: Path) -> None:
    """Apply the operator's CRDs of the lab's release, and Calico's of the release whose programs run.

    Raises:
        SandboxError: there are none.
    """
    files = [operator / "operator" / f"operator.tigera.io_{kind}.yaml" for kind in OPERATOR_KINDS]
    own = sorted(calico.glob("crd.projectcalico.org_*.yaml"))
    if not own or not all(file.is_file() for file in files):
        raise SandboxError(f"CRD files are missing in {operator} or {calico}; run `make tools` again")

    def apply(file: Path) -> None:
        body = with_tier(yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader))
        api.apply(f"{_CRD_PATH}/{body['metadata']['name']}", body, _MANAGER)

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(apply, [*files, *own]))


def with_tier(crd: Body) -> Body:
    """Return the CRD; those of policies learn `spec.tier`, which Calico v3.28 has not, with its only tier as value."""
    if crd["spec"]["names"]["kind"] in ("GlobalNetworkPolicy", "NetworkPolicy"):
        for version in crd["spec"]["versions"]:
            spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
            spec["properties"].setdefault("tier", {"type": "string", "enum": ["default"]})
    return crd


def give_rights(api: KubeApi) -> None:
    """Apply the file of rights that this operator does not know of yet."""
    for body in yaml.safe_load_all(RBAC.read_text(encoding="utf-8")):
        path = f"{_PLURALS[body['kind']]}/{body['metadata']['name']}"
        api.apply(path, body, "calico-labs-sandbox")


def block_routes(api: KubeApi, addresses: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the range of every IPAM block and the address of the node it belongs to."""
    routes: dict[str, tuple[str, ...]] = {}
    for affinity in api.list(f"{_V1}/blockaffinities"):
        spec = affinity["spec"]
        address = addresses.get(spec.get("node", ""))
        if address is not None and spec.get("state") == "confirmed" and spec.get("deleted") != "true":
            routes[str(spec["cidr"])] = (address,)
    return routes


def balancer_routes(
    services: list[Body], slices: list[Body], ready: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Return each LoadBalancer address and the nodes it is sent to: every ready one, or with traffic policy Local
    those that have an endpoint."""
    routes: dict[str, tuple[str, ...]] = {}
    for service in services:
        meta, spec = service["metadata"], service["spec"]
        nodes = set(ready)
        if spec.get("externalTrafficPolicy") == "Local":
            nodes &= _endpoint_nodes(slices, meta["namespace"], meta["name"])
        for entry in service.get("status", {}).get("loadBalancer", {}).get("ingress") or []:
            if "ip" in entry:
                routes[f"{entry['ip']}/32"] = tuple(sorted(ready[name] for name in nodes))
    return routes


def _endpoint_nodes(slices: list[Body], namespace: str, service: str) -> set[str]:
    found = set()
    for item in slices:
        meta = item["metadata"]
        labels = meta.get("labels") or {}
        if (meta["namespace"], labels.get("kubernetes.io/service-name")) != (namespace, service):
            continue
        for endpoint in item.get("endpoints") or []:
            if (endpoint.get("conditions") or {}).get("ready") is not False and endpoint.get("nodeName"):
                found.add(str(endpoint["nodeName"]))
    return found
