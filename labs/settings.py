"""`LabSettings`, everything that a stack decides, and the only reader of Pulumi's configuration.

Reading stops at types: is it a number, is it one of the known names, is the key known at all. Whether the
values go together is decided by `rules/`. Components get `LabSettings` and never see the configuration, so
there are no hidden inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labs import keys
from labs.enums import (
    CalicoApiGroup,
    CalicoCrds,
    CalicoManagement,
    CalicoSource,
    ClusterKind,
    CniType,
    Dataplane,
    Encapsulation,
    IpamType,
    KubeProxy,
    Lab,
    NetworkPlugin,
    PolicySet,
    Switch,
    WindowsOsSku,
)
from labs.errors import SettingsError, Violation


@dataclass(frozen=True, kw_only=True)
class LabSettings:
    """One stack's decisions, complete: every default is already filled in."""

    lab: Lab
    """Lab to build. Default: the one that the stack is named after."""

    stack: str
    """Name of the Pulumi stack; all Azure names come from it."""

    location: str
    """Azure region, in Azure's own spelling without spaces."""

    owner: str
    """Who answers for the lab; "unset" if nobody said."""

    ttl_hours: int
    """Hours from creation to the `expires` tag."""

    cluster: ClusterKind
    """Where the cluster comes from. It belongs to the lab and has no key."""

    network_plugin: NetworkPlugin
    """AKS's network plugin. It belongs to the lab and has no key."""

    kubernetes_version: str
    """Minor ("1.x") or patch release ("1.x.y") of the cluster."""

    node_count: int
    """Linux nodes in all, the system pool's among them."""

    node_vm_size: str
    """VM size of all Linux nodes."""

    node_pool_name: str
    """Name of the system pool."""

    pod_cidr: str | None
    """Range of pod addresses. None: pods take addresses of the VNet (plugin `azure`)."""

    service_cidr: str
    """Range of Service addresses."""

    dns_service_ip: str
    """Address of cluster DNS."""

    vnet_cidr: str
    """Range of the VNet that the nodes are in."""

    subnet_cidr: str
    """Range of the nodes' subnet, made by the program. Empty: AKS makes VNet and subnet itself."""

    kubeconfig: str
    """Path of the kubeconfig of an existing cluster. Empty: the cluster is not an existing one."""

    context: str
    """Context in that file."""

    kubeconfig_exec: Switch
    """Whether that context may run a program to log in."""

    windows_node_count: int
    """Nodes in the Windows pool. 0: there is no such pool."""

    windows_pool_name: str
    """Name of the Windows pool."""

    windows_os_sku: WindowsOsSku
    """Windows edition of that pool."""

    windows_vm_size: str
    """VM size of that pool."""

    windows_admin_username: str
    """Administrator of Windows nodes. Empty: none is set."""

    windows_admin_password: str = field(repr=False)
    """The administrator's password, in clear; never printed."""

    calico_management: CalicoManagement
    """Who runs Calico: the lab's own operator or AKS."""

    calico: CalicoSource
    """Whether the lab installs Calico or uses what is there."""

    calico_api_group: CalicoApiGroup
    """API group in which the lab's Calico objects are written."""

    calico_version: str
    """Calico release with its leading `v`."""

    calico_crds: CalicoCrds
    """API group in which Calico's objects are stored."""

    cni: CniType
    """CNI plugin that Calico works with."""

    ipam: IpamType
    """Who hands out pod addresses. Default: follows `cni`."""

    encapsulation: Encapsulation
    """How pod traffic crosses from node to node."""

    bgp: Switch
    """Whether Calico's routing daemon speaks BGP."""

    block_size: int
    """Prefix length of a node's block of pod addresses."""

    nat_outgoing: Switch
    """Whether traffic that leaves the pool takes the node's address."""

    dataplane: Dataplane
    """What forwards and filters packets on Linux nodes."""

    kube_proxy: KubeProxy
    """What is asked of AKS about kube-proxy."""

    wireguard: Switch
    """Whether traffic between nodes is encrypted."""

    mtu: int
    """MTU of pod interfaces in bytes. 0: Calico decides."""

    node_address_autodetection_v4: Mapping[str, object]
    """Calico's method of finding a node's address, and its argument; exactly one entry."""

    node_names: str
    """Nodes to report the status of, with commas between. Empty: all of an existing cluster."""

    node_status_seconds: int
    """Seconds between two such reports. 0: none."""

    route_reflectors: str
    """Nodes that reflect BGP routes, with commas between. Empty: full mesh."""

    control_plane_replicas: int
    """Copies of Calico's API server."""

    policies: PolicySet
    """How much of the lab's policy folder is deployed."""

    images: Mapping[str, str]
    """Images to use instead of the manifests', by container name."""

    wait_minutes: int
    """Minutes that each wait for Calico or the application may take."""


def read_settings() -> LabSettings:
    """Read the configuration of the running stack.

    Raises:
        SettingsError: with every value that has the wrong type and every key that is not known.
    """
    # Imported here: it costs 0.6 s, which nobody should pay who only wants the dataclass.
    import pulumi

    from labs.reading import settings_from

    return settings_from(_stack_config(), pulumi.get_stack())


def _stack_config() -> dict[str, str]:
    """Return the whole configuration that the engine handed over, by full key.

    `pulumi.Config` answers for one key at a time; unknown keys can only be found in the map behind it. The
    language host fills that map and PULUMI_CONFIG alike, the automation API and tests only the map, so both
    are read. A single PULUMI_CONFIG_<KEY> variable, which Config also honours, is asked for by Config itself.
    """
    import pulumi
    from pulumi.runtime.config import CONFIG, get_config_env

    try:
        raw: dict[str, object] = {**(get_config_env() or {}), **CONFIG.get()}
    except (ValueError, TypeError, RecursionError) as error:
        raise SettingsError(
            [
                Violation(
                    "PULUMI_CONFIG",
                    "(hidden)",
                    "it is not a JSON object",
                    "unset it and let the engine fill it",
                    "it may hold secrets, so its text is not shown",
                )
            ]
        ) from error
    for key in keys.KEYS:
        value = pulumi.Config(key.namespace).get(key.name)
        if value is not None:
            raw[key.full_name] = value
    return {name: _as_text(value) for name, value in raw.items()}


def _as_text(value: object) -> str:
    """Return a configuration value as the engine writes it: text as it is, everything else as JSON."""
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value)
