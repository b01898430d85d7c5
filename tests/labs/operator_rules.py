"""What Calico's operator refuses in an Installation, applied to a rendered body.

The operator reports these only as a Degraded status, minutes after the API server has accepted the object.
They are written down here a second time, from the operator's own checks (v1.42.4: installation/validation.go,
ippool/validation.go, and the defaults filled in before them), so that `rules/` and the rendering can be
tested against them. Field names and values outside the API's schema are left
to the API server; the ConfigMap that Windows nodes need is not part of the body and is left to the
components.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from labs.enums import CniType, Dataplane, Encapsulation, IpamType, Switch

Body = Mapping[str, Any]

_NETWORK = "spec.calicoNetwork"
_POOLS = f"{_NETWORK}.ipPools"
_CNI_OF_PROVIDER = {"AKS": CniType.AZURE_VNET, "EKS": CniType.AMAZON_VPC, "GKE": CniType.GKE}
_PROVIDER_OF_CNI = {CniType.AZURE_VNET: "AKS", CniType.AMAZON_VPC: "EKS", CniType.GKE: "GKE"}
_IPAMS_OF_CNI: Mapping[str, tuple[IpamType, ...]] = {
    CniType.CALICO: (IpamType.CALICO, IpamType.HOST_LOCAL),
    CniType.AZURE_VNET: (IpamType.AZURE_VNET,),
    CniType.AMAZON_VPC: (IpamType.AMAZON_VPC,),
    CniType.GKE: (IpamType.HOST_LOCAL,),
}
_IPIP = (Encapsulation.IPIP, Encapsulation.IPIP_CROSS_SUBNET)
_VXLAN = (Encapsulation.VXLAN, Encapsulation.VXLAN_CROSS_SUBNET)


def installation_violations(body: Body) -> list[str]:
    """Return every complaint that the operator would have, each beginning with the path of its field."""
    spec = _mapping(body.get("spec"))
    return [complaint for rule in _RULES for complaint in rule(spec)]


def _mapping(value: object) -> Body:
    return value if isinstance(value, Mapping) else {}


def _network(spec: Body) -> Body:
    return _mapping(spec.get("calicoNetwork"))


def _pools(spec: Body) -> list[Body]:
    """Return the pools; an absent list means the operator's own pool, if Calico hands out addresses."""
    pools = _network(spec).get("ipPools")
    if pools is None:
        return (
            [{"name": "default-ipv4-ippool", "cidr": "192.168.0.0/16"}]
            if _ipam(spec) == IpamType.CALICO
            else []
        )
    return [_mapping(pool) for pool in pools] if isinstance(pools, list) else []


def _provider(spec: Body) -> str:
    return str(spec.get("kubernetesProvider", ""))


def _cni(spec: Body) -> str:
    default = _CNI_OF_PROVIDER.get(_provider(spec), CniType.CALICO)
    return str(_mapping(spec.get("cni")).get("type", default))


def _ipam(spec: Body) -> str:
    ipams = _IPAMS_OF_CNI.get(_cni(spec), (IpamType.CALICO,))
    return str(_mapping(_mapping(spec.get("cni")).get("ipam")).get("type", ipams[0]))


def _bgp(spec: Body) -> str:
    own = _cni(spec) == CniType.CALICO and _provider(spec) != "EKS"
    return str(_network(spec).get("bgp", Switch.ENABLED if own else Switch.DISABLED))


def _encapsulation(spec: Body, pool: Body) -> str:
    v4_of_calico = _cni(spec) == CniType.CALICO and ":" not in str(pool.get("cidr", ""))
    return str(pool.get("encapsulation") or (Encapsulation.IPIP if v4_of_calico else Encapsulation.NONE))


def _range(pool: Body) -> IPv4Network | IPv6Network | None:
    cidr = pool.get("cidr")
    try:
        return ip_network(cidr, strict=False) if isinstance(cidr, str) and "/" in cidr else None
    except ValueError:
        return None


def _cni_and_provider(spec: Body) -> Iterator[str]:
    cni, ipam, provider = _cni(spec), _ipam(spec), _provider(spec)
    if cni not in _IPAMS_OF_CNI:
        yield f"spec.cni.type is '{cni}' but the operator knows {', '.join(_IPAMS_OF_CNI)}"
        return
    home = _PROVIDER_OF_CNI.get(CniType(cni))
    if home and provider not in (home, ""):
        yield f"spec.cni.type is '{cni}' but spec.kubernetesProvider is '{provider}', not {home}"
    if ipam not in _IPAMS_OF_CNI[cni]:
        fitting = ", ".join(_IPAMS_OF_CNI[cni])
        yield f"spec.cni.ipam.type is '{ipam}' but spec.cni.type '{cni}' takes {fitting}"
    if spec.get("azure") is not None and provider != "AKS":
        yield f"spec.azure is set but spec.kubernetesProvider is '{provider}', not AKS"


def _another_cni(spec: Body) -> Iterator[str]:
    cni, network = _cni(spec), _network(spec)
    if cni not in _PROVIDER_OF_CNI:
        return
    for index, pool in enumerate(_pools(spec)):
        encapsulation = _encapsulation(spec, pool)
        if encapsulation != Encapsulation.NONE:
            yield f"{_POOLS}[{index}].encapsulation is '{encapsulation}' but spec.cni.type is '{cni}'"
        if (pool.get("nodeSelector") or "all()") != "all()":
            yield f"{_POOLS}[{index}].nodeSelector is not all() but spec.cni.type is '{cni}'"
    if _bgp(spec) == Switch.ENABLED:
        yield f"{_NETWORK}.bgp is 'Enabled' but spec.cni.type is '{cni}'"
    if network.get("hostPorts") == Switch.ENABLED:
        yield f"{_NETWORK}.hostPorts is 'Enabled' but spec.cni.type is '{cni}'"
    for field in ("multiInterfaceMode", "containerIPForwarding"):
        if network.get(field) is not None:
            yield f"{_NETWORK}.{field} is set but spec.cni.type is '{cni}'"
    if _mapping(spec.get("logging")).get("cni") is not None:
        yield f"spec.logging.cni is set but spec.cni.type is '{cni}'"


def _encapsulation_needs_routes(spec: Body) -> Iterator[str]:
    felix_routes = _network(spec).get("clusterRoutingMode") == "Felix"
    if _cni(spec) != CniType.CALICO or _ipam(spec) != IpamType.CALICO or felix_routes:
        return
    for index, pool in enumerate(_pools(spec)):
        encapsulation = _encapsulation(spec, pool)
        if encapsulation not in _VXLAN and _bgp(spec) != Switch.ENABLED:
            yield f"{_POOLS}[{index}].encapsulation is '{encapsulation}' but {_NETWORK}.bgp is 'Disabled'"


def _host_local(spec: Body) -> Iterator[str]:
    if _cni(spec) != CniType.CALICO or _ipam(spec) != IpamType.HOST_LOCAL:
        return
    for index, pool in enumerate(_pools(spec)):
        path, encapsulation = f"{_POOLS}[{index}].encapsulation", _encapsulation(spec, pool)
        if encapsulation in _VXLAN:
            yield f"{path} is '{encapsulation}' but spec.cni.ipam.type is 'HostLocal'"


def _autodetection(spec: Body) -> Iterator[str]:
    network = _network(spec)
    for family in ("V4", "V6"):
        field = f"{_NETWORK}.nodeAddressAutodetection{family}"
        given = network.get(f"nodeAddressAutodetection{family}")
        if given is None:
            continue
        methods = sorted(method for method, argument in _mapping(given).items() if argument)
        if len(methods) > 1:
            yield f"{field} names {', '.join(methods)} but one method is allowed"
        cidrs = _mapping(given).get("cidrs")
        for cidr in cidrs if isinstance(cidrs, list) else []:
            if _range({"cidr": cidr}) is None:
                yield f"{field}.cidrs holds '{cidr}' but that is not a range"
    if network.get("linuxDataplane") == Dataplane.BPF:
        for family in sorted({"V6" if ":" in str(pool.get("cidr", "")) else "V4" for pool in _pools(spec)}):
            field = f"nodeAddressAutodetection{family}"
            if not network.get(field):
                yield f"{_NETWORK}.{field} is missing but {_NETWORK}.linuxDataplane is 'BPF'"


def _pool_list(spec: Body) -> Iterator[str]:
    given = _network(spec).get("ipPools")
    if given is not None and not isinstance(given, list):
        yield f"{_POOLS} is not a list"
        return
    if len(given or ()) > 25:
        yield f"{_POOLS} has {len(given or ())} entries but 25 are allowed"
    for field in ("cidr", "name"):
        values = [pool.get(field) for pool in _pools(spec) if pool.get(field)]
        for value in sorted({str(value) for value in values if values.count(value) > 1}):
            yield f"{_POOLS} has the {field} '{value}' more than once"
    for index, pool in enumerate(_pools(spec)):
        path = f"{_POOLS}[{index}]"
        yield from _pool(spec, pool, path)
        if "LoadBalancer" in (pool.get("allowedUses") or ()):
            yield from _load_balancer_pool(spec, pool, path)


def _pool(spec: Body, pool: Body, path: str) -> Iterator[str]:
    cidr = _range(pool)
    if cidr is None:
        yield f"{path}.cidr is '{pool.get('cidr', '')}' but that is not a range"
        return
    smallest, largest, default = (20, 32, 26) if cidr.version == 4 else (116, 128, 122)
    block = pool.get("blockSize", default)
    if not isinstance(block, int) or not smallest <= block <= largest:
        yield f"{path}.blockSize is '{block}' but IPv{cidr.version} takes {smallest} to {largest}"
    elif cidr.prefixlen > block:
        yield f"{path}.cidr is '{cidr}' but {path}.blockSize is '{block}', which is larger"
    if pool.get("natOutgoing", Switch.ENABLED) not in list(Switch):
        yield f"{path}.natOutgoing is '{pool['natOutgoing']}' but it takes {', '.join(Switch)}"
    encapsulation = _encapsulation(spec, pool)
    if encapsulation not in list(Encapsulation):
        yield f"{path}.encapsulation is '{encapsulation}' but it takes {', '.join(Encapsulation)}"
    if cidr.version == 6 and encapsulation in _IPIP:
        yield f"{path}.encapsulation is '{encapsulation}' but {path}.cidr is IPv6"


def _load_balancer_pool(spec: Body, pool: Body, path: str) -> Iterator[str]:
    if set(pool["allowedUses"]) != {"LoadBalancer"}:
        yield f"{path}.allowedUses holds LoadBalancer and others but it stands alone"
    if (pool.get("nodeSelector") or "all()") != "all()":
        yield f"{path}.nodeSelector is not all() but {path}.allowedUses is LoadBalancer"
    if _encapsulation(spec, pool) != Encapsulation.NONE:
        yield f"{path}.encapsulation is '{_encapsulation(spec, pool)}' but {path}.allowedUses is LoadBalancer"


def _windows(spec: Body) -> Iterator[str]:
    if _network(spec).get("windowsDataplane", Switch.DISABLED) == Switch.DISABLED:
        if spec.get("windowsNodes") is not None:
            yield f"spec.windowsNodes is set but {_NETWORK}.windowsDataplane is 'Disabled'"
        return
    if _cni(spec) != CniType.CALICO:
        return
    if not spec.get("serviceCIDRs"):
        yield f"spec.serviceCIDRs is missing but {_NETWORK}.windowsDataplane is 'HNS'"
    for index, pool in enumerate(_pools(spec)):
        encapsulation = _encapsulation(spec, pool)
        if ":" not in str(pool.get("cidr", "")) and encapsulation not in (
            Encapsulation.VXLAN,
            Encapsulation.NONE,
        ):
            yield (
                f"{_POOLS}[{index}].encapsulation is '{encapsulation}' "
                f"but {_NETWORK}.windowsDataplane is 'HNS'"
            )


def _numbers_and_paths(spec: Body) -> Iterator[str]:
    network = _network(spec)
    timeout = network.get("linuxPolicySetupTimeoutSeconds")
    if timeout is not None:
        if timeout < 0:
            yield f"{_NETWORK}.linuxPolicySetupTimeoutSeconds is '{timeout}' but it counts from 0"
        if network.get("linuxDataplane") == Dataplane.VPP:
            yield f"{_NETWORK}.linuxPolicySetupTimeoutSeconds is set but {_NETWORK}.linuxDataplane is 'VPP'"
    replicas = spec.get("controlPlaneReplicas", 2)
    if replicas <= 0:
        yield f"spec.controlPlaneReplicas is '{replicas}' but it counts from 1"
    strategy = _mapping(spec.get("nodeUpdateStrategy")).get("type", "RollingUpdate")
    if strategy != "RollingUpdate":
        yield f"spec.nodeUpdateStrategy.type is '{strategy}' but it takes RollingUpdate only"
    for field in ("flexVolumePath", "kubeletVolumePluginPath"):
        path = str(spec.get(field) or "None")
        if path != "None" and not path.startswith("/"):
            yield f"spec.{field} is '{path}' but it takes an absolute path or None"
    template = _mapping(_mapping(_mapping(spec.get("calicoNodeDaemonSet")).get("spec")).get("template"))
    init = _mapping(template.get("spec")).get("initContainers") or ()
    if {"mount-bpffs", "ebpf-bootstrap"} <= {_mapping(container).get("name") for container in init}:
        yield "spec.calicoNodeDaemonSet has mount-bpffs and ebpf-bootstrap but they exclude each other"


def _vpp(spec: Body) -> Iterator[str]:
    if _network(spec).get("linuxDataplane") != Dataplane.VPP:
        return
    if _cni(spec) != CniType.CALICO:
        yield f"{_NETWORK}.linuxDataplane is 'VPP' but spec.cni.type is '{_cni(spec)}'"
    if _bgp(spec) != Switch.ENABLED:
        yield f"{_NETWORK}.linuxDataplane is 'VPP' but {_NETWORK}.bgp is 'Disabled'"


_RULES: tuple[Callable[[Body], Iterator[str]], ...] = (
    _cni_and_provider,
    _another_cni,
    _encapsulation_needs_routes,
    _host_local,
    _autodetection,
    _pool_list,
    _windows,
    _numbers_and_paths,
    _vpp,
)
