"""What newer Calico releases do by themselves and the operator that builds (1.28.1) does not.

- IPPool objects of the Installation's pools, kept as the Installation has them: the operator since 1.36; calico-node
  before, which does not run here and would make them once.
- FelixConfiguration/default and the tier `default` in `projectcalico.org/v3`: calico-node and the API server's start.
- The Ready condition of APIServer/default: the operator since 1.30 copies it from TigeraStatus/apiserver.
- Calico's release on Windows nodes, which Calico for Windows writes there: 1.28.1 calls itself Degraded without it, and
  newer operators, which run Calico on Windows as a DaemonSet, do not ask.
"""

from __future__ import annotations

from typing import Any

from sandbox.kube_api import Body, KubeApi

_V3 = "/apis/projectcalico.org/v3"
_OPERATOR = "/apis/operator.tigera.io/v1"
_RELEASE, _VARIANT = "projectcalico.org/version", "projectcalico.org/variant"
_MODES = {
    "VXLAN": ("Never", "Always"),
    "VXLANCrossSubnet": ("Never", "CrossSubnet"),
    "IPIP": ("Always", "Never"),
    "IPIPCrossSubnet": ("CrossSubnet", "Never"),
    "None": ("Never", "Never"),
}
"""Encapsulation -> (ipipMode, vxlanMode) of the IPPool (calico/docs reference/resources/ippool)."""


def condition(body: Body, kind: str) -> Body | None:
    """Return the object's status condition of that type."""
    for item in body.get("status", {}).get("conditions") or []:
        if item.get("type") == kind:
            return dict(item)
    return None


def is_true(body: Body, kind: str) -> bool:
    found = condition(body, kind)
    return found is not None and found.get("status") == "True"


def reconcile(api: KubeApi) -> None:
    """Do the missing deeds for the cluster's Installation and APIServer, if they are there."""
    installation = api.get(f"{_OPERATOR}/installations/default")
    if installation is None or "deletionTimestamp" in installation["metadata"]:
        return
    if is_true(installation, "Ready"):
        network = installation.get("spec", {}).get("calicoNetwork") or {}
        for pool in network.get("ipPools") or []:
            _keep_pool(api, ip_pool(pool))
        _create_defaults(api)
        _mark_windows_nodes(api, str(installation["status"].get("calicoVersion") or "unknown"))
    copy_api_server_condition(api)


def stand_in_for_found_calico(api: KubeApi, pod_cidr: str) -> None:
    """Make what a cluster has that came with Calico, as NKE's do: its pool without encapsulation, and its defaults.

    The course's cluster shows exactly this pool (`ipipMode: Never`, `vxlanMode: Never`, `natOutgoing: true`).
    """
    pool = ip_pool({"cidr": pod_cidr, "encapsulation": "None"})
    del pool["metadata"]["labels"]
    _create_once(api, "ippools", pool)
    _create_defaults(api)


def ip_pool(pool: dict[str, Any]) -> Body:
    """Return the IPPool of one pool of an Installation, as the operator writes it."""
    ipip, vxlan = _MODES[pool.get("encapsulation", "IPIP")]
    return {
        "kind": "IPPool",
        "metadata": {
            "name": pool.get("name", "default-ipv4-ippool"),
            "labels": {"app.kubernetes.io/managed-by": "tigera-operator"},
        },
        "spec": {
            "cidr": pool["cidr"],
            "ipipMode": ipip,
            "vxlanMode": vxlan,
            "natOutgoing": pool.get("natOutgoing", "Enabled") == "Enabled",
            "nodeSelector": pool.get("nodeSelector", "all()"),
            "blockSize": pool.get("blockSize", 26),
            "allowedUses": pool.get("allowedUses", ["Workload", "Tunnel"]),
            "assignmentMode": pool.get("assignmentMode", "Automatic"),
            "disableBGPExport": pool.get("disableBGPExport", False),
        },
    }


_CHANGEABLE = ("ipipMode", "vxlanMode", "natOutgoing", "nodeSelector", "disableBGPExport")
"""Fields of a pool that the operator writes again when the Installation changes; range and block size never change."""


def _keep_pool(api: KubeApi, pool: Body) -> None:
    path = f"{_V3}/ippools/{pool['metadata']['name']}"
    found = api.get(path)
    if found is None:
        api.create(f"{_V3}/ippools", {"apiVersion": "projectcalico.org/v3", **pool})
        return
    changed = {key: pool["spec"][key] for key in _CHANGEABLE if found["spec"].get(key) != pool["spec"][key]}
    if changed:
        api.merge(path, {"spec": changed})


def _create_defaults(api: KubeApi) -> None:
    _create_once(
        api,
        "felixconfigurations",
        {"kind": "FelixConfiguration", "metadata": {"name": "default"}, "spec": {}},
    )
    _create_once(
        api,
        "tiers",
        {
            "kind": "Tier",
            "metadata": {"name": "default"},
            "spec": {"order": 1000000, "defaultAction": "Deny"},
        },
    )


def _create_once(api: KubeApi, plural: str, body: Body) -> None:
    path = f"{_V3}/{plural}"
    if api.get(f"{path}/{body['metadata']['name']}") is None:
        api.create(path, {"apiVersion": "projectcalico.org/v3", **body})


def _mark_windows_nodes(api: KubeApi, release: str) -> None:
    """Write Calico's release on the Windows nodes that have none (tigera/operator v1.28.1, pkg/common/windows.go)."""
    for node in api.list("/api/v1/nodes", {"labelSelector": "kubernetes.io/os=windows"}):
        if _RELEASE not in (node["metadata"].get("annotations") or {}):
            marks = {_RELEASE: release, _VARIANT: "Calico"}
            api.merge(f"/api/v1/nodes/{node['metadata']['name']}", {"metadata": {"annotations": marks}})


def copy_api_server_condition(api: KubeApi) -> None:
    """Give APIServer/default the Ready condition that newer operators give it."""
    server = api.get(f"{_OPERATOR}/apiservers/default")
    status = api.get(f"{_OPERATOR}/tigerastatuses/apiserver")
    if server is None or status is None:
        return
    source = condition(status, "Available")
    if source is None:
        return
    found = condition(server, "Ready")
    if found is not None and (found["status"], found.get("reason")) == (
        source["status"],
        source.get("reason"),
    ):
        return
    ready = {
        "type": "Ready",
        "status": source["status"],
        "reason": source.get("reason") or "Unknown",
        "message": source.get("message") or "",
        "lastTransitionTime": source["lastTransitionTime"],
        "observedGeneration": server["metadata"].get("generation", 1),
    }
    others = [c for c in server.get("status", {}).get("conditions") or [] if c.get("type") != "Ready"]
    api.merge(f"{_OPERATOR}/apiservers/default/status", {"status": {"conditions": [*others, ready]}})
