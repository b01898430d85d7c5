"""The bodies that Calico's operator is given: Installation, APIServer, and what is patched into
FelixConfiguration.

Pure rendering, one settings object in, one dictionary out. Every field that the operator would default for a
pool is written out, because the operator writes its defaults back and a refresh would then report drift.
Whether the settings are sensible was decided before, in `rules/`; applying the result is the components'
part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labs.enums import ClusterKind, CniType, Dataplane, KubeProxy, Switch

if TYPE_CHECKING:
    from labs.settings import LabSettings

API_VERSION = "operator.tigera.io/v1"
POOL_NAME = "default-ipv4-ippool"

_ANNOTATIONS = {
    # Without it Pulumi calls a custom resource ready as soon as it exists.
    "pulumi.com/waitFor": "condition=Ready",
    # Pulumi deletes in the foreground by default; that finalizer and the operator's own then wait for each
    # other for ever (seen with the real operator, 2026-11-22; tigera/operator#3413, #4103).
    "pulumi.com/deletionPropagationPolicy": "background",
}


def render_installation(settings: LabSettings) -> dict[str, Any]:
    """Return the whole body of `Installation/default`."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Installation",
        "metadata": {"name": "default", "annotations": dict(_ANNOTATIONS)},
        "spec": {
            "variant": "Calico",
            # The operator does not detect AKS; without it volume plugin path, typha placement and MTU are
            # wrong. Any other cluster it knows by itself, or treats as plain Kubernetes, which is right.
            **({"kubernetesProvider": "AKS"} if settings.cluster is ClusterKind.AKS else {}),
            # Never left out: for provider AKS the operator would choose AzureVNET, and nodes without a CNI
            # stay so.
            "cni": {"type": str(settings.cni), "ipam": {"type": str(settings.ipam)}},
            "controlPlaneReplicas": settings.control_plane_replicas,
            "calicoNetwork": _calico_network(settings),
            **_service_cidrs(settings),
        },
    }


def render_api_server(settings: LabSettings) -> dict[str, Any]:
    """Return the whole body of `APIServer/default`, which serves `projectcalico.org/v3`.

    The same for every lab: with native v3 CRDs the operator deploys only its webhooks for it.
    """
    del settings
    return {
        "apiVersion": API_VERSION,
        "kind": "APIServer",
        "metadata": {"name": "default", "annotations": dict(_ANNOTATIONS)},
        "spec": {},
    }


def render_felix(settings: LabSettings) -> dict[str, Any]:
    """Return the spec to patch into `FelixConfiguration/default`; empty if there is nothing to patch.

    `bpfEnabled` never appears: the operator sets it from the Installation and refuses to go on if anyone else
    did.
    """
    spec: dict[str, Any] = {}
    if settings.dataplane is Dataplane.BPF and settings.kube_proxy is not KubeProxy.DISABLED:
        # AKS keeps kube-proxy and puts it back when it is removed, so Felix must leave its rules and its port
        # alone.
        spec |= {"bpfKubeProxyIptablesCleanupEnabled": False, "bpfKubeProxyHealthzPort": 0}
    if settings.wireguard is Switch.ENABLED:
        spec["wireguardEnabled"] = True
    return spec


def _calico_network(settings: LabSettings) -> dict[str, Any]:
    network: dict[str, Any] = {
        "bgp": str(settings.bgp),
        "linuxDataplane": str(settings.dataplane),
        "nodeAddressAutodetectionV4": dict(settings.node_address_autodetection_v4),
        "ipPools": _pools(settings),
    }
    if settings.cni is CniType.CALICO:
        # Written in both cases, since older operators refuse host ports with eBPF ("not supported with the eBPF
        # dataplane", 1.28.1, seen 2026-11-22) and their own default would outlive a change of the data plane.
        network["hostPorts"] = "Disabled" if settings.dataplane is Dataplane.BPF else "Enabled"
    if settings.windows_node_count > 0:
        network["windowsDataplane"] = "HNS"
    if settings.mtu:
        network["mtu"] = settings.mtu
    return network


def _pools(settings: LabSettings) -> list[dict[str, Any]]:
    """Return the one pool of a lab in which Calico owns the addresses, and none where Azure does."""
    if settings.cni is not CniType.CALICO:
        # Written as empty, not left out: an absent list would mean "the operator's default pool".
        return []
    return [
        {
            "name": POOL_NAME,
            "cidr": settings.pod_cidr,
            "encapsulation": str(settings.encapsulation),
            "natOutgoing": str(settings.nat_outgoing),
            "nodeSelector": "all()",
            "blockSize": settings.block_size,
            "disableNewAllocations": False,
            "disableBGPExport": False,
            "allowedUses": ["Workload", "Tunnel"],
            "assignmentMode": "Automatic",
        }
    ]


def _service_cidrs(settings: LabSettings) -> dict[str, Any]:
    """Return the Service range, which Calico cannot find out by itself on Windows nodes."""
    return {"serviceCIDRs": [settings.service_cidr]} if settings.windows_node_count > 0 else {}
