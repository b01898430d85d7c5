"""The network profile of a cluster: what AKS fills in, what it refuses, what cannot change.

Owns `properties.networkProfile`. Does not own address ranges of VNets (`virtual_networks.py`): where no pool
names a subnet, the cluster lies in the VNet that AKS makes itself.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import Any

from sandbox.arm.errors import ArmError, bad_request, not_simulated, property_change

Profile = dict[str, Any]

MANAGED_SUBNET = IPv4Network("10.224.0.0/16")
"""The subnet of AKS's own VNet 10.224.0.0/12."""
_RESERVED = tuple(map(IPv4Network, ("169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24")))
"""https://learn.microsoft.com/azure/aks/configure-kubenet#prerequisites; Azure/AKS issue 2234."""
_KNOWN = frozenset(
    [
        "advancedNetworking",
        "dnsServiceIP",
        "ipFamilies",
        "loadBalancerProfile",
        "loadBalancerSku",
        "natGatewayProfile",
        "networkDataplane",
        "networkMode",
        "networkPlugin",
        "networkPluginMode",
        "networkPolicy",
        "outboundType",
        "podCidr",
        "podCidrs",
        "serviceCidr",
        "serviceCidrs",
        "staticEgressGatewayProfile",
        "podLinkLocalAccess",
    ]
)
_PREVIEW_ONLY = frozenset({"kubeProxyConfig"})
_FIXED = [
    "networkPlugin",
    "networkPluginMode",
    "networkPolicy",
    "networkDataplane",
    "networkMode",
    "podCidr",
    "serviceCidr",
    "dnsServiceIP",
    "outboundType",
    "loadBalancerSku",
]


def complete(asked: Profile, api_version: str, subnet: IPv4Network = MANAGED_SUBNET) -> Profile:
    """Return the profile with AKS's defaults; `subnet` is where the nodes are.

    Raises:
        ArmError: the profile is one that AKS refuses.
    """
    _check_fields(asked, api_version)
    profile = {key: value for key, value in asked.items() if value is not None}
    # The API's own default is kubenet (Azure/azure-rest-api-specs, NetworkPlugin).
    plugin = profile.setdefault("networkPlugin", "kubenet")
    if plugin not in ("azure", "none"):
        raise not_simulated(f"networkProfile.networkPlugin is '{plugin}'", "set it to 'azure' or 'none'")
    profile.setdefault("networkPolicy", "none")
    profile.setdefault("loadBalancerSku", "standard")
    profile.setdefault("outboundType", "loadBalancer")
    profile.setdefault("ipFamilies", ["IPv4"])
    profile.setdefault("serviceCidr", "10.0.0.0/16")
    profile.setdefault("dnsServiceIP", "10.0.0.10")
    if plugin == "azure":
        profile.setdefault("networkDataplane", "azure")
    if profile.get("networkPluginMode") == "overlay":
        profile.setdefault("podCidr", "10.244.0.0/16")
    _check_plugin(profile)
    _check_ranges(profile, subnet)
    profile["serviceCidrs"] = [profile["serviceCidr"]]
    if profile.get("podCidr"):
        profile["podCidrs"] = [profile["podCidr"]]
    profile.setdefault(
        "loadBalancerProfile", {"backendPoolType": "NodeIPConfiguration", "managedOutboundIPs": {"count": 1}}
    )
    return profile


def _check_fields(asked: Profile, api_version: str) -> None:
    """Refuse what the API version does not know.

    Seen for sshAccess:
    https://github.com/Azure/terraform-azurerm-avm-res-containerservice-managedcluster/issues/152 (api-version
    2025-10-01); that stable versions refuse kubeProxyConfig: pull request 257 there (2026-07).
    """
    known = _KNOWN | _PREVIEW_ONLY if api_version.endswith("-preview") else _KNOWN
    for name in asked:
        if name not in known:
            message = (
                f'UnmarshalEntity encountered error: json: unknown field "{name}" Check that the field is in'
                " the right location, is spelled correctly, and is supported in the API version. Visit"
                " aka.ms/aks/apiversions for more API version information.."
            )
            raise bad_request("UnmarshalError", message)


def kube_proxy_disabled(profile: Profile) -> bool:
    return (profile.get("kubeProxyConfig") or {}).get("enabled") is False


def _check_plugin(profile: Profile) -> None:
    plugin = profile["networkPlugin"]
    policy = profile["networkPolicy"]
    overlay = profile.get("networkPluginMode") == "overlay"
    if kube_proxy_disabled(profile) and plugin != "none":
        # Azure/AKS issue 4563 (2024-09), without the words that its preflight adds around.
        message = (
            "Disabling kube-proxy is only allowed for bring your own (BYO) CNI clusters. For more"
            " information, please check https://aka.ms/byo-cni."
        )
        raise bad_request("KubeProxyConfigDisabledBYOCNIOnly", message)
    if plugin == "none" and policy != "none":
        # The code is in AKS's own list of error codes; no message was found, these words are ours.
        message = f"Network policy '{policy}' is not supported with network plugin 'none'."
        raise bad_request("NetworkPolicyNotSupportedForNone", message, "networkProfile.networkPolicy")
    if overlay and plugin != "azure":
        # Code from AKS's list, words ours.
        message = (
            f"Network plugin mode 'overlay' is only allowed with network plugin 'azure', not with '{plugin}'."
        )
        raise bad_request("NetworkModeNotSupported", message, "networkProfile.networkPluginMode")
    if plugin == "azure" and not overlay and profile.get("podCidr"):
        # `az aks create` refuses this itself since https://github.com/Azure/azure-cli/pull/26237 (2023-04),
        # because the service would overwrite the range with the node subnet's; code from AKS's list, words
        # after the CLI's.
        message = (
            f"Pod CIDR '{profile['podCidr']}' needs network plugin mode 'overlay' when the network plugin is"
            " 'azure'. For more information about Azure CNI Overlay please see"
            " https://aka.ms/aks/azure-cni-overlay"
        )
        raise bad_request("InvalidParameterConflictingProperties", message, "networkProfile.podCidr")


def _check_ranges(profile: Profile, subnet: IPv4Network) -> None:
    service = _network(profile["serviceCidr"], "networkProfile.serviceCIDR")
    pods = _network(profile["podCidr"], "networkProfile.podCIDR") if profile.get("podCidr") else None
    if service.prefixlen <= 12:
        # "must be smaller than /12":
        # https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning
        raise _invalid("serviceCidr", f"ServiceCidr {service} is too large, it must be smaller than /12")
    for name, network in (("service", service), ("pod", pods)):
        for reserved in _RESERVED:
            if network and network.overlaps(reserved):
                # Code from AKS's list ("overlaps with underlay service CIDR"), words ours.
                message = (
                    f"The specified {name} CIDR {network} overlaps with the range {reserved} reserved by AKS."
                )
                raise bad_request("ServiceCidrOverlapping", message, f"networkProfile.{name}CIDR")
    if service.overlaps(subnet):
        raise _overlap("ServiceCidrOverlapExistingSubnetsCidr", "service", service, subnet)
    if pods and pods.overlaps(subnet):
        raise _overlap("PodCidrOverlapExistingSubnetsCidr", "pod", pods, subnet)
    if pods and pods.overlaps(service):
        # Code from AKS's list, words ours.
        message = f"The specified pod CIDR {pods} overlaps with the service CIDR {service}."
        raise bad_request("PodCidrOverlapServiceCidr", message, "networkProfile.podCIDR")
    _check_dns(profile["dnsServiceIP"], service)


def _check_dns(text: str, service: IPv4Network) -> None:
    """The words are those of AKS's validation of api-version 2018-03-31, the last one published
    (Azure/acs-engine, pkg/api/agentPoolOnlyApi/v20180331/errors.go); it carries no code, `InvalidParameter`
    is ours."""
    try:
        address = ip_address(text)
    except ValueError:
        raise _invalid("dnsServiceIP", "DNSServiceIP is not a valid IP address") from None
    if not isinstance(address, IPv4Address) or address not in service:
        raise _invalid("dnsServiceIP", "DNSServiceIP is not within ServiceCidr")
    if address <= service.network_address + 1:
        # The network address itself is refused since Azure/AKS issue 2579 was fixed.
        raise _invalid("dnsServiceIP", "DNSServiceIP can not be the first IP address in ServiceCidr")


def _network(text: str, target: str) -> IPv4Network:
    """Seen: https://github.com/Azure/AKS/issues/506."""
    try:
        # A bare address is a /32 to Python, and no range to AKS.
        return IPv4Network(text if "/" in text else "")
    except ValueError:
        raise bad_request("CidrStringParseError", "Cidr is invalid", target) from None


def _overlap(code: str, name: str, network: IPv4Network, subnet: IPv4Network) -> ArmError:
    """Seen for services: https://github.com/Azure/azure-cli/issues/20810; for pods only the code is known."""
    message = f"The specified {name} CIDR {network} is conflicted with an existing subnet CIDR {subnet}"
    return bad_request(code, message, f"networkProfile.{name}CIDR")


def _invalid(name: str, message: str) -> ArmError:
    return bad_request("InvalidParameter", message, f"networkProfile.{name}")


def check_change(old: Profile, new: Profile) -> None:
    """Refuse a change of what is decided at creation.

    Raises:
        ArmError: such a property differs.
    """
    for name in _FIXED:
        if old.get(name) != new.get(name):
            raise property_change(f"networkProfile.{name}")
